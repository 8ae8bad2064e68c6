using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing.Transports;

namespace Akka.ClusterAdapter.Testing;

/// <summary>A server as its clients see it.</summary>
/// <param name="server">The server itself, when it runs in this process.</param>
/// <param name="log">What it logs.</param>
internal abstract class ClientEndpoint(SocketIOServer? server, ServerLog? log)
{
    /// <summary>The server itself, when it runs in this process; of several of one application the one that a client's path leads to.</summary>
    public virtual SocketIOServer? ServerOf(SocketIOTestClientOptions options) => server;

    public ServerLog? Log => log;

    /// <summary>The way to it, not open yet.</summary>
    public abstract IClientTransport Create(SocketIOTestClientOptions options);
}

/// <summary>A server without a transport.</summary>
internal sealed class InMemoryEndpoint(SocketIOServer server, ServerLog log) : ClientEndpoint(server, log)
{
    private readonly SocketIOServer _server = server;

    public override IClientTransport Create(SocketIOTestClientOptions options)
    {
        var query = new Dictionary<string, string>(options.Query, StringComparer.Ordinal) { ["EIO"] = "4", ["transport"] = TransportNames.WebSocket };
        return new InMemoryTransport(_server, new EngineRequest
        {
            Headers = options.Headers.ToDictionary(static header => header.Key.ToLowerInvariant(), static header => header.Value),
            Query = query,
            Url = $"{options.Path.TrimEnd('/')}/?{HttpEndpoint.QueryOf(query)}",
            RemoteAddress = options.Address,
            IsSecure = false,
            User = options.User ?? new ClaimsPrincipal(new ClaimsIdentity()),
            Time = _server.Time.GetUtcNow(),
        });
    }
}

/// <summary>A server that is reached by HTTP: over the network, or through the test host.</summary>
/// <param name="address">Its address; the path of Socket.IO is the client's option.</param>
/// <param name="handler">Carries requests where they do not go over the network.</param>
/// <param name="openWebSocket">Opens WebSockets where they do not go over the network.</param>
/// <param name="server">The server itself, when it runs in this process.</param>
/// <param name="log">What it logs.</param>
/// <param name="servers">All servers of its application, when that runs in this process.</param>
internal sealed class HttpEndpoint(
    Uri address,
    Func<HttpMessageHandler>? handler = null,
    Func<Uri, IReadOnlyDictionary<string, string>, CancellationToken, Task<WebSocket>>? openWebSocket = null,
    SocketIOServer? server = null,
    ServerLog? log = null,
    IReadOnlyList<SocketIOServer>? servers = null) : ClientEndpoint(server, log)
{
    private const string NoUser = "User and Address are settings for servers without a transport (SocketIOTest.Create). "
        + "This one authenticates requests: give it a header.";

    public override SocketIOServer? ServerOf(SocketIOTestClientOptions options) => servers is null
        ? base.ServerOf(options)
        : servers.Where(each => options.Path.TrimEnd('/').EndsWith(each.Options.Path.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
            .MaxBy(static each => each.Options.Path.Length);

    public override IClientTransport Create(SocketIOTestClientOptions options)
    {
        if (options.User is not null || !options.Address.Equals(IPAddress.Loopback))
            throw new ArgumentException(NoUser, nameof(options));
        if (options.Transport == SocketIOTestTransport.WebSocket)
            return new WebSocketClientTransport(ct => OpenAsync(options, "", ct));
        Func<string, CancellationToken, Task<WebSocket>> upgrade = (sid, ct) => OpenAsync(options, sid, ct);
        return new PollingClientTransport(
            Http(options), Address(options, TransportNames.Polling), options.Transport == SocketIOTestTransport.Polling ? null : upgrade);
    }

    internal static string QueryOf(IEnumerable<KeyValuePair<string, string>> query) =>
        string.Join('&', query.Select(static each => $"{Uri.EscapeDataString(each.Key)}={Uri.EscapeDataString(each.Value)}"));

    private Uri Address(SocketIOTestClientOptions options, string transport)
    {
        var query = QueryOf([new("EIO", "4"), new("transport", transport), .. options.Query]);
        return new UriBuilder(new Uri(address, options.Path.TrimEnd('/') + "/")) { Query = query }.Uri;
    }

    private HttpClient Http(SocketIOTestClientOptions options)
    {
        var http = options.HttpHandler is { } own ? new HttpClient(own, disposeHandler: false) : new HttpClient(handler?.Invoke() ?? new SocketsHttpHandler());
        http.Timeout = Timeout.InfiniteTimeSpan;
        foreach (var (name, value) in options.Headers)
            http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        return http;
    }

    private async Task<WebSocket> OpenAsync(SocketIOTestClientOptions options, string sid, CancellationToken ct)
    {
        var builder = new UriBuilder(Address(options, TransportNames.WebSocket));
        builder.Scheme = builder.Scheme is "https" or "wss" ? "wss" : "ws";
        if (sid.Length > 0)
            builder.Query += "&sid=" + sid;
        try
        {
            return await (options.OpenWebSocket ?? openWebSocket ?? OverNetworkAsync)(builder.Uri, options.Headers.AsReadOnly(), ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or InvalidOperationException or HttpRequestException)
        {
            throw new ConnectRefusedException($"No WebSocket to {builder.Uri.GetLeftPart(UriPartial.Path)}: {e.Message}", inner: e);
        }
    }

    private static async Task<WebSocket> OverNetworkAsync(Uri address, IReadOnlyDictionary<string, string> headers, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        try
        {
            foreach (var (name, value) in headers)
                socket.Options.SetRequestHeader(name, value);
            await socket.ConnectAsync(address, ct).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
