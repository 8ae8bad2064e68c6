using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>From the session's queue to its transport: at most one flush at a time (docs/decisions/0004).</summary>
internal sealed partial class Outbound
{
    private const string Overflowed = "overflow";

    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly Lock _gate;
    private readonly FlushLoop _loop;
    private readonly OutboundQueue _queue;

    // What the handler sends to its own client leaves when it returns: in one go, and a volatile message behind another one is dropped, always.
    private int _heldBy;

    public Outbound(EngineSocket session)
    {
        _session = session;
        _context = session.Context;
        _gate = _context.Gate;
        var server = _context.Server;
        _loop = server.Flusher.Assign();
        _queue = new(server.Options.MaxOutboundBytes, server.Options.MaxOutboundPackets);
    }

    /// <summary>Writing for this session neither waits nor runs what is not this library's; a guess when the transport changes meanwhile.</summary>
    public bool IsDirect => _context.Transport.IsDirect;

    /// <summary>A message sent now would leave at once. Under the lock.</summary>
    public bool CanWriteAtOnce => _context.Phase == SessionPhase.Open && IsDrained && _gap is not { IsOn: true } && _context.Transport.IsReady;

    /// <summary>Queues a message of the handler; false when it was dropped.</summary>
    /// <param name="message">The message, shared by all sessions it is sent to.</param>
    /// <param name="isVolatile">Drop it unless it would leave at once.</param>
    /// <param name="compress">Whether it may be compressed.</param>
    /// <param name="isForFew">Few others get it from this thread: when it is a lonely one it may be written here and now.</param>
    public bool TrySend(EngineMessage message, bool isVolatile, bool compress, bool isForFew = false)
    {
        bool isScheduled, isDropped, isSmall;
        lock (_gate)
        {
            if (_context.Phase != SessionPhase.Open)
                return false;

            isDropped = isVolatile && !CanWriteAtOnce;
            if (!isDropped && !_queue.TryAdd(new(message, compress)))
                return Overflow();

            isScheduled = !isDropped && _heldBy != Environment.CurrentManagedThreadId && TryBeginFlush();
            isSmall = _queue.Bytes <= MostAtOnce;
        }

        if (isScheduled && isForFew && isSmall && IsLonely())
            RunFlushOfSender();
        else if (isScheduled)
            Schedule();
        return !isDropped || DropVolatile();
    }

    /// <summary>Sends a message that leaves at once, with those in front of it, and what follows it so much later.</summary>
    public bool TrySendAlone(EngineMessage message, TimeSpan gap, ReadOnlySpan<EngineMessage> first)
    {
        bool isFlushDue;
        lock (_gate)
        {
            if (_context.Phase != SessionPhase.Open)
                return false;
            foreach (var each in first)
            {
                if (!_queue.TryAdd(new(each, Compress: true)))
                    return Overflow();
            }

            if (!_queue.TryAdd(new(message, Compress: true)))
                return Overflow();

            if (_context.Transport.IsStream)
                (_gap ??= new(this, _context.Server.WireDeadlines)).Want(_queue.Count, gap);
            isFlushDue = TryBeginFlush();
        }

        if (isFlushDue)
            RunFlush();
        return true;
    }

    /// <summary>Queues the packets every session begins with.</summary>
    public void SendFirst(EngineMessage open, EngineMessage? initial)
    {
        lock (_gate)
        {
            _queue.Add(new(open, Compress: true));
            if (initial is not null)
                _queue.Add(new(initial, Compress: true));
            if (!TryBeginFlush())
                return;
        }

        Schedule();
    }

    /// <summary>Queues a packet of the server's own. Under the lock. True obliges the caller to <see cref="Schedule"/>.</summary>
    public bool Add(EngineMessage packet)
    {
        _queue.Add(new(packet, Compress: true));
        return TryBeginFlush();
    }

    /// <summary>Takes what is queued, for a poll that has come; null when that is nothing. Under the lock.</summary>
    public List<OutboundPacket>? TakeAll() => _queue.IsEmpty ? null : _queue.TakeAll();

    /// <summary>The session is over: drops what is queued. Under the lock.</summary>
    public void Clear()
    {
        _flushDeadline = 0;
        _gap?.Stop();
        _queue.Clear();
    }

    /// <summary>What this thread sends waits for <see cref="Release"/>. Under the lock. The client has spoken, so it has read what a gap was for.</summary>
    public void Hold()
    {
        _heldBy = Environment.CurrentManagedThreadId;
        _gap?.End();
    }

    /// <summary>Under the lock. True obliges the caller to <see cref="RunFlush"/>.</summary>
    public bool Release()
    {
        _heldBy = 0;
        return TryBeginFlush();
    }

    private bool DropVolatile()
    {
        _context.Server.Metrics.Dropped("volatile");
        if (_context.Server.Logger.IsEnabled(LogLevel.Debug))
            SessionLog.VolatileDropped(_session);
        return false;
    }

    // Under the lock. The end comes on another thread: who sends to many must not have one session's end run in between.
    private bool Overflow()
    {
        _session.Closing.Fail(CloseReason.TransportError, Overflowed);
        _queue.Clear();
        _context.Server.Guard.Queue(nameof(Overflow), static outbound => outbound.EndOverflow(), this);
        return false;
    }

    private void EndOverflow()
    {
        _context.Server.Metrics.Dropped(Overflowed);
        _context.Server.Metrics.SlowClient(SlowClients.QueueFull);
        SessionLog.QueueFull(_session);
        CutOff();
    }

    private void CutOff()
    {
        _session.Closing.Finish(CloseReason.TransportError);
        (_context.Transport as WebSocketTransport)?.Abort();
    }
}
