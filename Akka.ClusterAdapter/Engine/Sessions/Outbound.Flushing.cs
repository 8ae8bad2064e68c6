using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <content>Writing what is queued.</content>
internal sealed partial class Outbound
{
    private SendGap? _gap;
    // What a session is sent so soon behind something else is worth collecting, and what one thread sends to several, one after the other, worth sharing:
    // about as long as it takes until another thread has woken.
    private static readonly TimeSpan Alone = TimeSpan.FromMicroseconds(100);

    // Who sends pays for the copy.
    private const int MostAtOnce = 16 * 1024;

    // In that time, by one thread.
    private const int MostTogether = 2;

    [ThreadStatic]
    private static long t_wroteAt;

    [ThreadStatic]
    private static int t_written;

    private bool _isFlushing;
    private long _flushDeadline;
    private long _wroteAt;

    /// <summary>Under the lock.</summary>
    public bool IsFlushing => _isFlushing;

    /// <summary>When the write that is under way must have ended; 0 when there is none. Under the lock.</summary>
    public long FlushDeadline => _isFlushing ? _flushDeadline : 0;

    /// <summary>Packets that wait to be written. Under the lock.</summary>
    public int QueuedPackets => _queue.Count;

    /// <summary>Bytes that wait to be written. Under the lock.</summary>
    public long QueuedBytes => _queue.Bytes;

    /// <summary>When the write that is under way has begun; 0 when there is none. Under the lock.</summary>
    public long WritingSince => FlushDeadline is > 0 and var deadline ? deadline - _context.Server.Clock.Ticks(_context.Server.FlushTimeout) : 0;

    /// <summary>Nothing is queued or being written. Under the lock.</summary>
    public bool IsDrained => !_isFlushing && _queue.IsEmpty;

    /// <summary>The time of a gap has come.</summary>
    public void EndGap()
    {
        bool isScheduled;
        lock (_gate)
            isScheduled = _gap?.TryEnd() == true && TryBeginFlush();
        if (isScheduled)
            Schedule();
    }

    /// <summary>Whether the client takes nothing of what is being written, for too long. Under the lock.</summary>
    public bool IsStuck(long now) => _isFlushing && _flushDeadline != 0 && now >= _flushDeadline;

    /// <summary>Under the lock. True obliges the caller to <see cref="Schedule"/>, outside the lock.</summary>
    public bool TryBeginFlush()
    {
        if (_isFlushing || _gap is { IsOn: true } || _context.Phase == SessionPhase.Closed || _queue.IsEmpty || !_context.Transport.IsReady)
            return false;

        _isFlushing = true;
        return true;
    }

    public void Schedule() => _loop.Enqueue(this);

    /// <summary>
    /// Whether what is to be flushed is better written by this thread, with nobody woken: nothing was written a moment ago to this client, nor more than one
    /// thing by this thread, and the write neither waits nor runs what is not this library's. After <see cref="TryBeginFlush"/>. The loop writes at the end of
    /// what it is at.
    /// </summary>
    private bool IsLonely()
    {
        // An answer to a poll takes along what comes soon.
        if (!_context.Transport.IsStream || !IsDirect || LoopWork.IsHere)
            return false;
        var clock = _context.Server.Clock;
        var (now, alone) = (clock.Now, Math.Max(1, clock.Ticks(Alone)));
        if (_wroteAt != 0 && now - _wroteAt < alone)
            return false;
        if (t_wroteAt == 0 || now - t_wroteAt >= alone)
            (t_wroteAt, t_written) = (now, 0);
        return ++t_written <= MostTogether;
    }

    /// <summary>What is still to be written when the kernel is full has nothing to do with what the sender is at (spans, the request).</summary>
    private void RunFlushOfSender()
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            RunFlush();
            return;
        }

        using (ExecutionContext.SuppressFlow())
            RunFlush();
    }

    /// <summary>
    /// Writes what is queued; called by the flush loop, or in its place, after <see cref="TryBeginFlush"/>. Never throws: what fails is this session's end,
    /// and nobody else's loss.
    /// </summary>
    /// <returns>How many messages were written.</returns>
    public int RunFlush()
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
            transport = _context.Transport;
            if (_context.Phase != SessionPhase.Closed && !_queue.IsEmpty && transport.IsReady)
                batch = _gap is { IsWanted: true } gap ? _queue.Take(gap.Begin()) : _queue.TakeAll();
            if (batch is not null && transport.TryTake(batch))
                batch = null;
            if (batch is not null)
                (_wroteAt, _flushDeadline) = _context.Server.Clock.NowAndAfter(_context.Server.FlushTimeout);
        }

        if (batch is null)
        {
            EndFlush(null, isWritten: true);
            return 0;
        }

        var count = batch.Count;
        _context.Server.Metrics.Traffic.Sent(transport, batch);
        var write = transport.WriteAsync(batch);
        if (write.IsCompletedSuccessfully)
            EndFlush(batch, write.Result);
        else
            _ = AwaitFlushAsync(write, batch);
        return count;
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
        _context.Server.Guard.Fail(nameof(Flush), e);
        _context.Server.Guard.Run(nameof(CutOff), static outbound => outbound.CutOff(), this);
    }

    private void EndFlush(List<OutboundPacket>? batch, bool isWritten)
    {
        if (!isWritten)
        {
            // The read loop says why, unless the connection broke in this direction only.
            _session.Closing.Finish(CloseReason.TransportError);
            return;
        }

        bool isScheduled, isLast;
        lock (_gate)
        {
            _isFlushing = false;
            _flushDeadline = 0;
            if (batch is not null)
                _queue.Recycle(batch);
            _gap?.Written();
            isScheduled = TryBeginFlush();
            isLast = _context.Phase == SessionPhase.Closing && IsDrained;
        }

        if (isScheduled)
            Schedule();
        if (isLast)
            _session.Closing.Continue();
    }
}
