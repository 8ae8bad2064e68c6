using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>Two workers of one cluster in this process, each behind a Kestrel of its own.</summary>
internal sealed class RoutedHosts : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestSystems _systems = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = Deadline };
    private readonly List<SocketIOTestHost> _hosts = [];

    public SocketIOTestHost One => _hosts[0];

    public SocketIOTestHost Two => _hosts[1];

    /// <summary>Starts both and waits until each knows the other.</summary>
    /// <param name="overrides">HOCON of the first one's actor system.</param>
    /// <param name="use">Middleware of both applications, before Socket.IO.</param>
    /// <param name="listen">One more listener of both applications.</param>
    /// <param name="services">More services of the first one.</param>
    /// <param name="map">What is required of both endpoints.</param>
    /// <param name="secondServices">More services of the second one.</param>
    /// <param name="all">More services of both.</param>
    public static async Task<RoutedHosts> StartAsync(
        string overrides = "",
        Action<WebApplication>? use = null,
        Action<ListenOptions>? listen = null,
        Action<IServiceCollection>? services = null,
        Action<IEndpointConventionBuilder>? map = null,
        Action<IServiceCollection>? secondServices = null,
        Action<IServiceCollection>? all = null)
    {
        var hosts = new RoutedHosts();
        await hosts.AddAsync(overrides, use, listen, all + services, map);
        await hosts.AddAsync("", use, listen, all + secondServices, map);
        foreach (var system in hosts._systems.All)
            hosts._systems.Join(system);
        await Eventually.TrueAsync(
            () => hosts._systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }), "both workers ready");
        return hosts;
    }

    /// <summary>A gateway before both.</summary>
    public Task<GatewayHost> GatewayAsync(Action<KestrelServerOptions>? kestrel = null)
    {
        var address = AkkaCluster.Get(_systems.All[0]).SelfAddress;
        return GatewayHost.StartAsync(address.System, $"{address.Host}:{address.Port}", workers: 2, kestrel: kestrel);
    }

    public ClusterAdapterExtension Extension(SocketIOTestHost host) => ClusterAdapterExtension.Get(_systems.All[_hosts.IndexOf(host)]);

    /// <summary>How many requests of one kind (sent, received, failed) a worker has counted.</summary>
    public static long Forwarded(SocketIOTestHost host, string kind) => host.Server.Engine.Counters.GetValueOrDefault("forwarded." + kind);

    /// <summary>Opens a polling session and gives its id.</summary>
    public async Task<string> OpenAsync(SocketIOTestHost host)
    {
        using var answer = await SendAsync(host, HttpMethod.Get);
        var open = await answer.Content.ReadAsStringAsync();
        return JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
    }

    public Task<HttpResponseMessage> SendAsync(
        SocketIOTestHost host, HttpMethod method, string? sid = null, string? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(host.Uri, "/socket.io/?EIO=4&transport=polling" + (sid is null ? "" : "&sid=" + sid)));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _http.SendAsync(request);
    }

    public async Task<string> PollAsync(SocketIOTestHost host, string sid)
    {
        using var answer = await SendAsync(host, HttpMethod.Get, sid);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task PostAsync(SocketIOTestHost host, string sid, string body)
    {
        using var answer = await SendAsync(host, HttpMethod.Post, sid, body);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    public static async Task<ClientWebSocket> UpgradeAsync(SocketIOTestHost host, string sid, params (string Name, string Value)[] headers)
    {
        var socket = new ClientWebSocket();
        foreach (var (name, value) in headers)
            socket.Options.SetRequestHeader(name, value);
        using var deadline = new CancellationTokenSource(Deadline);
        await socket.ConnectAsync(WebSocketUri("ws", host.Uri, sid), deadline.Token);
        return socket;
    }

    public static Uri WebSocketUri(string scheme, Uri server, string sid) =>
        new($"{scheme}://{server.Authority}/socket.io/?EIO=4&transport=websocket&sid={sid}");

    public static async Task SendAsync(ClientWebSocket socket, string text)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, deadline.Token);
    }

    public static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var buffer = new byte[10_000];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
        return received.MessageType == WebSocketMessageType.Close ? "closed" : Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _systems.EndAsync();
    }

    private async Task AddAsync(
        string overrides, Action<WebApplication>? use, Action<ListenOptions>? listen, Action<IServiceCollection>? services,
        Action<IEndpointConventionBuilder>? map)
    {
        var system = _systems.Add(overrides);
        _hosts.Add(await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.On("echo", (string text) => new ValueTask<string>(text))),
            services: all =>
            {
                all.AddSocketIO().UseClusterAdapter(system);
                services?.Invoke(all);
            },
            use: use,
            listen: listen,
            map: map));
    }
}
