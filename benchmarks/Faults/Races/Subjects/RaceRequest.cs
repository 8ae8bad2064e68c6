using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A request as a web server would hand it on. What is done to it when it is over would be done to somebody else's request.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Neither has a wait handle or a timer: they own nothing.")]
internal sealed class RaceRequest : IHttpRequestLifetimeFeature, IRequestBodyPipeFeature
{
    private static readonly PipeOptions Options = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0);

    private readonly DefaultHttpContext _context = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly Pipe _body = new(Options);
    private readonly MemoryStream _answer = new();

    public RaceRequest(string method, string query)
    {
        (_context.Request.Method, _context.Request.QueryString, _context.Response.Body) = (method, new QueryString(query), _answer);
        _context.Features.Set<IHttpRequestLifetimeFeature>(this);
        _context.Features.Set<IRequestBodyPipeFeature>(this);
        RequestAborted = _aborted.Token;
    }

    public Task Handled { get; private set; } = Task.CompletedTask;

    public int Status => _context.Response.StatusCode;

    /// <summary>How often somebody touched it when it was over.</summary>
    public int Strays { get; private set; }

    /// <summary>Whether its own code has ended its connection.</summary>
    public bool IsCut { get; private set; }

    public CancellationToken RequestAborted { get; set; }

    PipeReader IRequestBodyPipeFeature.Reader
    {
        get
        {
            Strays += Handled.IsCompleted && Handled != Task.CompletedTask ? 1 : 0;
            return _body.Reader;
        }
    }

    /// <summary>The packets of its answer.</summary>
    public string[] Packets => _answer.Length == 0 ? [] : Encoding.UTF8.GetString(_answer.ToArray()).Split('\u001e');

    public static RaceRequest Poll(EngineSocket session) => new("GET", "?EIO=4&transport=polling&sid=" + session.Id);

    public static RaceRequest Post(EngineSocket session) => new("POST", "?EIO=4&transport=polling&sid=" + session.Id);

    public void Begin(EngineServer engine) => Handled = engine.HandleAsync(_context);

    public async Task RunAsync(EngineServer engine)
    {
        Begin(engine);
        await Handled;
    }

    /// <summary>So much more of its body is here.</summary>
    public void Send(string text, bool isLast)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(_body.Writer.GetSpan(bytes.Length + 1));
        _body.Writer.Advance(bytes.Length);
        if (isLast)
            _body.Writer.Complete();
        else
            _ = _body.Writer.FlushAsync().AsTask();
    }

    /// <summary>Its client hangs up.</summary>
    public void HangUp()
    {
        if (!Handled.IsCompleted)
            _aborted.Cancel();
    }

    void IHttpRequestLifetimeFeature.Abort()
    {
        Strays += Handled.IsCompleted && Handled != Task.CompletedTask ? 1 : 0;
        IsCut = true;
    }
}
