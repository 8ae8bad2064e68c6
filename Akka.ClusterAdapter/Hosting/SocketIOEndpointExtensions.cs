using Akka.ClusterAdapter.Adapters;
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
    /// Serves Socket.IO under <see cref="SocketIOOptions.Path"/> (default <c>/socket.io</c>), once in an application (a further server has a name). It is an
    /// endpoint like any other: authorization, CORS, rate limiting, host conventions and endpoint filters apply to every request of it, the WebSocket's
    /// included. Only a WebSocket for an existing session needs no credentials of its own, because browsers can put no header on it. Caching, request time-outs
    /// and redirections to a login page do not apply. The files of the client (<see cref="SocketIOOptions.ClientBundleDirectory"/>) are an endpoint beside it
    /// with the same conventions, but open to everybody: a login page must be able to load them.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="configure">Where handlers are registered.</param>
    /// <exception cref="InvalidOperationException">
    /// <c>AddSocketIO</c> was not called, this was called before, or something was registered that cannot be honoured.
    /// </exception>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, Action<SocketIOServer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var server = endpoints.ServiceProvider.GetService<SocketIOServer>()
            ?? throw new InvalidOperationException("MapSocketIO needs builder.Services.AddSocketIO().");
        return Map(endpoints, server.Options.Path, server, configure);
    }

    /// <summary>
    /// Serves a named server of the application, which <c>AddSocketIO("admin")</c> added, under a path of its own, once. Everything that is said of the unnamed
    /// server's endpoint holds for it. Servers share nothing but the cluster: their clients, namespaces, rooms, handlers and settings are their own.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">
    /// Where, such as <c>/admin-io</c>; clients name it as their <c>path</c>. It takes the place of <see cref="SocketIOOptions.Path"/>.
    /// </param>
    /// <param name="name">The server's name.</param>
    /// <param name="configure">Where handlers are registered.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> does not begin with a slash, or <paramref name="name"/> is no name.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no server of that name, it was mapped before, its settings name another path, another server has the path, or
    /// something was registered that cannot be honoured.
    /// </exception>
    public static IEndpointConventionBuilder MapSocketIO(
        this IEndpointRouteBuilder endpoints, string path, string name, Action<SocketIOServer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        ServerName.Check(name);
        if (!path.StartsWith('/'))
            throw new ArgumentException(
                $"\"{path}\" is no path for a server: it begins with a slash, as in MapSocketIO(\"/{name}-io\", \"{name}\").", nameof(path));
        var server = endpoints.ServiceProvider.GetKeyedService<SocketIOServer>(name)
            ?? throw new InvalidOperationException($"MapSocketIO(\"{path}\", \"{name}\") needs builder.Services.AddSocketIO(\"{name}\").");
        if (server.Options.Path != SocketIOOptions.DefaultPath && server.Options.Path.TrimEnd('/') != path.TrimEnd('/'))
            throw new InvalidOperationException($"The server \"{name}\" has two paths: \"{path}\" in MapSocketIO, "
                + $"and \"{server.Options.Path}\" in its settings. Leave SocketIOOptions.Path out.");
        server.Options.Path = path;
        return Map(endpoints, path, server, configure);
    }

    /// <summary>Serves a bare Engine.IO server: sessions and messages, no namespaces, rooms or events.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Path to serve, such as <c>/engine.io</c>; no other server may have it.</param>
    /// <param name="handler">Takes sessions and messages.</param>
    /// <param name="configure">Settings.</param>
    /// <exception cref="InvalidOperationException">Another server has the path.</exception>
    public static IEndpointConventionBuilder MapEngineIO(
        this IEndpointRouteBuilder endpoints, string path, IEngineHandler handler, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        var options = new EngineOptions();
        configure?.Invoke(options);
        var services = endpoints.ServiceProvider;
        return MappedEndpoints.Of(services).Map(endpoints, path, () =>
        {
            var engine = new EngineServer(
                options, handler, services.GetService<TimeProvider>() ?? TimeProvider.System, services.GetRequiredService<ILoggerFactory>());
            var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            engine.Guard.Register("stopping", static engine => engine.Guard.Observe("stopping", engine.DisposeAsync().AsTask()), engine, stopping);
            return Map(endpoints.MapGroup(""), path, engine, "Engine.IO");
        });
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, SocketIOServer server, Action<SocketIOServer>? configure) =>
        MappedEndpoints.Of(endpoints.ServiceProvider).MapServer(endpoints, path, server.Name, () =>
        {
            configure?.Invoke(server);
            var bundle = ClientBundle.Load(server.Options.ClientBundleDirectory, server.Logger);
            var group = endpoints.MapGroup("");
            var engine = Map(group, path, server.Engine, server.Name.Length == 0 ? "Socket.IO" : $"Socket.IO \"{server.Name}\"");
            return new EndpointPair(engine, bundle.Map(group, path));
        });

    /// <summary>A group of its own, so that the endpoints can be looked at without building the application's other ones.</summary>
    private static IEndpointConventionBuilder Map(RouteGroupBuilder group, string path, EngineServer engine, string name)
    {
        var mapped = MappedEndpoints.Of(((IEndpointRouteBuilder)group).ServiceProvider);
        var endpoint = group.Map(path.TrimEnd('/') + "/{**rest}", engine.HandleAsync).WithDisplayName(name);
        EndpointRules.Apply(endpoint, group, engine, mapped, engine.Logger);
        mapped.Add(group);
        return endpoint;
    }
}
