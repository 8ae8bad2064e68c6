using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Gateway;
using Akka.ClusterAdapter.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps a gateway to an endpoint.</summary>
public static class SocketIOGatewayEndpointExtensions
{
    /// <summary>
    /// Serves the cluster's Socket.IO under a path: new sessions go to the worker that the policy chooses, later requests and WebSocket upgrades to the one
    /// that owns the session. Without a worker that takes sessions the answer is 503 with <c>Retry-After</c>, for a session nobody owns the usual 400.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">
    /// The workers' path. Default <c>/socket.io</c>. What <c>UsePathBase</c> takes off a path at the gateway is not sent on to the workers.
    /// </param>
    /// <exception cref="InvalidOperationException"><c>AddSocketIOGateway</c> was not called, or there is no actor system.</exception>
    public static IEndpointConventionBuilder MapSocketIOGateway(this IEndpointRouteBuilder endpoints, string path = "/socket.io") =>
        Map(endpoints, path, ServerName.Unnamed);

    /// <summary>The same for a named server of the workers, <c>AddSocketIO("admin")</c>: only workers that have it are asked.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">The path under which the workers serve it, as in <c>MapSocketIO("/admin-io", "admin")</c>.</param>
    /// <param name="server">The server's name.</param>
    /// <exception cref="ArgumentException"><paramref name="server"/> is no name for a server.</exception>
    /// <exception cref="InvalidOperationException"><c>AddSocketIOGateway</c> was not called, or there is no actor system.</exception>
    public static IEndpointConventionBuilder MapSocketIOGateway(this IEndpointRouteBuilder endpoints, string path, string server)
    {
        ServerName.Check(server);
        return Map(endpoints, path, server);
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, string server)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var proxy = endpoints.ServiceProvider.GetService<GatewayProxy>()
            ?? throw new InvalidOperationException("MapSocketIOGateway needs builder.Services.AddSocketIOGateway().");
        var endpoint = endpoints.Map(path.TrimEnd('/') + "/{**rest}", context => HandleAsync(context, proxy, server)).WithDisplayName("Socket.IO gateway");
        EndpointRules.NeverCache(endpoint);
        return endpoint;
    }

    // What a worker has said about it stays: the client's files may be kept.
    private static Task HandleAsync(HttpContext context, GatewayProxy proxy, string server)
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            if (headers.CacheControl.Count == 0)
                headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, context.Response);
        return proxy.HandleAsync(context, server);
    }
}
