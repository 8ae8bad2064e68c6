using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine;

/// <content>Pings and deadlines, looked at by the server's one timer.</content>
public sealed partial class EngineSocket
{
    // Timestamps; 0 means that none is set.
    private long _pingDue;
    private long _pongDue;
    private long _closeDeadline;
    private bool _isPongExtended;

    /// <summary>Sends the ping that is due, and ends what has waited too long.</summary>
    internal void CheckDeadlines(long now)
    {
        CloseReason? end = null;
        var isScheduled = false;
        var isSlow = false;
        lock (_gate)
        {
            if (_pongDue != 0 && now >= _pongDue)
                end = CloseReason.PingTimeout;
            else if (_closeDeadline != 0 && now >= _closeDeadline)
                end = _closingReason;
            else if (_flushing && _flushDeadline != 0 && now >= _flushDeadline)
                isSlow = true;
            else if (_state == SessionState.Open && _pongDue == 0 && now >= _pingDue)
                isScheduled = QueuePing(now);
        }

        if (isScheduled)
            _loop.Enqueue(this);
        (Volatile.Read(ref _transport) as WebSocketTransport)?.CheckDeadlines(now);
        if (isSlow)
            Reject(EngineRejections.SlowReader, CloseReason.TransportError);
        else if (end is { } reason)
            Finish(reason);
    }

    // The clock starts when the ping was due, even when no poll is there to carry it. A server that was held up for long starts it late: its clients must have time to answer.
    private bool QueuePing(long now)
    {
        var timeout = _server.Clock.Ticks(_server.Options.PingTimeout);
        _queue.Add(new(EnginePacket.Ping, Compress: true));
        _pongDue = (now - _pingDue > timeout / 2 ? now : _pingDue) + timeout;
        _isPongExtended = false;
        return TryBeginFlush();
    }

    private PacketVerdict ReceivePong()
    {
        lock (_gate)
        {
            // A pong nobody asked for changes nothing.
            if (_pongDue == 0 || _state == SessionState.Closed)
                return PacketVerdict.Accepted;

            _pongDue = 0;
            _pingDue = _server.Clock.After(_server.Options.PingInterval);
        }

        return PacketVerdict.Accepted;
    }

    // Under the lock. The first other packet while a pong is awaited restarts the clock: a client busy with a long upload is alive.
    private void ExtendPong()
    {
        if (_pongDue == 0 || _isPongExtended)
            return;

        _isPongExtended = true;
        _pongDue = _server.Clock.After(_server.Options.PingTimeout);
    }
}
