using System.Security.Cryptography;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <content>
/// Sessions that come from other workers and go to them. Their logs hold the same broadcasts, each in an order of its own, so that what a client has
/// seen is told by a vector (docs/decisions/0093).
/// </content>
internal sealed partial class SessionStore
{
    /// <summary>Most logs of workers that are gone: those that were not needed for longest go first.</summary>
    private const int MostTrails = 64;

    /// <summary>How much later than one log another may have begun to hear somebody who speaks to both.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private readonly long _life = NewLife();
    private readonly Dictionary<string, (LogTrail Trail, long At)> _trails = new(StringComparer.Ordinal);
    private long _number;
    private long _began;
    private long _lastForeign;
    private long _trailBytes;

    /// <summary>Records an event of this worker for all, hands it to whoever sends it, and delivers it with its offset. One step: logs have it in the same order.</summary>
    /// <param name="body">The event.</param>
    /// <param name="target">Whom it is for.</param>
    /// <param name="deliver">Delivers it here.</param>
    /// <param name="send">Takes it for the other workers. Must not block; when it throws, nothing has happened.</param>
    public void Deliver(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver, Action<LogPlace> send)
    {
        using var turn = new Turn(this);
        var place = new LogPlace(_life, _number + 1);
        send(place);
        _number++;
        Record(body, target, deliver, place);
    }

    /// <summary>Records an event of another worker, and delivers it with its offset.</summary>
    /// <param name="body">The event.</param>
    /// <param name="target">Whom it is for.</param>
    /// <param name="deliver">Delivers it here.</param>
    /// <param name="place">Its place; none from a worker that does not record.</param>
    public void Deliver(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver, LogPlace place)
    {
        using var turn = new Turn(this);
        if (place.IsNone)
            _lastForeign = _packets.Last + 1;
        Record(body, target, deliver, place);
    }

    /// <summary>Tells, in the order of what it sends, how far this worker is: a log that begins now would not know what it has not heard. Says nothing before the first.</summary>
    /// <param name="send">As that of the deliveries.</param>
    public void Announce(Action<LogPlace> send)
    {
        lock (_gate)
        {
            if (_number > 0)
                send(new LogPlace(_life, _number));
        }
    }

    /// <summary>Another worker has told how far it is.</summary>
    public void Hear(LogPlace place)
    {
        lock (_gate)
        {
            if (!_isSuspended && !_packets.Origins.TryGet(place.Life, out _))
                _packets.Origins.Begin(place.Life, place.Number, time.GetTimestamp());
        }
    }

    /// <summary>Something that was sent to this worker has been lost, and nobody can tell what: who was away meanwhile may miss it.</summary>
    public void NoteHole()
    {
        lock (_gate)
            _packets.NoteHole();
    }

    /// <summary>
    /// Gives a session away to another worker whose client shows its secret, with what the client missed as far as it is known here; once. Null when
    /// it cannot have it.
    /// </summary>
    public GivenSession? Give(string privateId, string? offset, out ClaimOutcome outcome)
    {
        if (Take(privateId, offset, out outcome) is not { } start)
            return null;
        LookAhead(start.Search);
        lock (_gate)
        {
            while (start.Search.Advance(_packets, StepsAtOnce))
            {
            }

            // What came from a worker that does not number cannot be told from what the other worker has heard of it.
            outcome = start.Search.HasFailed || _lastForeign > start.Search.From ? ClaimOutcome.LogTooShort : ClaimOutcome.Recovered;
            if (outcome != ClaimOutcome.Recovered)
                return null;
            var reached = _packets.Origins.At(_packets.Last);
            reached.Raise(start.Seen);
            return new GivenSession(start.Session, start.Seen, reached, start.Search.TakeResult(), Age);
        }
    }

    /// <summary>Takes a session that another worker has given for a client of this one. Null when what is missing between the two is not kept here.</summary>
    public ClaimedSession? Receive(GivenSession given, string? offset)
    {
        MissedSearch search;
        lock (_gate)
        {
            ExpireUnderLock();
            if (FloorOf(given.Reached, Ago(given.LogAge)) is not { } from)
                return null;
            search = new MissedSearch(given.Session, from, Options, Offset, given.Reached) { LocalAfter = long.MaxValue };
        }

        LookAhead(search);
        return search.HasFailed ? null : new ClaimedSession(given.Session, LogOffset.Bare(offset), 0) { Search = search, Given = given };
    }

    /// <summary>
    /// What the client of a session that has just entered had already of what has not come here yet; null when that is nothing. Under the lock, in the
    /// step in which it enters.
    /// </summary>
    public LogVector? Ahead(LogVector reached)
    {
        LogVector? ahead = null;
        foreach (var (life, number) in reached.All)
        {
            if (!_packets.Origins.TryGet(life, out var origin) || origin.Last < number)
                (ahead ??= new LogVector()).Raise(life, number);
        }

        return ahead;
    }

    /// <summary>
    /// Takes out all sessions, to be handed to other workers, and the logs they are of. Left out are those whose client missed something that is in this
    /// log only: it would miss it for ever.
    /// </summary>
    public (IReadOnlyList<HandedSession> Sessions, IReadOnlyList<LogTrail> Trails) TakeAll()
    {
        lock (_gate)
        {
            ExpireUnderLock();
            var all = _sessions.TakeAll();
            Count();
            if (all.Count == 0)
                return ([], []);
            var home = LogTrail.Of(_epoch, _packets);
            var handed = new List<HandedSession>(all.Count);
            foreach (var (session, leftAt, at) in all)
            {
                if (session.Moved is { Home: { } other } moved)
                    handed.Add(new HandedSession(session, other.Epoch, leftAt, time.GetElapsedTime(at), time.GetElapsedTime(moved.HomeBegan)));
                else if (ToHand(session, leftAt, home) is { } own)
                    handed.Add(new HandedSession(own, _epoch, leftAt, time.GetElapsedTime(at), Age));
            }

            return (handed, [home, .. _trails.Values.Select(static trail => trail.Trail)]);
        }
    }

    /// <summary>Keeps the log of a worker that goes; the sessions that it is of follow.</summary>
    public void Accept(LogTrail trail)
    {
        lock (_gate)
        {
            if (_isSuspended || _trails.ContainsKey(trail.Epoch))
                return;
            _trails.Add(trail.Epoch, (trail, time.GetTimestamp()));
            _trailBytes += trail.Bytes;
            DropTrails();
            Count();
        }
    }

    /// <summary>
    /// Keeps sessions that another worker has handed over. One without its log is of no use. When a session is here already, from a copy that was a moment
    /// behind, the one whose client left later counts.
    /// </summary>
    /// <returns>How many.</returns>
    public int Accept(IReadOnlyList<HandedSession> sessions)
    {
        var taken = 0;
        using var turn = new Turn(this);
        foreach (var handed in _isSuspended ? [] : sessions)
        {
            if (handed.Away > Options.MaxDisconnection || !_trails.TryGetValue(handed.Epoch, out var home))
                continue;
            if (_sessions.TryPeek(handed.Session.PrivateId, out _, out _, out var at) && at > Ago(handed.Away))
                continue;
            var moved = (handed.Session.Moved ?? new MovedSession()) with { Home = home.Trail, HomeBegan = Ago(handed.LogAge) };
            _sessions.Add(handed.Session with { Moved = moved }, handed.LeftAt, Ago(handed.Away));
            taken++;
        }

        Count();
        stores.Trim(this);
        return taken;
    }

    /// <summary>The last packet; under the lock.</summary>
    public long Position => _packets.Last;

    /// <summary>The last packet.</summary>
    public long Last
    {
        get
        {
            lock (_gate)
                return _packets.Last;
        }
    }

    private TimeSpan Age => time.GetElapsedTime(_began);

    private static long NewLife()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToInt64(bytes) | 1;
    }

    private void Record(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver, LogPlace place)
    {
        if (_isSuspended)
        {
            deliver(body, target);
            return;
        }

        ExpireUnderLock();
        var offset = Offset(_packets.Last + 1);
        var tagged = parser.Append(body, Told(offset, place));
        _packets.Add(time.GetTimestamp(), MemorySize.Detach(tagged), target, place);
        Count();
        stores.Trim(this);
        Marks.Wake();
        deliver(tagged, target with { Offset = offset, Place = place });
    }

    /// <summary>A log without packets: what others sent before is not known, what this worker did is.</summary>
    private void BeginLog()
    {
        _packets.ForgetOrigins(static _ => true);
        _began = time.GetTimestamp();
        _packets.Origins.Begin(_life, _number, _began);
    }

    private SavedSession? ToHand(SavedSession session, long leftAt, LogTrail home)
    {
        var lastLocal = _packets.LastLocalFor(null);
        foreach (var room in session.Rooms)
            lastLocal = Math.Max(lastLocal, _packets.LastLocalFor(room));
        lastLocal = Math.Max(lastLocal, _packets.LastHole);
        if (lastLocal > leftAt || _lastForeign > leftAt || (session.Moved?.Ahead is { } had && !IsHeard(had)))
            return null;
        return session with { Moved = (session.Moved ?? new MovedSession()) with { Home = home, LastLocal = lastLocal } };
    }

    private void DropTrails()
    {
        _packets.ForgetOrigins(origin => origin.Life != _life && time.GetElapsedTime(origin.At) > 4 * Options.MaxDisconnection);
        if (_trails.Count == 0)
            return;
        foreach (var (epoch, (trail, at)) in _trails)
        {
            if (IsTooOld(at))
                Drop(epoch, trail);
        }

        while (_trails.Count > MostTrails)
        {
            var oldest = _trails.MinBy(static trail => trail.Value.At);
            Drop(oldest.Key, oldest.Value.Trail);
        }

        void Drop(string epoch, LogTrail trail)
        {
            _trails.Remove(epoch);
            _trailBytes -= trail.Bytes;
        }
    }
}
