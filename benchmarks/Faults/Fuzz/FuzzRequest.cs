using System.IO.Pipelines;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>
/// A request as a web server would hand it on: its body comes in parts, it may be given up at any time, and it may become a stream of frames.
/// </summary>
internal sealed class FuzzRequest : IHttpRequestLifetimeFeature, IHttpUpgradeFeature, IDisposable
{
    private readonly DefaultHttpContext _context = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly Pipe? _frames;

    public FuzzRequest(string method, string query, PipeReader? body = null, bool isUpgrade = false)
    {
        (_context.Request.Method, _context.Request.QueryString) = (method, new QueryString(query));
        _context.Features.Set<IHttpRequestLifetimeFeature>(this);
        if (body is not null)
            _context.Features.Set<IRequestBodyPipeFeature>(new BodyPipe(body));
        if (!isUpgrade)
            return;
        _frames = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        _context.Features.Set<IHttpUpgradeFeature>(this);
        var headers = _context.Request.Headers;
        (headers.Connection, headers.Upgrade, headers.SecWebSocketVersion, headers.SecWebSocketKey) =
            ("Upgrade", "websocket", "13", "dGhlIHNhbXBsZSBub25jZQ==");
    }

    public Task Handled { get; private set; } = Task.CompletedTask;

    /// <summary>Where frames of the client go; null when it sends none.</summary>
    public PipeWriter? Input => _frames?.Writer;

    public CancellationToken RequestAborted { get; set; }

    bool IHttpUpgradeFeature.IsUpgradableRequest => true;

    public void Begin(EngineServer engine)
    {
        RequestAborted = _aborted.Token;
        Handled = engine.HandleAsync(_context);
    }

    /// <summary>The client says nothing more.</summary>
    public bool IsOver { get; private set; }

    public void EndInput()
    {
        IsOver = true;
        _frames?.Writer.Complete();
    }

    /// <summary>The connection is gone.</summary>
    public void Abort()
    {
        IsOver = true;
        _aborted.Cancel();
        _frames?.Writer.Complete(new IOException("The connection was reset."));
        (_context.Features.Get<IRequestBodyPipeFeature>() as BodyPipe)?.Reader.CancelPendingRead();
    }

    Task<Stream> IHttpUpgradeFeature.UpgradeAsync() => Task.FromResult<Stream>(new Frames(_frames!.Reader.AsStream()));

    public void Dispose() => _aborted.Dispose();

    private sealed class BodyPipe(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }

    /// <summary>Reads what the client sends; what it is sent, nobody reads.</summary>
    private sealed class Frames(Stream input) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
