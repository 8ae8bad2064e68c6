using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Socket.IO and Engine.IO servers to endpoints.</summary>
public static class SocketIOEndpointExtensions
{
    /// <summary>
    /// Serves Socket.IO under <see cref="SocketIOOptions.Path"/> (default <c>/socket.io</c>), once in an application. It is an endpoint like any other: authorization, CORS, rate limiting,
    /// host conventions and endpoint filters apply to every request of it, the WebSocket's included; only that a WebSocket for a session that is there needs no credentials of its own, for browsers can put no header on it.
    /// Caching, request time-outs and redirections to a login page do not apply. The files of the client (<see cref="SocketIOOptions.ClientBundleDirectory"/>) are an endpoint beside it with the same
    /// conventions, but open to everybody: a login page must be able to load them.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="configure">Where handlers are registered.</param>
    /// <exception cref="InvalidOperationException"><c>AddSocketIO</c> was not called, this was called before, or something was registered that cannot be honoured.</exception>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, Action<SocketIOServer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var server = services.GetService<SocketIOServer>()
            ?? throw new InvalidOperationException("MapSocketIO needs builder.Services.AddSocketIO().");
        var options = server.Options;
        return MappedEndpoints.Of(services).MapServer(endpoints, options.Path, () =>
        {
            configure?.Invoke(server);
            var bundle = ClientBundle.Load(options.ClientBundleDirectory, server.Logger);
            var group = endpoints.MapGroup("");
            var engine = Map(group, options.Path, server.Engine, "Socket.IO");
            return new EndpointPair(engine, bundle.Map(group, options.Path));
        });
    }

    /// <summary>Serves a bare Engine.IO server: sessions and messages, no namespaces, rooms or events.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Path to serve, such as <c>/engine.io</c>; no other server may have it.</param>
    /// <param name="handler">Takes sessions and messages.</param>
    /// <param name="configure">Settings.</param>
    /// <exception cref="InvalidOperationException">Another server has the path.</exception>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string path, IEngineHandler handler, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        var options = new EngineOptions();
        configure?.Invoke(options);
        var services = endpoints.ServiceProvider;
        return MappedEndpoints.Of(services).Map(endpoints, path, () =>
        {
            var engine = new EngineServer(options, handler, services.GetService<TimeProvider>() ?? TimeProvider.System, services.GetRequiredService<ILoggerFactory>());
            var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            engine.Guard.Register("stopping", static engine => engine.Guard.Observe("stopping", engine.DisposeAsync().AsTask()), engine, stopping);
            return Map(endpoints.MapGroup(""), path, engine, "Engine.IO");
        });
    }

    /// <summary>A group of its own, so that the endpoints can be looked at without building the application's other ones.</summary>
    private static IEndpointConventionBuilder Map(RouteGroupBuilder group, string path, EngineServer engine, string name)
    {
        var mapped = MappedEndpoints.Of(((IEndpointRouteBuilder)group).ServiceProvider);
        var endpoint = group.Map(path.TrimEnd('/') + "/{**rest}", engine.HandleAsync).WithDisplayName(name);
        EndpointRules.Apply(endpoint, engine, mapped, engine.Logger);
        mapped.Add(group);
        return endpoint;
    }
}
