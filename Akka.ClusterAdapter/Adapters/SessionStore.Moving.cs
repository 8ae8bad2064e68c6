using System.Security.Cryptography;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <content>
/// Sessions that come from other workers and go to them. Their logs hold the same broadcasts, each in an order of its own, so that what a client has
/// seen is told by a vector (docs/decisions/0093).
/// </content>
internal sealed partial class SessionStore
{
    /// <summary>Most workers whose broadcasts a log knows: those that were silent for longest are forgotten.</summary>
    private const int MostOrigins = 512;

    /// <summary>
    /// How long after its recovery a client is still told of something that was lost meanwhile. A loss shows with the next message of its sender.
    /// </summary>
    private static readonly TimeSpan LossPatience = TimeSpan.FromSeconds(30);

    /// <summary>Who was silent for so long has said nothing that somebody who is away may have missed.</summary>
    private static readonly TimeSpan LongSilence = TimeSpan.FromHours(1);

    /// <summary>How much later than one log another may have begun to hear somebody who speaks to both.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private readonly long _life = NewLife();
    private readonly Dictionary<string, (LogTrail Trail, long At)> _trails = new(StringComparer.Ordinal);
    private long _number;
    private long _sentAt;
    private long _began;
    private readonly Queue<(SessionProgress Progress, long At)> _recovered = [];
    private long _lastForeign;
    private long? _lastForeignAt;
    private long _trailBytes;

    // Who has told this log how far it is: lives of adapter actors.
    private readonly HashSet<long> _told = [];

    // How often something turned out about what was sent before: that it is lost, was sent before anything was heard, or is held after all.
    private int _revision;

    // How often it turned out that clients which had come from elsewhere miss something.
    private int _losses;

    /// <summary>
    /// Records an event of this worker for all, hands it to whoever sends it, and delivers it with its offset. This is one
    /// step, so that the logs have it in the same order.
    /// </summary>
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
        _sentAt = time.GetTimestamp();
        Record(body, target, deliver, place);
    }

    /// <summary>Records an event of another worker, and delivers it with its offset.</summary>
    /// <param name="body">The event.</param>
    /// <param name="target">Whom it is for.</param>
    /// <param name="deliver">Delivers it here.</param>
    /// <param name="place">Its place; none from a worker that does not record.</param>
    /// <param name="worker">That worker's process.</param>
    public void Deliver(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver, LogPlace place, long worker = 0)
    {
        using var turn = new Turn(this);
        if (place.IsNone)
            (_lastForeign, _lastForeignAt) = (_packets.Last + 1, time.GetTimestamp());
        Record(body, target, deliver, place);
        Name(place, worker);
    }

    /// <summary>
    /// Tells, in the order of what it sends, how far this worker is. Otherwise a log that begins now would not know what
    /// it has not heard. Says nothing before the first.
    /// </summary>
    /// <param name="send">As that of the deliveries; and how long ago the last one was.</param>
    /// <returns>False when it has sent nothing.</returns>
    public bool Announce(Action<LogPlace, TimeSpan> send)
    {
        lock (_gate)
        {
            if (_number > 0)
                send(new LogPlace(_life, _number), time.GetElapsedTime(_sentAt));
            return _number > 0;
        }
    }

    /// <summary>Another worker has told how far it is.</summary>
    /// <param name="place">How far.</param>
    /// <param name="age">How long ago it sent that.</param>
    /// <param name="worker">Its process.</param>
    public void Hear(LogPlace place, TimeSpan age, long worker = 0)
    {
        using var turn = new Turn(this);
        if (_isSuspended)
            return;
        _told.Add(worker);
        if (!_packets.Origins.TryGet(place.Life, out var origin))
        {
            _packets.Origins.Begin(place.Life, place.Number, Ago(age));
            _revision++;
            TellOfBegin(place);
        }
        else if (place.Number > origin.Last)
        {
            // It tells that in the order of what it sends: so something was lost.
            origin.Tell(place.Number, Ago(age));
            _packets.NoteHole(isKnown: true);
            _feed?.NoteHole();
            TellOfHole();
        }

        Name(place, worker);
    }

    /// <summary>Another worker has told that it has sent nothing: what it sends begins with the first.</summary>
    /// <param name="worker">The life of its adapter actor.</param>
    /// <param name="log">Which log that was told: <see cref="Log"/>.</param>
    public void HearSilence(long worker, long log)
    {
        lock (_gate)
        {
            if (!_isSuspended && log == _began)
                _told.Add(worker);
        }
    }

    /// <summary>Something that was sent to this worker has been lost, and nobody can tell what: who was away meanwhile may miss it.</summary>
    public void NoteHole()
    {
        using var turn = new Turn(this);
        _packets.NoteHole(isKnown: false);
        TellOfHole();
    }

    /// <summary>A client has come back: for a while it is told when something turns out to be lost. Under the lock.</summary>
    public void Watch(SessionProgress progress)
    {
        var now = time.GetTimestamp();
        while (_recovered.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At, now) > LossPatience)
            _recovered.Dequeue();
        _recovered.Enqueue((progress, now));
    }

    /// <summary>A worker was further when this one began to hear it: who has come from one that had heard less may miss what is between.</summary>
    private void TellOfBegin(LogPlace place)
    {
        _packets.Origins.TryGet(place.Life, out var origin);
        var behind = _recovered.Where(recent => recent.Progress.IsBehind(place, began => !IsNothingNew(origin!, began)))
            .Select(static recent => recent.Progress.PrivateId).ToHashSet(StringComparer.Ordinal);
        if (behind.Count == 0)
            return;
        _losses++;
        // Its client may have gone since, and come back once more.
        foreach (var (progress, _) in _recovered)
        {
            if (behind.Contains(progress.PrivateId))
                progress.Lose();
        }

        foreach (var secret in behind)
        {
            if (_sessions.TryTake(secret, out _, out _, out _))
                Marks.Session(secret);
        }

        Count();
    }

    private void TellOfHole()
    {
        _revision++;
        var now = time.GetTimestamp();
        while (_recovered.TryDequeue(out var recent))
        {
            if (time.GetElapsedTime(recent.At, now) <= LossPatience)
                recent.Progress.Lose();
        }
    }

    /// <summary>
    /// Gives a session away to another worker whose client shows its secret, with what the client missed as far as it is known here; once. Null when
    /// it cannot have it.
    /// </summary>
    public GivenSession? Give(string privateId, string? offset, out ClaimOutcome outcome, bool isLastTry = true)
    {
        if (Take(privateId, offset, isLastTry, out outcome) is not { } start)
            return null;
        LookAhead(start.Search);
        lock (_gate)
        {
            while (start.Search.Advance(_packets, StepsAtOnce))
            {
            }

            // What came from a worker that does not number cannot be told from what the other worker has heard of it.
            var isWhole = !start.Search.HasFailed && IsWhole(start.Search, start.FromElsewhere, start.Began);
            outcome = !isWhole || _lastForeign > start.Search.From ? ClaimOutcome.LogTooShort : ClaimOutcome.Recovered;
            if (outcome != ClaimOutcome.Recovered)
                return null;
            var reached = VectorAt(_packets.Last);
            reached.Raise(start.Seen);
            var age = AgeFor(start.Session, start.FromElsewhere is null ? _began : start.Began);
            return new GivenSession(Outgoing(start.Session), start.Seen, reached, start.Search.TakeResult(), age);
        }
    }

    /// <inheritdoc cref="Receive(GivenSession, string?, out bool)"/>
    public ClaimedSession? Receive(GivenSession given, string? offset) => Receive(given, offset, out _);

    /// <summary>Takes a session that another worker has given for a client of this one. Null when what is missing between the two is not kept here.</summary>
    /// <param name="given">What it gave.</param>
    /// <param name="offset">The last packet the client says it has seen.</param>
    /// <param name="isEarly">True when nobody can tell yet whether something is missing: it may be kept (<see cref="Keep(GivenSession, string?)"/>).</param>
    public ClaimedSession? Receive(GivenSession given, string? offset, out bool isEarly)
    {
        MissedSearch search;
        var began = Ago(given.LogAge);
        lock (_gate)
        {
            ExpireUnderLock();
            isEarly = !HaveAllTold(_told);
            if (isEarly || FloorOf(given.Reached, began) is not { } from || IsForeignSince(time.GetTimestamp()))
                return null;
            search = new MissedSearch(given.Session, from, Options, Offset, given.Reached)
            {
                LocalAfter = long.MaxValue,
                Reuses = _packets.Reuses,
                Revision = _revision,
            };
        }

        LookAhead(search);
        return search.HasFailed ? null : new ClaimedSession(given.Session, LogOffset.Bare(offset), 0) { Search = search, Given = given, Began = began };
    }

    /// <summary>
    /// Keeps a session that another worker has given for a client that cannot have it now: nobody else has it any more. It is as its client left it there.
    /// </summary>
    public void Keep(GivenSession given, string? offset)
    {
        var claim = new ClaimedSession(given.Session, LogOffset.Bare(offset), 0) { Given = given, Began = Ago(given.LogAge) };
        Leave(() => (SessionProgress.Unseen(claim, this), claim.LeftAt));
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
        // Nobody else knows a worker by its number in steps before its first event is in the copy.
        var isUrgent = place.IsNone || !_packets.Origins.TryGet(place.Life, out _);
        var tagged = parser.Append(body, Told(offset, place));
        var hole = _packets.LastHole;
        _packets.Add(time.GetTimestamp(), MemorySize.Detach(tagged), target, place);
        if (_packets.LastHole != hole)
            TellOfHole();
        Count();
        stores.Trim(this);
        Marks.Wake(isUrgent);
        deliver(tagged, target with { Offset = offset, Place = place });
    }

    /// <summary>A log without packets: what others sent before is not known, what this worker did is.</summary>
    private void BeginLog()
    {
        _packets.ClearOrigins();
        _told.Clear();
        _firstOwn = _packets.Last + 1;
        _began = time.GetTimestamp();
        _packets.Origins.Begin(_life, _number, _began);
    }

    /// <summary>Whether something came without a place since then, or a moment before: who was away may have missed it, and nobody can tell.</summary>
    private bool IsForeignSince(long at) => _lastForeignAt is { } foreign && time.GetElapsedTime(foreign, at) < Slack;

    /// <summary>
    /// How far the log was with each worker when this position was the last. It leaves out workers that have been silent for so long that nobody is behind.
    /// </summary>
    private LogVector VectorAt(long position) =>
        _packets.Origins.At(position, origin => origin.Life != _life && origin.Count == 0 && IsSilentFor(origin.At, 2));

    private bool IsSilentFor(long at, int times)
    {
        var silent = time.GetElapsedTime(at);
        return silent > times * LongSilence && silent > times * 4 * Options.MaxDisconnection;
    }

    /// <summary>Its client came so long ago that what it had seen elsewhere is here, or will never be: no link stands still for so long.</summary>
    public bool IsLongAgo(long at) => time.GetElapsedTime(at) > 4 * Options.MaxDisconnection;

    // Times cross as how long ago they are.
    private SavedSession Outgoing(SavedSession session) =>
        session.Moved is { Replay: { } replay } moved
            ? session with { Moved = moved with { Replay = replay with { Age = time.GetElapsedTime(replay.Began) } } }
            : session;

    private SavedSession Incoming(SavedSession session) =>
        session.Moved is { Replay: { } replay } moved ? session with { Moved = moved with { Replay = replay with { Began = Ago(replay.Age) } } } : session;
}
