using System.IO.Pipelines;
using System.Net.Sockets;
using Akka.ClusterAdapter.Loops;
using Microsoft.AspNetCore.Connections;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <content>From the socket to whoever reads.</content>
internal sealed partial class LoopConnection
{
    /// <summary>One read, and what comes of it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        _reader = Environment.CurrentManagedThreadId;
        try
        {
            Receive();
        }
        finally
        {
            _reader = 0;
            EndTurn();
        }
    }

    /// <summary>There is something to read; false when somebody is at it.</summary>
    private bool TryBeginReading(bool hasEnded)
    {
        lock (_gate)
        {
            if (_isClosed)
                return false;
            if ((_wanted & Readiness.Reads) == 0)
            {
                // Seen before another thread has said that it is not waited for.
                if (!hasEnded)
                    return false;
                // Told whatever it is waited for, and it would be for ever.
                _isHungUp = true;
                StopWaiting();
                return !_isReadOver && !_isReading && (_isReading = true);
            }

            if (!_isReading)
                return _isReading = true;
            // What was read last takes its time.
            Want(_wanted & ~Readiness.Reads);
            return false;
        }
    }

    /// <summary>By the loop, or where there is none by the thread pool.</summary>
    private void RunOnce()
    {
        if (_receiver?.Work?.TryAdd(this) != true)
            RunElsewhere(this);
    }

    /// <summary>The thread pool does what the loop should have done.</summary>
    public void RunElsewhere(IThreadPoolWorkItem item) => _loop.Guard.Queue(nameof(LoopConnection), static item => item.Execute(), item);

    private void EndTurn()
    {
        bool isOver, isNext;
        lock (_gate)
        {
            isOver = _isClosed && !_isReadOver;
            _isReadOver |= isOver;
            isNext = !_isReadOver && _isHungUp;
            _isReading = isNext;
            if (!_isReadOver && !_isPaused && !_isHungUp)
                Want(_wanted | Readiness.Reads);
        }

        if (isOver)
            TellReadOver(_abortReason);
        if (isNext)
            // Nobody will tell that there is more, or that it is over.
            RunOnce();
    }

    private void Receive()
    {
        if (_isClosed)
            return;
        if (_isPaused)
        {
            // The reader is behind, and will not get the rest.
            EndReading(new ConnectionResetException("The connection has ended before all that had come was read."));
            return;
        }

        var error = SocketError.Success;
        var count = 0;
        try
        {
            var room = _in.Writer.GetMemory(_size);
            count = Socket.Receive(room.Span, SocketFlags.None, out error);
            // What runs here and now is one item: not thousands of messages of one client.
            _size = error != SocketError.Success || count < room.Length ? SmallRead : _isInline ? LargestInline : LargeRead;
        }
        catch (ObjectDisposedException)
        {
            // EndTurn tells.
            return;
        }

        if (error == SocketError.Success && count > 0)
            HandOver(count);
        else if (error is SocketError.Interrupted || (error == SocketError.WouldBlock && !_isHungUp))
            // Gives the room back.
            HandOver(0);
        else if (error == SocketError.Success)
            EndReading(null);
        else
            EndReading(new ConnectionResetException($"The connection has ended: {error}.", new SocketException((int)error)));
    }

    private void HandOver(int count)
    {
        _in.Writer.Advance(count);
        var taken = _in.Writer.FlushAsync();
        if (taken.IsCompletedSuccessfully)
        {
            EndWhenNobodyReads(taken.Result);
            return;
        }

        // Read no more: what comes stays with the kernel, which slows the other side down.
        lock (_gate)
        {
            _isPaused = true;
            if (_isAdded)
                Want(_wanted & ~Readiness.Reads);
        }

        _loop.Guard.Observe(nameof(LoopConnection), ResumeAsync(taken));
    }

    private async Task ResumeAsync(ValueTask<FlushResult> taken)
    {
        EndWhenNobodyReads(await taken.ConfigureAwait(false));
        bool isNext;
        lock (_gate)
        {
            _isPaused = false;
            if (_isClosed || _isReadOver || _isReading)
                return;
            isNext = _isHungUp && (_isReading = true);
            if (!isNext)
                Want(_wanted | Readiness.Reads);
        }

        if (isNext)
            RunOnce();
    }

    private void EndWhenNobodyReads(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
            EndReading(null);
    }

    /// <summary>Nothing more is read. The other direction goes on.</summary>
    private void EndReading(Exception? error)
    {
        Exception? why;
        lock (_gate)
        {
            if (_isReadOver)
                return;
            _isReadOver = true;
            why = _abortReason ?? error;
            if (_isAdded)
                Want(_wanted & ~Readiness.Reads);
        }

        TellReadOver(why);
    }

    private void TellReadOver(Exception? why)
    {
        _in.Writer.Complete(why);
        _loop.Guard.Queue(nameof(LoopConnection), static me => me.TellClosed(), this);
    }

    private void TellClosed()
    {
        _loop.Guard.Run(nameof(LoopConnection), static closed => closed.Cancel(), _closed);
        _isReadOverTold.TrySetResult();
    }
}
