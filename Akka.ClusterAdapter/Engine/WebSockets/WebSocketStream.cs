using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// The connection as the framework's WebSocket sees it: it reads for itself, but what it writes (pongs, close frames, compressed messages) takes
/// its turn with our ready-made frames. Answers to pings are counted: a client that asks for too many is cut off.
/// </summary>
internal sealed class WebSocketStream(Stream input, WebSocketOutput output, EngineClock clock, int maxPongsPerSecond, Action onFlood) : Stream
{
    private const int EmptyFrame = 6;
    private const int EmptyAndMasked = 0x80;
    private long _windowStart = clock.Now;
    private int _pongs;

    // Enough for a frame without payload: two bytes of header, four of mask.
    private long _tail;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Bytes that came over the wire so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>True when what came last looks like a close frame without a status: the framework makes 1000 of it.</summary>
    public bool EndsWithEmptyClose => (_tail >> 32 & 0xFFFF) == (WebSocketFrame.Close << 8 | EmptyAndMasked);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        BytesRead += count;
        foreach (var next in buffer.Span[Math.Max(0, count - EmptyFrame)..count])
            _tail = _tail << 8 | next;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The framework writes each frame with one call.
        if (buffer.Span[0] == WebSocketFrame.Pong && IsFlood())
        {
            onFlood();
            throw new IOException("Too many pings.");
        }

        await output.WriteAsync(buffer).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private bool IsFlood()
    {
        var now = clock.Now;
        if (now - _windowStart >= clock.Ticks(TimeSpan.FromSeconds(1)))
        {
            _windowStart = now;
            _pongs = 0;
        }

        return ++_pongs > maxPongsPerSecond;
    }
}
