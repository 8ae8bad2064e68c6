using System.Collections.Immutable;
using System.Globalization;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Packets and sessions of one namespace on this worker, for clients that lose their connection for a while. Bounded in time, packets and bytes.
/// Recording and delivering are one step under one lock, and so are restoring and entering: no packet falls between.
/// </summary>
internal sealed class SessionStore(SessionStores stores, IPacketParser parser, TimeProvider time)
{
    private const int MaxStale = 1_024;

    private readonly Lock _gate = new();
    private readonly RecordedPackets _packets = new();
    private readonly Dictionary<string, Away> _sessions = new(StringComparer.Ordinal);
    private Queue<Entry> _order = new();
    private readonly string _epoch = Random.Shared.Next(0, 1 << 24).ToString("x6", CultureInfo.InvariantCulture);
    private List<Action>? _deferred;
    private long _bytes;
    private long _saved;
    private int _sessionCount;

    public SessionStoreOptions Options => stores.Options;

    /// <summary>Bytes of the packets kept; a snapshot.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Clients that may come back; a snapshot.</summary>
    public int SessionCount => Volatile.Read(ref _sessionCount);

    /// <summary>Entries by which sessions expire, those of sessions that were restored since included.</summary>
    public int Entries
    {
        get
        {
            lock (_gate)
                return _order.Count;
        }
    }

    public (int Packets, int Sessions, long Bytes) Size
    {
        get
        {
            lock (_gate)
                return (_packets.Count, _sessions.Count, _bytes);
        }
    }

    /// <summary>Records an event and delivers it with its offset.</summary>
    public void Deliver(PacketBody body, BroadcastOptions target, Action<PacketBody, BroadcastOptions> deliver)
    {
        using var step = new Step(this);
        ExpireUnderLock();
        var offset = Offset(_packets.Last + 1);
        var tagged = parser.Append(body, offset);
        _packets.Add(new RecordedPacket(time.GetTimestamp(), tagged, target));
        Count(tagged.Size, 0);
        stores.Trim(this);
        deliver(tagged, target with { Offset = offset });
    }

    /// <summary>
    /// Puts the application's code off until the lock is released that the calling thread holds: nobody's code runs under it. What is put off runs on the same thread,
    /// in order, before the step that holds the lock returns. False, and nothing is put off, when this thread does not hold it.
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
        using var step = new Step(this);
        ExpireUnderLock();
        var (session, leftAt) = leave();
        if (session is null)
            return;
        if (!_sessions.ContainsKey(session.PrivateId))
            Count(0, 1);
        _sessions[session.PrivateId] = new Away(session, leftAt ?? _packets.Last, ++_saved);
        _order.Enqueue(new Entry(session.PrivateId, time.GetTimestamp(), _saved));
        if (_order.Count > MaxStale + (2 * _sessions.Count))
            Compact();
        stores.Trim(this);
    }

    /// <summary>Gives a session to the client that shows its secret, once. Null when it is unknown, too old, or the client missed more than is kept.</summary>
    public ClaimedSession? Claim(string privateId, string? offset)
    {
        lock (_gate)
        {
            ExpireUnderLock();
            if (!_sessions.Remove(privateId, out var away))
                return null;
            Count(0, -1);
            var claim = new ClaimedSession(away.Session, offset, away.LeftAt);
            return Missed(claim) is null ? null : claim;
        }
    }

    /// <summary>Puts a socket back into its rooms while nothing can be delivered, and tells it what its client missed, in order; null when that is more than is kept by now.</summary>
    public void Enter(ClaimedSession claim, Action<IReadOnlyList<MissedPacket>?> enter)
    {
        using var step = new Step(this);
        enter(Missed(claim));
    }

    /// <summary>Lets go of what is too old.</summary>
    public void Expire()
    {
        lock (_gate)
            ExpireUnderLock();
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            while (TryDropPacket())
            {
            }

            while (TryDropSession())
            {
            }
        }
    }

    /// <summary>Takes the store's lock if nobody has it; for <see cref="SessionStores"/>.</summary>
    public bool TryEnter() => _gate.TryEnter();

    public void Exit() => _gate.Exit();

    /// <summary>Lets go of the oldest packet, under the lock; false when there is none.</summary>
    public bool TryDropPacket()
    {
        if (_packets.Count == 0)
            return false;
        Count(-_packets.RemoveFirst().Body.Size, 0);
        return true;
    }

    /// <summary>Lets go of the oldest session, under the lock; false when there is none.</summary>
    public bool TryDropSession()
    {
        while (_order.TryDequeue(out var oldest))
        {
            if (Forget(oldest))
                return true;
        }

        return false;
    }

    private List<MissedPacket>? Missed(ClaimedSession claim)
    {
        // A client that has seen all it was sent needs nothing from before it left, however long ago its last packet was.
        var from = claim.Offset == claim.Session.LastOffset ? claim.LeftAt : Sequence(claim.Offset);
        if (from is not { } after || after < _packets.First - 1)
            return null;
        var missed = new List<MissedPacket>();
        var bytes = 0;
        for (var number = after + 1; number <= _packets.Last; number++)
        {
            ref readonly var packet = ref _packets[number];
            if (!IsFor(packet.Target, claim.Session.Rooms))
                continue;
            bytes += packet.Body.Size;
            if (missed.Count == Options.MaxPacketsPerSession || bytes > Options.MaxBytesPerSession)
                return null;
            missed.Add(new MissedPacket(packet.Body, Offset(number)));
        }

        return missed;
    }

    private static bool IsFor(BroadcastOptions target, ImmutableArray<string> rooms)
    {
        var chosen = target.Rooms.IsEmpty;
        foreach (var room in target.Rooms)
            chosen |= rooms.Contains(room, StringComparer.Ordinal);
        foreach (var room in target.Except)
            chosen &= !rooms.Contains(room, StringComparer.Ordinal);
        return chosen;
    }

    private void ExpireUnderLock()
    {
        while (_packets.Count > 0 && IsTooOld(_packets[_packets.First].At))
            TryDropPacket();
        while (_order.TryPeek(out var session) && IsTooOld(session.At))
            Forget(_order.Dequeue());
    }

    private bool IsTooOld(long at) => time.GetElapsedTime(at) > Options.MaxDisconnection;

    private bool Forget(Entry entry)
    {
        if (!IsCurrent(entry))
            return false;
        _sessions.Remove(entry.PrivateId);
        Count(0, -1);
        return true;
    }

    /// <summary>An entry of the order may belong to a session that was restored since, and maybe saved again.</summary>
    private bool IsCurrent(Entry entry) => _sessions.TryGetValue(entry.PrivateId, out var away) && away.Number == entry.Number;

    // Clients that come and go all the time leave an entry each time.
    private void Compact() => _order = new(_order.Where(IsCurrent));

    private void Count(long bytes, int sessions)
    {
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _sessionCount, _sessionCount + sessions);
        stores.Count(bytes, sessions);
    }

    private string Offset(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{sequence:x}");

    private long? Sequence(string? offset) =>
        offset is not null && offset.StartsWith(_epoch, StringComparison.Ordinal) && offset.Length > _epoch.Length + 1
        && long.TryParse(offset.AsSpan(_epoch.Length + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence)
        && sequence > 0 && sequence <= _packets.Last
            ? sequence
            : null;

    /// <summary>Holds the lock; what was put off meanwhile runs when it is released.</summary>
    private readonly ref struct Step
    {
        private readonly SessionStore _store;

        public Step(SessionStore store)
        {
            _store = store;
            store._gate.Enter();
        }

        public void Dispose() => _store.End();
    }

    private void End()
    {
        var deferred = _deferred;
        _deferred = null;
        _gate.Exit();
        if (_gate.IsHeldByCurrentThread)
        {
            _deferred = deferred; // a step within a step
            return;
        }

        foreach (var call in deferred ?? [])
            stores.Guard.Run("deferred", static call => call(), call);
    }

    private readonly record struct Entry(string PrivateId, long At, long Number);

    private sealed record Away(SavedSession Session, long LeftAt, long Number);
}
