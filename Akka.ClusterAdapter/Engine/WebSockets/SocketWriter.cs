using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Room in the kernel for what is sent.</summary>
internal interface IRoom
{
    /// <summary>Ends when the kernel takes something again, or the connection has ended.</summary>
    Task WaitForRoomAsync();
}

/// <summary>
/// A connection's output. It is the transport's own pipe, until a request of the engine's begins: then a flush goes straight to the socket, without the
/// detour over the pipe and a second thread,
/// until that request ends. Nobody tells when a pipe is empty; so once it was used the connection keeps to it, and nothing overtakes.
/// One writer at a time, no write while a flush is under way.
/// </summary>
/// <param name="socket">The connection's socket.</param>
/// <param name="pipe">The transport's own output.</param>
/// <param name="room">Who waits for room in the kernel; null for .NET's socket engine.</param>
internal sealed class SocketWriter(Socket socket, PipeWriter pipe, IRoom? room = null) : PipeWriter
{
    private const int FirstBuffer = 4096;
    private byte[] _buffer = [];
    private int _length;
    private bool _isPipeUsed;
    private bool _isSending;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length + pipe.UnflushedBytes;

    /// <summary>Whether what is written now goes straight to the socket.</summary>
    public bool IsDirect { get; private set; }

    /// <summary>From now on what is written goes straight to the socket; false when that is not possible.</summary>
    public bool TryBegin()
    {
        if (IsDirect || _isPipeUsed)
            return IsDirect;
        try
        {
            socket.Blocking = false;
            return IsDirect = true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already, and the web server will find out.
            return false;
        }
    }

    /// <summary>What is written from now on is somebody else's.</summary>
    public void End() => IsDirect = _length > 0 || _isSending;

    public override Memory<byte> GetMemory(int sizeHint = 0) => IsDirect ? Room(sizeHint) : pipe.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => IsDirect ? Room(sizeHint).Span : pipe.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (!IsDirect)
        {
            _isPipeUsed |= bytes > 0;
            pipe.Advance(bytes);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_buffer.Length - _length));
        _length += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!IsDirect || _length == 0)
            return pipe.FlushAsync(cancellationToken);

        var rest = _buffer.AsMemory(0, _length);
        rest = rest[Send(rest.Span)..];
        if (!rest.IsEmpty)
            return SendAsync(rest);
        ReturnBuffer();
        return default;
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!IsDirect)
        {
            _isPipeUsed = true;
            return pipe.WriteAsync(source, cancellationToken);
        }

        if (_length > 0)
            return base.WriteAsync(source, cancellationToken);
        var rest = source[Send(source.Span)..];
        return rest.IsEmpty ? default : SendAsync(rest);
    }

    /// <summary>
    /// Hands several buffers to the socket as they are, with one call. What it does not take is the caller's to write; nothing while something waits already.
    /// </summary>
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
        if (_length > 0 && !_isSending)
        {
            pipe.Write(_buffer.AsSpan(0, _length));
            ReturnBuffer();
        }

        IsDirect = false;
        pipe.Complete(exception);
    }

    /// <summary>Bytes the kernel took at once. An error is met again by whoever sends the rest.</summary>
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

    /// <summary>What the kernel did not take at once leaves when it has room. The end of the connection ends the waiting.</summary>
    private async ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> rest)
    {
        _isSending = true;
        try
        {
            while (!rest.IsEmpty)
                rest = rest[await SendSomeAsync(rest).ConfigureAwait(false)..];
            return default;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The transport meets the same when it reads.
            return new(isCanceled: false, isCompleted: true);
        }
        finally
        {
            _isSending = false;
            ReturnBuffer();
        }
    }

    private ValueTask<int> SendSomeAsync(ReadOnlyMemory<byte> rest) =>
        room is null ? socket.SendAsync(rest, SocketFlags.None, CancellationToken.None) : SendWithRoomAsync(room, rest);

    private async ValueTask<int> SendWithRoomAsync(IRoom room, ReadOnlyMemory<byte> rest)
    {
        await room.WaitForRoomAsync().ConfigureAwait(false);
        var count = socket.Send(rest.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable or SocketError.Interrupted => 0,
            _ => throw new SocketException((int)error),
        };
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
