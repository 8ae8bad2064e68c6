using System.Buffers;
using System.IO.Pipelines;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Polling;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A POST whose last byte is not here yet, and the next request of its connection: one context for both, as web servers have it.</summary>
internal sealed class PostOnAKeptConnection : IHttpRequestLifetimeFeature, IRequestBodyPipeFeature
{
    private readonly Pipe _body = new(new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly DefaultHttpContext _context = new();
    private volatile bool _isIn;

    public PostOnAKeptConnection()
    {
        _context.Request.Method = HttpMethods.Post;
        _context.Request.ContentLength = 2;
        _context.Features.Set<IHttpRequestLifetimeFeature>(this);
        _context.Features.Set<IRequestBodyPipeFeature>(this);
        Reader = new Watched(_body.Reader, this);
    }

    public PipeReader Reader { get; }

    public CancellationToken RequestAborted { get; set; }

    /// <summary>How often the POST was cut off while it was under way, as it may be.</summary>
    public int CutOffs { get; private set; }

    /// <summary>How often the context was touched after the POST's end: a request that is gone, or the next one.</summary>
    public int Strays { get; private set; }

    public int Status => _context.Response.StatusCode;

    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>What happens when the library gives up its read.</summary>
    public Action<Action> OnCancel { get; init; } = static cancel => cancel();

    public void Abort()
    {
        if (_isIn)
            CutOffs++;
        else
            Strays++;
    }

    /// <summary>The POST comes, all but its last byte.</summary>
    public void Begin(EngineServer server, EngineSocket session)
    {
        _isIn = true;
        _body.Writer.Write("4"u8);
        _ = _body.Writer.FlushAsync().AsTask();
        Done = RunAsync(server, session);
        Assert.False(Done.IsCompleted);
    }

    public void LastByte()
    {
        _body.Writer.Write("x"u8);
        _body.Writer.Complete();
    }

    private async Task RunAsync(EngineServer server, EngineSocket session)
    {
        try
        {
            await PollingHandler.PostAsync(server, session, _context);
        }
        finally
        {
            // From here on the context is the next request's, or nobody's.
            _isIn = false;
        }
    }

    private sealed class Watched(PipeReader inner, PostOnAKeptConnection post) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead()
        {
            if (post._isIn)
                post.OnCancel(inner.CancelPendingRead);
            else
                post.Strays++;
        }

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
    }
}
