using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Socket.IO and Engine.IO servers to endpoints.</summary>
public static class SocketIOEndpointExtensions
{
    /// <summary>
    /// Serves Socket.IO under <see cref="SocketIOOptions.Path"/> (default <c>/socket.io</c>). It is an endpoint like any other: authorization, CORS, rate limiting
    /// and host conventions apply to every request of it, the WebSocket's included.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="configure">Where handlers are registered.</param>
    /// <exception cref="InvalidOperationException"><c>AddSocketIO</c> was not called.</exception>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, Action<SocketIOServer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var server = endpoints.ServiceProvider.GetService<SocketIOServer>()
            ?? throw new InvalidOperationException("MapSocketIO needs builder.Services.AddSocketIO().");
        configure?.Invoke(server);
        var options = endpoints.ServiceProvider.GetRequiredService<IOptions<SocketIOOptions>>().Value;
        var bundle = ClientBundle.Load(options.ClientBundleDirectory);
        return Map(endpoints, options.Path, server.Engine, bundle).WithDisplayName("Socket.IO");
    }

    /// <summary>Serves a bare Engine.IO server: sessions and messages, no namespaces, rooms or events.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Path to serve, such as <c>/engine.io</c>.</param>
    /// <param name="handler">Takes sessions and messages.</param>
    /// <param name="configure">Settings.</param>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, string path, IEngineHandler handler, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        var options = new EngineOptions();
        configure?.Invoke(options);
        var services = endpoints.ServiceProvider;
        var engine = new EngineServer(options, handler, services.GetService<TimeProvider>() ?? TimeProvider.System, services.GetRequiredService<ILoggerFactory>());
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        engine.Guard.Register("stopping", static engine => engine.Guard.Observe("stopping", engine.DisposeAsync().AsTask()), engine, stopping);
        return Map(endpoints, path, engine).WithDisplayName("Engine.IO");
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, EngineServer engine, ClientBundle? bundle = null) =>
        endpoints.Map(path.TrimEnd('/') + "/{**rest}", bundle is null
            ? new RequestDelegate(engine.HandleAsync)
            : context => bundle.TryServe(context, out var served) ? served : engine.HandleAsync(context));
}
