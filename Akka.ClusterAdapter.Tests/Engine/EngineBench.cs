using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>
/// An engine without a web server: requests are made by hand. One polling session is a bystander, whom nothing that is done to the others may touch.
/// </summary>
internal sealed class EngineBench : IAsyncDisposable
{
    private readonly Poll _poll = new();
    private int _made;

    public EngineBench(Flusher? flusher = null)
    {
        Server = new EngineServer(new EngineOptions(), Handler, Time, Log, flusher ?? new());
        Bystander = Handshake();
        Assert.Equal(PollVerdict.Accepted, Bystander.Polling!.Begin(_poll));
    }

    public FaultyTime Time { get; } = new();

    public ListLogger Log { get; } = new();

    public RecordingHandler Handler { get; } = new();

    public EngineServer Server { get; }

    public EngineSocket Bystander { get; }

    /// <summary>What its poll is answered with.</summary>
    public Task<List<OutboundPacket>?> Polled => _poll.Task;

    /// <summary>A polling session.</summary>
    public EngineSocket Handshake()
    {
        var before = Handler.Sockets.Keys.ToHashSet();
        Assert.Equal(200, Request("?EIO=4&transport=polling").Response.StatusCode);
        return Handler.Sockets.Single(pair => !before.Contains(pair.Key)).Value;
    }

    /// <summary>A GET that is answered at once.</summary>
    public HttpContext Request(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Request.QueryString = new(query);
        Assert.True(Server.HandleAsync(context).IsCompletedSuccessfully);
        return context;
    }

    /// <summary>A session over a transport of the test's.</summary>
    public EngineSocket Open(IEngineTransport transport)
    {
        var sid = $"made by hand {_made++}";
        var session = new EngineSocket(Server, sid, EngineRequest.Of(new DefaultHttpContext(), default), transport);
        Server.Sessions[sid] = session;
        session.Inbound.Calls.RunOpened();
        return session;
    }

    public WebSocketTransport WebSocket(Stream? stream = null, IHttpRequestLifetimeFeature? lifetime = null) =>
        new(Server, stream ?? Stream.Null, System.IO.Pipelines.PipeWriter.Create(Stream.Null), lifetime ?? new HttpRequestLifetimeFeature(), null);

    /// <summary>The failure was logged and counted, and the bystander is served as before.</summary>
    public async Task CheckAsync(string root)
    {
        await Eventually.TrueAsync(() => Server.Counters.ContainsKey($"failed.{root}"), () => string.Join(", ", Server.Counters.Keys));
        await Eventually.TrueAsync(
            () => Log.Lines.Any(line => line.Level == Microsoft.Extensions.Logging.LogLevel.Error && line.Text == $"{root} failed; the server goes on."));
        Assert.True(Bystander.IsOpen);
        Assert.Contains(Bystander.Id, Server.Sessions.Keys);
        Assert.True(Bystander.TrySend(EngineHost.Message("still here")));
        Assert.NotEmpty((await _poll.Task.WaitAsync(TimeSpan.FromSeconds(30)))!);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Log.Dispose();
    }
}
