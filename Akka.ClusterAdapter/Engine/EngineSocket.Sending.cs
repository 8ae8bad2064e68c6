using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine;

/// <content>From the queue to the transport.</content>
public sealed partial class EngineSocket
{
    private bool _flushing;
    private bool _isPaused;

    // How many packets at the head of the queue leave before a pause begins, and the pause they began: an earlier one must not end it.
    private int _beforePause;
    private int _pause;
    private bool _isPauseDue;
    private long _flushDeadline;

    /// <summary>Queues a message without waiting; messages leave in call order.</summary>
    /// <param name="message">The message, shared by all sessions it is sent to.</param>
    /// <param name="isVolatile">Drop it (returning false) unless <see cref="IsWritable"/>.</param>
    /// <param name="compress">False keeps HTTP compression off for the polling payload, unless another packet in it wants it.</param>
    /// <returns>False when the message was dropped: session closed, volatile and not writable, or the outbound queue is full (which also closes the session as <see cref="CloseReason.TransportError"/>).</returns>
    public bool TrySend(EngineMessage message, bool isVolatile = false, bool compress = true)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool isScheduled, isDropped;
        lock (_gate)
        {
            if (_state != SessionState.Open)
                return false;

            isDropped = isVolatile && !CanWriteAtOnce;
            if (!isDropped && !_queue.TryAdd(new(message, compress)))
                return Overflow();

            isScheduled = !isDropped && _callbackThread != Environment.CurrentManagedThreadId && TryBeginFlush();
        }

        if (isScheduled)
            _loop.Enqueue(this);
        return !isDropped || DropVolatile();
    }

    private bool DropVolatile()
    {
        _server.Metrics.Dropped("volatile");
        if (_server.Logger.IsEnabled(LogLevel.Debug))
            Log.VolatileDropped(_server.Logger, LogId, Request.RemoteAddress);
        return false;
    }

    /// <summary>
    /// Sends a message that leaves at once, and what follows it a moment later: a simple client that waits for one message after the other
    /// must not find two in what it reads (20 ms, once for each namespace that is joined).
    /// </summary>
    internal bool TrySendAlone(EngineMessage message)
    {
        bool isFlushDue;
        lock (_gate)
        {
            if (_state != SessionState.Open)
                return false;
            if (!_queue.TryAdd(new(message, Compress: true)))
                return Overflow();

            // A write that has not ended yet must not keep this one back until the moment is over: the two would leave together.
            if (!_isPaused && _beforePause == 0 && !ReferenceEquals(_transport, _polling))
                _beforePause = _queue.Count;
            isFlushDue = TryBeginFlush();
        }

        if (isFlushDue)
            RunFlush();
        return true;
    }

    /// <summary>The moment is over.</summary>
    internal void EndPause(int pause)
    {
        bool isScheduled;
        lock (_gate)
        {
            if (pause != _pause)
                return;

            _isPaused = false;
            isScheduled = TryBeginFlush();
        }

        if (isScheduled)
            _loop.Enqueue(this);
    }

    /// <summary>Queues the packets every session begins with.</summary>
    internal void SendFirst(EngineMessage open, EngineMessage? initial)
    {
        lock (_gate)
        {
            _queue.Add(new(open, Compress: true));
            if (initial is not null)
                _queue.Add(new(initial, Compress: true));
            if (!TryBeginFlush())
                return;
        }

        _loop.Enqueue(this);
    }

    /// <summary>Writes what is queued; called by the flush loop, or in its place, after <see cref="TryBeginFlush"/>. Never throws: what fails is this session's end, and nobody else's loss.</summary>
    /// <returns>How many messages were written.</returns>
    internal int RunFlush()
    {
        try
        {
            return Flush();
        }
        catch (Exception e)
        {
            FlushFailed(e);
            return 0;
        }
    }

    private int Flush()
    {
        List<OutboundPacket>? batch = null;
        IEngineTransport transport;
        lock (_gate)
        {
            transport = _transport;
            if (_state != SessionState.Closed && !_queue.IsEmpty && transport.IsReady)
                batch = TakeBatch();
            if (batch is not null && transport.TryTake(batch))
                batch = null;
            if (batch is not null)
                _flushDeadline = _server.Clock.After(_server.FlushTimeout);
        }

        if (batch is null)
        {
            EndFlush(null, isWritten: true);
            return 0;
        }

        var count = batch.Count;
        var write = transport.WriteAsync(batch);
        if (write.IsCompletedSuccessfully)
            EndFlush(batch, write.Result);
        else
            _ = AwaitFlushAsync(write, batch);
        return count;
    }

    // Under the lock.
    private List<OutboundPacket> TakeBatch()
    {
        if (_beforePause == 0)
            return _queue.TakeAll();

        var batch = _queue.Take(_beforePause);
        _beforePause = 0;
        _isPaused = _isPauseDue = true;
        _pause++;
        return batch;
    }

    // Never fails.
    private async Task AwaitFlushAsync(ValueTask<bool> write, List<OutboundPacket> batch)
    {
        try
        {
            EndFlush(batch, await write.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            FlushFailed(e);
        }
    }

    // How much of it was written nobody knows.
    private void FlushFailed(Exception e)
    {
        _server.Guard.Fail(nameof(Flush), e);
        _server.Guard.Run(nameof(CutOff), static session => session.CutOff(), this);
    }

    private void EndFlush(List<OutboundPacket>? batch, bool isWritten)
    {
        if (!isWritten)
        {
            // The read loop says why, unless the connection broke in this direction only.
            Finish(CloseReason.TransportError);
            return;
        }

        bool isScheduled, isDrained, isPauseDue;
        int pause;
        lock (_gate)
        {
            _flushing = false;
            (isPauseDue, _isPauseDue, pause) = (_isPauseDue, false, _pause);
            _flushDeadline = 0;
            if (batch is not null)
                _queue.Recycle(batch);
            isScheduled = TryBeginFlush();
            isDrained = _state == SessionState.Closing && _queue.IsEmpty && !_flushing;
        }

        if (isPauseDue)
            _server.Pauses.Add(this, pause);
        if (isScheduled)
            _loop.Enqueue(this);
        if (isDrained)
            EndClosing();
    }

    // Under the lock. True obliges the caller to enqueue the session at its loop, outside the lock.
    private bool TryBeginFlush()
    {
        if (_flushing || _isPaused || _state == SessionState.Closed || _queue.IsEmpty || !_transport.IsReady)
            return false;

        _flushing = true;
        return true;
    }

    // Under the lock. The end comes on another thread: who sends to many must not have one session's end run in between.
    private bool Overflow()
    {
        _state = SessionState.Closing;
        _closingReason = CloseReason.TransportError;
        _queue.Clear();
        _server.Guard.Queue(nameof(Overflow), static session => session.EndOverflow(), this);
        return false;
    }

    private void EndOverflow()
    {
        _server.Metrics.Dropped("overflow");
        Log.QueueFull(_server.Logger, Request.RemoteAddress);
        CutOff();
    }

    private void CutOff()
    {
        Finish(CloseReason.TransportError);
        (_transport as WebSocketTransport)?.Abort();
    }
}
