using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// Everything a WebSocket sends: ready-made frames of the session and control frames of the framework's WebSocket, one writer at a time, never two
/// flushes at once. No method throws; false means that the connection is gone.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for owns nothing; disposing it would make late writers throw.")]
internal sealed class WebSocketOutput(PipeWriter pipe) : IWebSocketOutput
{
    // Copies into the connection's buffers are per client, the messages are shared: more than this is not copied ahead of a slow client.
    private const int FlushBytes = 64 * 1024;

    // Copying a smaller frame costs less than handing it to the kernel as a buffer of its own.
    private const int GatherFrom = 2 * 1024;

    // The framework allocates for more than eight.
    private const int MostGathered = 8;
    private const int MostGatheredBytes = 512 * 1024;

    // One block of the transport's pipe.
    private const int WaitingBytes = 4 * 1024;

    [ThreadStatic]
    private static List<ArraySegment<byte>>? _gathered;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _closed;

    /// <inheritdoc/>
    public bool IsDirect => pipe is SocketWriter { IsDirect: true };

    /// <inheritdoc/>
    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) =>
        _turn.Wait(0) ? WriteInTurn(batch) : WaitAndWriteAsync(batch);

    /// <inheritdoc/>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> frame)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_closed)
                return false;

            _closed = frame.Span[0] == WebSocketFrame.Close;
            pipe.Write(frame.Span);
            return await FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsConnectionGone(e))
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _closed = true;
        _turn.Release();
    }

    private async ValueTask<bool> WaitAndWriteAsync(List<OutboundPacket> batch)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        return await WriteInTurn(batch).ConfigureAwait(false);
    }

    private ValueTask<bool> WriteInTurn(List<OutboundPacket> batch)
    {
        ValueTask<bool> write;
        try
        {
            if (_closed)
                write = new(false);
            else if (batch is [var only] && only.Message.Frames.Length <= FlushBytes)
                write = EndAsync(pipe.WriteAsync(only.Message.Frames));
            else
                write = WriteAll(batch, SizeOf(batch));
        }
        catch (Exception e) when (IsConnectionGone(e))
        {
            write = new(false);
        }
        catch
        {
            // Nobody may wait for a turn that has no end.
            _turn.Release();
            throw;
        }

        if (!write.IsCompletedSuccessfully)
            return EndTurnAsync(write);

        _turn.Release();
        return write;
    }

    private ValueTask<bool> WriteAll(List<OutboundPacket> batch, long size)
    {
        if (pipe is SocketWriter { IsDirect: true } socket && size >= (long)batch.Count * GatherFrom)
            return WriteGatheredAsync(socket, batch);
        if (size > FlushBytes)
            return WriteSlicedAsync(batch);

        foreach (ref readonly var packet in CollectionsMarshal.AsSpan(batch))
            pipe.Write(packet.Message.Frames.Span);
        return FlushAsync();
    }

    /// <summary>
    /// Hands the shared bytes to the socket as they are. When it is full a little goes the other way, which ends when there is room again: only that is copied.
    /// </summary>
    private static async ValueTask<bool> WriteGatheredAsync(SocketWriter socket, List<OutboundPacket> batch)
    {
        var rest = new UnwrittenFrames(batch);
        while (true)
        {
            while (!rest.IsEmpty && TrySend(socket, ref rest))
            {
            }

            if (rest.IsEmpty)
                return true;

            var waiting = rest.First(WaitingBytes);
            rest.Skip(waiting.Count);
            if ((await socket.WriteAsync(waiting).ConfigureAwait(false)).IsCompleted)
                return false;
        }
    }

    /// <summary>False when the socket did not take everything that it was offered.</summary>
    private static bool TrySend(SocketWriter socket, ref UnwrittenFrames rest)
    {
        var gathered = _gathered ??= new(MostGathered);
        try
        {
            var offered = rest.AddTo(gathered, MostGathered, MostGatheredBytes);
            var sent = socket.TrySend(gathered);
            rest.Skip(sent);
            return sent == offered;
        }
        finally
        {
            // The thread keeps the list, not the messages.
            gathered.Clear();
        }
    }

    private async ValueTask<bool> EndTurnAsync(ValueTask<bool> write)
    {
        try
        {
            return await write.ConfigureAwait(false);
        }
        catch (Exception e) when (IsConnectionGone(e))
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<bool> WriteSlicedAsync(List<OutboundPacket> batch)
    {
        var unflushed = 0;
        foreach (var packet in batch)
        {
            for (var rest = packet.Message.Frames; !rest.IsEmpty;)
            {
                var slice = rest[..Math.Min(rest.Length, FlushBytes - unflushed)];
                pipe.Write(slice.Span);
                rest = rest[slice.Length..];
                unflushed += slice.Length;
                if (unflushed < FlushBytes)
                    continue;

                if (!await FlushAsync().ConfigureAwait(false))
                    return false;
                unflushed = 0;
            }
        }

        return unflushed == 0 || await FlushAsync().ConfigureAwait(false);
    }

    private ValueTask<bool> FlushAsync() => EndAsync(pipe.FlushAsync());

    private static ValueTask<bool> EndAsync(ValueTask<FlushResult> flush)
    {
        return flush.IsCompletedSuccessfully ? new(!flush.Result.IsCompleted) : AwaitAsync(flush);

        static async ValueTask<bool> AwaitAsync(ValueTask<FlushResult> flush) => !(await flush.ConfigureAwait(false)).IsCompleted;
    }

    private static long SizeOf(List<OutboundPacket> batch)
    {
        var bytes = 0L;
        foreach (ref readonly var packet in CollectionsMarshal.AsSpan(batch))
            bytes += packet.Message.Frames.Length;
        return bytes;
    }

    // What a writer throws when its connection was reset, aborted or completed.
    private static bool IsConnectionGone(Exception e) => e is IOException or InvalidOperationException or OperationCanceledException;
}
