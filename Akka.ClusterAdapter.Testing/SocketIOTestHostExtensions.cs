using Akka.ClusterAdapter.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Clients of applications that run in the test host (<c>WebApplicationFactory</c>, <c>UseTestServer</c>).</summary>
public static class SocketIOTestHostExtensions
{
    /// <summary>
    /// Connects a client through the test host: all of the application's middleware and authorization is asked, but nothing listens on a port.
    /// </summary>
    /// <param name="host">The test host, such as <c>factory.Server</c>.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">What the official client calls <c>auth</c>: an object, or null for none.</param>
    /// <param name="configure">Settings of the client, such as its headers, or the path of a named server.</param>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time.</exception>
    public static Task<SocketIOTestClient> ConnectSocketIOAsync(
        this TestServer host, string ns = "/", object? auth = null, Action<SocketIOTestClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        var endpoint = new HttpEndpoint(host.BaseAddress, host.CreateHandler, OpenAsync, servers: host.Services.GetService<SocketIOServers>()?.All);
        return SocketIOTestClient.ConnectAsync(endpoint, ns, auth, configure, null);

        Task<System.Net.WebSockets.WebSocket> OpenAsync(Uri address, IReadOnlyDictionary<string, string> headers, CancellationToken ct)
        {
            var client = host.CreateWebSocketClient();
            client.ConfigureRequest = request =>
            {
                foreach (var (name, value) in headers)
                    request.Headers[name] = value;
            };
            return client.ConnectAsync(address, ct);
        }
    }
}
