using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Settings of a client of a test.</summary>
public sealed class SocketIOTestClientOptions
{
    /// <summary>How it connects. Default: a WebSocket. A server without a transport is talked to directly, whatever this is.</summary>
    public SocketIOTestTransport Transport { get; set; }

    /// <summary>The server's path. Default <c>/socket.io</c>.</summary>
    public string Path { get; set; } = "/socket.io";

    /// <summary>Headers of its requests.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What its requests have in the query besides the protocol's own.</summary>
    public IDictionary<string, string> Query { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Who it is, for servers without a transport, which have nothing that authenticates. Default null: nobody. Elsewhere it is an error: there the
    /// application's authentication decides, by a header for one.
    /// </summary>
    public ClaimsPrincipal? User { get; set; }

    /// <summary>Where it comes from, for servers without a transport. Default 127.0.0.1. Elsewhere an error unless it is that.</summary>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>
    /// The parser, which must be the server's. Default null: that of a server in this process, otherwise the JSON parser with web conventions.
    /// </summary>
    public IPacketParser? Parser { get; set; }

    /// <summary>Clock of its heartbeat. Default: that of a server in this process, otherwise the system's.</summary>
    public TimeProvider? Time { get; set; }

    /// <summary>
    /// How long it waits for anything, by the system's clock, so that a test with a clock of its own ends as well. Default 30 s; without end while a
    /// debugger is attached.
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Called before it asks for its namespace: the place to register handlers that the server's first events need.</summary>
    public Action<SocketIOTestClient>? Prepare { get; set; }

    /// <summary>Carries its requests. Default null: the network, or the <c>TestServer</c> it was made for. Not disposed.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Opens its WebSockets, by address and headers. Default null: the network, or the <c>TestServer</c> it was made for.</summary>
    public Func<Uri, IReadOnlyDictionary<string, string>, CancellationToken, Task<WebSocket>>? OpenWebSocket { get; set; }
}
