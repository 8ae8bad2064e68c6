namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// The connection as the framework's WebSocket sees it: it reads for itself, but what it writes (pongs, close frames, compressed messages) takes
/// its turn with our ready-made frames. Answers to pings are counted: a client that asks for too many is cut off.
/// </summary>
internal sealed class WebSocketStream(Stream input, WebSocketOutput output, EngineClock clock, int maxPongsPerSecond, Action onFlood) : Stream
{
    private long _windowStart = clock.Now;
    private int _pongs;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => input.ReadAsync(buffer, offset, count, cancellationToken);

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

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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
