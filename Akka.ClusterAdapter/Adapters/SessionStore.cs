using System.Collections.Immutable;
using System.Globalization;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Bounds of connection state recovery. Off unless asked for.</summary>
public sealed record SessionStoreOptions
{
    /// <summary>How long after its disconnection a client may come back and find what it missed. Default 2 minutes.</summary>
    public TimeSpan MaxDisconnection { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>True lets a recovered client in without running the namespace's middlewares. Default true.</summary>
    public bool SkipMiddlewares { get; init; } = true;

    /// <summary>Most packets one client may have missed; with more it begins anew. Default 256.</summary>
    public int MaxPacketsPerSession { get; init; } = 256;

    /// <summary>Most bytes one client may have missed; with more it begins anew. Default 1,000,000.</summary>
    public int MaxBytesPerSession { get; init; } = 1_000_000;

    /// <summary>Most bytes of packets kept per namespace on this worker; the oldest go first. Default 64,000,000.</summary>
    public int MaxBytes { get; init; } = 64_000_000;

    /// <summary>Most sessions of clients that are away, per namespace on this worker; the oldest go first. Default 100,000.</summary>
    public int MaxSessions { get; init; } = 100_000;
}

/// <summary>What is kept of a socket whose client may come back.</summary>
/// <param name="SocketId">Its public id, which it will have again.</param>
/// <param name="PrivateId">The secret the client shows.</param>
/// <param name="Rooms">Rooms it was in, its own id's included.</param>
/// <param name="Data">Its data.</param>
/// <param name="LastOffset">The last recorded packet that was sent to it; null when there was none.</param>
internal sealed record SavedSession(string SocketId, string PrivateId, ImmutableArray<string> Rooms, object? Data, string? LastOffset);

/// <summary>A session that its client has shown the secret of: nobody else can have it any more.</summary>
/// <param name="Session">The session.</param>
/// <param name="Offset">The last packet the client says it has seen.</param>
/// <param name="LeftAt">The last packet recorded before it was saved.</param>
internal sealed record ClaimedSession(SavedSession Session, string? Offset, long LeftAt);

/// <summary>A packet that a client which comes back has not seen.</summary>
/// <param name="Body">The event, with its offset as last argument.</param>
/// <param name="Offset">That offset.</param>
internal readonly record struct MissedPacket(PacketBody Body, string Offset);

/// <summary>
/// Packets and sessions of one namespace on this worker, for clients that lose their connection for a while. Bounded in time, packets and bytes.
/// Recording and delivering are one step under one lock, and so are restoring and entering: no packet falls between.
/// </summary>
internal sealed class SessionStore(SessionStoreOptions options, IPacketParser parser, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<Recorded> _packets = new();
    private readonly Dictionary<string, Away> _sessions = new(StringComparer.Ordinal);
    private readonly Queue<(string PrivateId, long At)> _order = new();
    private readonly string _epoch = Random.Shared.Next(0, 1 << 24).ToString("x6", CultureInfo.InvariantCulture);
    private long _sequence;
    private long _bytes;

    public SessionStoreOptions Options => options;

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
        lock (_gate)
        {
            Expire();
            var sequence = ++_sequence;
            var offset = Offset(sequence);
            var tagged = parser.Append(body, offset);
            _packets.Enqueue(new Recorded(sequence, time.GetTimestamp(), tagged, target));
            _bytes += tagged.Size;
            while (_bytes > options.MaxBytes && _packets.TryDequeue(out var oldest))
                _bytes -= oldest.Body.Size;
            deliver(tagged, target with { Offset = offset });
        }
    }

    /// <summary>Keeps a session whose connection was lost.</summary>
    public void Save(SavedSession session) => Leave(() => (session, null));

    /// <summary>
    /// Ends a socket while nothing can be delivered or claimed, and keeps its session, if any: otherwise the last packet sent to it might be older than what it
    /// counts as missed from. A session that was claimed and never entered counts from when it left before.
    /// </summary>
    public void Leave(Func<(SavedSession? Session, long? LeftAt)> leave)
    {
        lock (_gate)
        {
            Expire();
            var (session, leftAt) = leave();
            if (session is null)
                return;
            var now = time.GetTimestamp();
            _sessions[session.PrivateId] = new Away(session, leftAt ?? _sequence, now);
            _order.Enqueue((session.PrivateId, now));
            while (_sessions.Count > options.MaxSessions && _order.TryDequeue(out var oldest))
                Forget(oldest);
        }
    }

    /// <summary>Gives a session to the client that shows its secret, once. Null when it is unknown, too old, or the client missed more than is kept.</summary>
    public ClaimedSession? Claim(string privateId, string? offset)
    {
        lock (_gate)
        {
            Expire();
            if (!_sessions.Remove(privateId, out var away))
                return null;
            var claim = new ClaimedSession(away.Session, offset, away.LeftAt);
            return Missed(claim) is null ? null : claim;
        }
    }

    /// <summary>Puts a socket back into its rooms while nothing can be delivered, and tells it what its client missed, in order; null when that is more than is kept by now.</summary>
    public void Enter(ClaimedSession claim, Action<IReadOnlyList<MissedPacket>?> enter)
    {
        lock (_gate)
            enter(Missed(claim));
    }

    private List<MissedPacket>? Missed(ClaimedSession claim)
    {
        // A client that has seen all it was sent needs nothing from before it left, however long ago its last packet was.
        var from = claim.Offset == claim.Session.LastOffset ? claim.LeftAt : Sequence(claim.Offset);
        var first = _packets.TryPeek(out var oldest) ? oldest.Sequence : _sequence + 1;
        if (from is not { } after || after < first - 1)
            return null;
        var missed = new List<MissedPacket>();
        var bytes = 0;
        foreach (var packet in _packets)
        {
            if (packet.Sequence <= after || !IsFor(packet.Target, claim.Session.Rooms))
                continue;
            bytes += packet.Body.Size;
            if (missed.Count == options.MaxPacketsPerSession || bytes > options.MaxBytesPerSession)
                return null;
            missed.Add(new MissedPacket(packet.Body, Offset(packet.Sequence)));
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

    private void Expire()
    {
        while (_packets.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > options.MaxDisconnection)
            _bytes -= _packets.Dequeue().Body.Size;
        while (_order.TryPeek(out var session) && time.GetElapsedTime(session.At) > options.MaxDisconnection)
            Forget(_order.Dequeue());
    }

    /// <summary>An entry of the order may belong to a session that was restored and saved again since.</summary>
    private void Forget((string PrivateId, long At) entry)
    {
        if (_sessions.TryGetValue(entry.PrivateId, out var away) && away.SavedAt == entry.At)
            _sessions.Remove(entry.PrivateId);
    }

    private string Offset(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{sequence:x}");

    private long? Sequence(string? offset) =>
        offset is not null && offset.StartsWith(_epoch, StringComparison.Ordinal) && offset.Length > _epoch.Length + 1
        && long.TryParse(offset.AsSpan(_epoch.Length + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence)
        && sequence > 0 && sequence <= _sequence
            ? sequence
            : null;

    private readonly record struct Recorded(long Sequence, long At, PacketBody Body, BroadcastOptions Target);

    private sealed record Away(SavedSession Session, long LeftAt, long SavedAt);
}
