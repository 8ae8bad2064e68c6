using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using NetSocket = System.Net.Sockets.Socket;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// A connection's output that goes to its socket when it is flushed, without the detour over a pipe and a second thread. What the kernel does not take at once
/// goes through the pipe after all; until the pipe is empty everything does, so that nothing overtakes. One writer at a time, no write while a flush is under way.
/// </summary>
/// <param name="socket">The connection's socket; calls on it must not block.</param>
/// <param name="pipe">The transport's own output. A flush of it must end only when everything in it was sent.</param>
internal sealed class SocketWriter(NetSocket socket, PipeWriter pipe) : PipeWriter
{
    private const int FirstBuffer = 4096;
    private byte[] _buffer = [];
    private int _length;

    // The pipe has, or may have, bytes that were not sent.
    private bool _isPipeBusy;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length + pipe.UnflushedBytes;

    private bool IsDirect => !_isPipeBusy;

    public override Memory<byte> GetMemory(int sizeHint = 0) => IsDirect ? Room(sizeHint) : pipe.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => IsDirect ? Room(sizeHint).Span : pipe.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (!IsDirect)
        {
            pipe.Advance(bytes);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_buffer.Length - _length));
        _length += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!IsDirect || _length == 0)
            return FlushPipeAsync(cancellationToken);

        var rest = _buffer.AsSpan(0, _length);
        rest = rest[Send(rest)..];
        if (!rest.IsEmpty)
            pipe.Write(rest);
        var isSent = rest.IsEmpty;
        ReturnBuffer();
        return isSent ? default : FlushPipeAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!IsDirect || _length > 0)
            return base.WriteAsync(source, cancellationToken);

        var rest = source.Span[Send(source.Span)..];
        if (rest.IsEmpty)
            return default;
        pipe.Write(rest);
        return FlushPipeAsync(cancellationToken);
    }

    /// <summary>Hands several buffers to the socket as they are, with one call. What it does not take is the caller's to write; nothing while something waits already.</summary>
    /// <returns>Bytes that it took.</returns>
    public int TrySend(IList<ArraySegment<byte>> buffers)
    {
        if (!IsDirect || _length > 0)
            return 0;
        try
        {
            return socket.Send(buffers, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    public override void CancelPendingFlush() => pipe.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (_length > 0)
            pipe.Write(_buffer.AsSpan(0, _length));
        ReturnBuffer();
        _isPipeBusy = true;
        pipe.Complete(exception);
    }

    /// <summary>Bytes the kernel took. An error is left to the transport, which meets it when the rest comes through its pipe.</summary>
    private int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        try
        {
            while (sent < bytes.Length)
            {
                var count = socket.Send(bytes[sent..], SocketFlags.None, out var error);
                if (error != SocketError.Success)
                    break;
                sent += count;
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection was aborted.
        }

        return sent;
    }

    private ValueTask<FlushResult> FlushPipeAsync(CancellationToken cancellationToken)
    {
        _isPipeBusy = true;
        var flush = pipe.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
            return AwaitAsync(flush);

        var result = flush.Result;
        _isPipeBusy = result.IsCanceled;
        return new(result);
    }

    // A flush that was given up says nothing about what the pipe holds: it stays in use.
    private async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flush)
    {
        var result = await flush.ConfigureAwait(false);
        _isPipeBusy = result.IsCanceled;
        return result;
    }

    private Memory<byte> Room(int sizeHint)
    {
        if (_buffer.Length - _length < Math.Max(1, sizeHint))
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, checked(_length + Math.Max(_length, sizeHint))));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            var length = _length;
            ReturnBuffer();
            _buffer = larger;
            _length = length;
        }

        return _buffer.AsMemory(_length);
    }

    // An idle connection holds no buffer.
    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }
}
