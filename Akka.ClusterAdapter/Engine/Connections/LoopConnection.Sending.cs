using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <content>From whoever writes to the socket.</content>
internal sealed partial class LoopConnection : IRoom
{
    /// <summary>
    /// Waits until the kernel takes something again, or the connection has ended, which the next attempt then shows. .NET's own asynchronous send would have
    /// its engine woken by each byte that comes later.
    /// </summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
                return Task.CompletedTask;
            _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            Want(_wanted | Readiness.Writes);
            return _room.Task;
        }
    }

    private void TellRoom()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            (room, _room) = (_room, null);
            if ((_wanted & Readiness.Writes) != 0)
                Want(_wanted & ~Readiness.Writes);
        }

        room?.TrySetResult();
    }

    /// <summary>Sends what is written to the pipe, until nothing more comes; on the thread of whoever writes, as long as the kernel takes it.</summary>
    private async Task SendAllAsync()
    {
        try
        {
            while (true)
            {
                var written = await _out.Reader.ReadAsync().ConfigureAwait(false);
                if (written.IsCanceled)
                    break;
                for (var rest = written.Buffer; !rest.IsEmpty;)
                {
                    var count = Send(rest);
                    rest = rest.Slice(count);
                    if (count == 0)
                        await WaitForRoomAsync().ConfigureAwait(false);
                }

                _out.Reader.AdvanceTo(written.Buffer.End);
                if (written.IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side is gone, as whoever reads finds.
        }
        finally
        {
            _out.Reader.Complete();
            Close(null);
        }
    }

    /// <exception cref="SocketException">The other side is gone.</exception>
    /// <exception cref="ObjectDisposedException">This side has closed.</exception>
    private int Send(in ReadOnlySequence<byte> bytes)
    {
        var count = bytes.IsSingleSegment
            ? Socket.Send(bytes.FirstSpan, SocketFlags.None, out var error)
            : Socket.Send(Segments(bytes), SocketFlags.None, out error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable or SocketError.Interrupted => 0,
            _ => throw new SocketException((int)error),
        };
    }

    private static List<ArraySegment<byte>> Segments(in ReadOnlySequence<byte> bytes)
    {
        var segments = new List<ArraySegment<byte>>();
        foreach (var part in bytes)
        {
            if (MemoryMarshal.TryGetArray(part, out var segment))
                segments.Add(segment);
        }

        return segments;
    }
}
