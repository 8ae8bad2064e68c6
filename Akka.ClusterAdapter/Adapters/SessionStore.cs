using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Packets and sessions of one namespace on this worker, for clients that lose their connection for a while. Bounded in time, packets and bytes.
/// Recording and delivering are one step under one lock, and so are restoring and entering: no packet falls between. What a client missed is looked
/// for a few packets at a time, so that nobody who records waits for it.
/// </summary>
internal sealed partial class SessionStore(SessionStores stores, IPacketParser parser, TimeProvider time)
{
    /// <summary>Most packets that are looked at while the lock is held; with as many rooms.</summary>
    private const int StepsAtOnce = 256;

    // A room that is very busy: then the rest is looked for while it waits.
    private const int MostRounds = 8;

    private readonly Lock _gate = new();
    private readonly RecordedPackets _packets = new(LastBefore);
    private readonly SavedSessions _sessions = new();
    private readonly string _epoch = LogOffset.NewEpoch();
    private List<Action>? _deferred;
    private long _bytes;
    private long _sessionBytes;
    private long _visited;
    private int _sessionCount;
    private bool _isSuspended;

    public SessionStoreOptions Options => stores.Options;

    /// <summary>Bytes of memory of the packets kept; a snapshot.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Bytes of memory of the sessions kept; a snapshot.</summary>
    public long SessionBytes => Volatile.Read(ref _sessionBytes);

    /// <summary>Clients that may come back; a snapshot.</summary>
    public int SessionCount => Volatile.Read(ref _sessionCount);

    /// <summary>Packets that were looked at for clients that came back, since the start.</summary>
    public long Visited => Interlocked.Read(ref _visited);

    public (int Packets, int Sessions, long Bytes) Size
    {
        get
        {
            lock (_gate)
                return (_packets.Count, _sessions.Count, _packets.Bytes);
        }
    }

    /// <summary>Records an event of this worker for this one only, and delivers it with its offset.</summary>
    public void Deliver(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver)
    {
        using var turn = new Turn(this);
        Record(body, target, deliver, LogPlace.None);
    }

    /// <summary>
    /// Puts the application's code off until the lock is released that the calling thread holds: nobody's code runs under it. What is put off runs on
    /// the same thread, in order, before the step that holds the lock returns. False, and nothing is put off, when this thread does not hold it.
    /// </summary>
    public bool TryDefer(Action call)
    {
        if (!_gate.IsHeldByCurrentThread)
            return false;
        (_deferred ??= []).Add(call);
        return true;
    }

    /// <summary>Keeps a session whose connection was lost.</summary>
    public void Save(SavedSession session) => Leave(() => (session, null));

    /// <summary>
    /// Ends a socket while nothing can be delivered or claimed, and keeps its session, if any: otherwise the last packet sent to it might be older than what it
    /// counts as missed from. A session that was claimed and never entered counts from when it left before.
    /// </summary>
    public void Leave(Func<(SavedSession? Session, long? LeftAt)> leave)
    {
        using var turn = new Turn(this);
        ExpireUnderLock();
        var (session, leftAt) = leave();
        if (session is null || _isSuspended)
            return;
        Marks.Session(session.PrivateId);
        _sessions.Add(session, leftAt ?? _packets.Last, time.GetTimestamp());
        Count();
        stores.Trim(this);
    }

    /// <summary>Gives a session to the client that shows its secret, once. Null when it is unknown, too old, or the client missed more than is kept.</summary>
    public ClaimedSession? Claim(string privateId, string? offset) => Claim(privateId, offset, out _, out _);

    /// <inheritdoc cref="Claim(string, string?)"/>
    /// <param name="privateId">The secret.</param>
    /// <param name="offset">The last packet the client says it has seen.</param>
    /// <param name="visited">Packets that were looked at.</param>
    /// <param name="outcome">Why there is none.</param>
    /// <param name="isLastTry">
    /// False when the caller may try again. Then a session stays for which something is still on its way here (<see cref="ClaimOutcome.Behind"/>).
    /// </param>
    public ClaimedSession? Claim(string privateId, string? offset, out long visited, out ClaimOutcome outcome, bool isLastTry = true)
    {
        visited = 0;
        if (Take(privateId, offset, isLastTry, out outcome) is not { } start)
            return null;
        LookAhead(start.Search);
        visited = start.Search.Visited;
        outcome = start.Search.HasFailed ? ClaimOutcome.LogTooShort : ClaimOutcome.Recovered;
        if (start.Search.HasFailed)
            return null;
        return new ClaimedSession(start.Session, LogOffset.Bare(offset), start.LeftAt)
        {
            Search = start.Search,
            Seen = start.FromElsewhere,
            Began = start.Began,
        };
    }

    /// <summary>
    /// Puts a socket back into its rooms while nothing can be delivered, and tells it what its client missed, in order; null when that is more than
    /// is kept by now, or something of it has turned out to be lost.
    /// </summary>
    public void Enter(ClaimedSession claim, Action<IReadOnlyList<MissedPacket>?> enter)
    {
        var search = claim.Search!;
        LookAhead(search);
        using var turn = new Turn(this);

        // The little that was recorded since.
        var visited = search.Visited;
        while (search.Advance(_packets, StepsAtOnce))
        {
        }

        Interlocked.Add(ref _visited, search.Visited - visited);
        var missed = search.TakeResult();
        if (claim.Given is { } given)
            missed = [.. given.Missed, .. missed];
        enter(search.HasFailed || !IsWhole(search, claim.Given?.Reached ?? claim.Seen, claim.Began) || missed.Count > Options.MaxPacketsPerSession
            ? null
            : missed);
    }

    /// <summary>Lets go of what is too old.</summary>
    public void Expire()
    {
        lock (_gate)
        {
            ExpireUnderLock();
            DropTrails();
            Count();
        }

        Copies.Expire();
    }

    /// <summary>Nobody is here and nobody can come back: lets go of everything and records nothing until it is resumed.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isSuspended = true;
            while (TryDropPacket())
            {
            }

            while (TryDropSession())
            {
            }

            _trails.Clear();
            _packets.ClearOrigins();
            (_trailBytes, _feed) = (0, null);
            Count();
        }

        Copies.Clear();
    }

    /// <summary>Records again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _isSuspended = false;
            BeginLog();
        }
    }

    /// <summary>
    /// Decides something while no socket can enter, leave or be claimed. A socket that leaves is gone before its session is kept, in one step under
    /// this lock: without it nobody could tell that from an empty namespace.
    /// </summary>
    public bool Decide(Func<bool> decide)
    {
        lock (_gate)
            return decide();
    }

    /// <summary>Takes the store's lock if nobody has it; for <see cref="SessionStores"/>.</summary>
    public bool TryEnter() => _gate.TryEnter();

    public void Exit() => _gate.Exit();

    /// <summary>Lets go of the oldest packet, under the lock; false when there is none.</summary>
    public bool TryDropPacket()
    {
        if (_packets.Count == 0)
            return false;
        _packets.RemoveFirst();
        if (_fetchedBytes > 0)
            ForgetFetched();
        Count();
        return true;
    }

    /// <summary>Lets go of the oldest session, under the lock; false when there is none.</summary>
    public bool TryDropSession()
    {
        // Logs of workers that are gone take the place of sessions: half of it at most.
        var isDropped = _trailBytes > _sessions.Bytes;
        if (isDropped)
            DropOldestTrail();
        else
            isDropped = _sessions.TryDropOldest();
        Count();
        return isDropped;
    }

    /// <summary>All that was recorded until now, or nearly: the lock is free between two steps.</summary>
    private void LookAhead(MissedSearch search)
    {
        var visited = search.Visited;
        for (var round = 0; round < MostRounds && !search.HasFailed; round++)
        {
            while (Step(search))
            {
            }

            lock (_gate)
            {
                if (search.Behind(_packets) <= StepsAtOnce)
                    break;
            }
        }

        Interlocked.Add(ref _visited, search.Visited - visited);
    }

    private bool Step(MissedSearch search)
    {
        lock (_gate)
            return search.Advance(_packets, StepsAtOnce);
    }

    private void ExpireUnderLock()
    {
        while (_packets.Count > 0 && IsTooOld(_packets[_packets.First].At))
            TryDropPacket();
        while (_sessions.Oldest is { } at && IsTooOld(at))
            TryDropSession();
    }

    private bool IsTooOld(long at) => time.GetElapsedTime(at) > Options.MaxDisconnection;

    /// <summary>Tells, under the lock, what there is more or less since the last time.</summary>
    private void Count()
    {
        var packets = _packets.Bytes + _fetchedBytes;
        var (bytes, sessionBytes, sessions) = (packets - _bytes, _sessions.Bytes + _trailBytes - _sessionBytes, _sessions.Count - _sessionCount);
        Volatile.Write(ref _bytes, packets);
        Volatile.Write(ref _sessionBytes, _sessions.Bytes + _trailBytes);
        Volatile.Write(ref _sessionCount, _sessions.Count);
        stores.Count(bytes, sessionBytes, sessions);
    }

    private string Offset(long sequence) => sequence < _firstOwn ? OffsetOfFetched(sequence) : LogOffset.Of(_epoch, sequence);

    private void End()
    {
        var deferred = _deferred;
        _deferred = null;
        _gate.Exit();
        if (_gate.IsHeldByCurrentThread)
        {
            _deferred = deferred; // a turn within a turn
            return;
        }

        foreach (var call in deferred ?? [])
            stores.Guard.Run("deferred", static call => call(), call);
    }

    /// <summary>Holds the lock; what was put off meanwhile runs when it is released.</summary>
    private readonly ref struct Turn
    {
        private readonly SessionStore _store;

        public Turn(SessionStore store)
        {
            _store = store;
            store._gate.Enter();
        }

        public void Dispose() => _store.End();
    }
}
