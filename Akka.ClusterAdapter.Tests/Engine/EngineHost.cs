using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>An engine behind a real Kestrel on a free port, its clock in the test's hand.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EngineHost(WebApplication app, EngineServer server, RecordingHandler handler, FakeTimeProvider time)
    {
        _app = app;
        Server = server;
        Handler = handler;
        Time = time;
        Uri = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new(new SocketsHttpHandler { UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = Uri };
    }

    public EngineServer Server { get; }

    public RecordingHandler Handler { get; }

    public FakeTimeProvider Time { get; }

    public Uri Uri { get; }

    public HttpClient Http { get; }

    public static async Task<EngineHost> StartAsync(
        Action<EngineOptions>? configure = null,
        Action<RecordingHandler>? handle = null,
        Action<EngineServer>? observe = null,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? use = null,
        Action<IEndpointConventionBuilder>? map = null,
        Action<ListenOptions>? listen = null,
        Flusher? flusher = null,
        FakeTimeProvider? time = null,
        ILoggerFactory? loggers = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options =>
        {
            options.Protocols = HttpProtocols.Http1;
            listen?.Invoke(options);
        }));
        // As AddSocketIO does it.
        builder.Services.AddSingleton<IConnectionListenerFactory, DirectTransportFactory>();
        if (Environment.GetEnvironmentVariable("CLUSTER_LOOP") == "clients")
        {
            builder.Services.AddSingleton(provider => new ClientLoop(static () => null, provider.GetRequiredService<ILoggerFactory>(), TimeProvider.System));
            builder.Services.AddOptions<DirectTransportOptions>().Configure<ClientLoop>(static (options, loop) => options.Loop = loop);
        }

        build?.Invoke(builder);
        var app = builder.Build();

        var options = new EngineOptions();
        configure?.Invoke(options);
        var handler = new RecordingHandler();
        handle?.Invoke(handler);
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var server = new EngineServer(options, handler, time, loggers ?? NullLoggerFactory.Instance, flusher ?? new());
        observe?.Invoke(server);

        use?.Invoke(app);
        var endpoint = app.Map("/engine.io/{**rest}", server.HandleAsync);
        map?.Invoke(endpoint);
        await app.StartAsync();
        return new(app, server, handler, time);
    }

    public Task<HttpResponseMessage> GetAsync(string query) => Http.GetAsync("/engine.io/?" + query);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string query, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, "/engine.io/?" + query) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request);
    }

    /// <summary>Opens a polling session.</summary>
    public async Task<PollingClient> PollAsync()
    {
        var open = await Http.GetStringAsync("/engine.io/?EIO=4&transport=polling");
        return new(this, PollingClient.SidIn(open));
    }

    /// <summary>Opens a WebSocket session; its open packet has been read.</summary>
    public async Task<WireClient> WebSocketAsync()
    {
        var client = await UpgradeAsync("EIO=4&transport=websocket");
        client.Sid = PollingClient.SidIn(await client.ReadTextAsync());
        return client;
    }

    /// <summary>A WebSocket handshake, the answer 101 expected.</summary>
    public async Task<WireClient> UpgradeAsync(string query, params string[] headers)
    {
        var client = await ConnectAsync();
        await client.SendUpgradeAsync(query, headers);
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync());
        return client;
    }

    public async Task<WireClient> ConnectAsync(int? receiveBuffer = null)
    {
        var socket = new System.Net.Sockets.Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(IPAddress.Loopback, Uri.Port);
        return new(socket);
    }

    /// <summary>Moves the clock in small steps, as time goes by.</summary>
    public void Advance(TimeSpan span, TimeSpan? step = null)
    {
        var by = step ?? TimeSpan.FromMilliseconds(500);
        for (var rest = span; rest > TimeSpan.Zero; rest -= by)
            Time.Advance(rest < by ? rest : by);
    }

    public EngineSocket Session(string sid) => Handler.Sockets[sid];

    /// <summary>Waits for the one end of a session and gives its reason.</summary>
    public async Task<CloseReason> EndAsync()
    {
        await Eventually.TrueAsync(() => !Handler.Ends.IsEmpty, "the session's end");
        return Handler.Ends.Single();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        try
        {
            // Without a grace: what tests leave open is cut.
            await _app.StopAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await _app.DisposeAsync();
    }

    public static StringContent Text(string body) => new(body, Encoding.UTF8, "text/plain");

    public static EngineMessage Message(string text) => EngineMessage.Text(Encoding.UTF8.GetBytes(text));
}
