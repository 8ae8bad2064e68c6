using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.Origins;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a Socket.IO server.</summary>
public static class SocketIOServiceCollectionExtensions
{
    private const string Section = "SocketIO";

    /// <summary>
    /// Adds the server (<see cref="SocketIOServer"/>, a singleton) to the application. Its settings come from the configuration section <c>SocketIO</c>,
    /// then from <paramref name="configure"/>; wrong ones, and names in that section that are no setting, stop the application at its start. Without a
    /// cluster adapter it is a server of one worker. Also adds the health check <c>socketio</c> with the tag <c>ready</c>: healthy when this worker takes
    /// clients, degraded when it does although messages may not reach some of the others or requests not their sessions, unhealthy before it is ready and as
    /// soon as it begins to stop. Map it with <c>MapHealthChecks</c>. A process that was started by one of Node.js with a channel (<c>NODE_CHANNEL_FD</c>;
    /// pm2 does so) tells it "ready" when it takes clients.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Settings in code; they win over the configuration.</param>
    public static SocketIOBuilder AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, ServerName.Unnamed, configure);
    }

    /// <summary>
    /// Adds one more server, with a name: a keyed singleton, <c>[FromKeyedServices("admin")] SocketIOServer</c>, that <c>MapSocketIO("/admin-io", "admin")</c>
    /// serves. It has clients, namespaces, rooms, handlers and settings of its own, and shares the cluster, the health check and the end of the application
    /// with the other servers; other workers need not have it. Its settings come from the configuration section <c>SocketIOServers:admin</c>, then from
    /// <paramref name="configure"/>; as options they have its name.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">
    /// 1 to 64 letters, digits, '-', '_' and '.', a letter or digit first. Its log categories end with it, its measurements carry it as <c>server</c>.
    /// </param>
    /// <param name="configure">Settings in code; they win over the configuration.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no name for a server.</exception>
    /// <exception cref="InvalidOperationException">There is a server of that name, or of one that differs only in case.</exception>
    public static SocketIOBuilder AddSocketIO(this IServiceCollection services, string name, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ServerName.Check(name);
        if (Added(services).FirstOrDefault(other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new InvalidOperationException(other == name
                ? $"AddSocketIO(\"{name}\") was called a second time: call it once, "
                    + $"and change settings elsewhere with services.Configure<SocketIOOptions>(\"{name}\", …)."
                : $"AddSocketIO(\"{name}\") and AddSocketIO(\"{other}\") differ only in case: settings could not tell them apart. Choose another name.");
        }

        return Add(services, name, configure);
    }

    private static IEnumerable<string> Added(IServiceCollection services) =>
        services.Where(static service => !service.IsKeyedService).Select(static service => service.ImplementationInstance)
            .OfType<AddedServer>().Select(static server => server.Name);

    private static SocketIOBuilder Add(IServiceCollection services, string name, Action<SocketIOOptions>? configure)
    {
        AddOptions(services, name, configure);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ForgottenCluster>();
        services.TryAddSingleton<SocketIOServers>();
        if (!Added(services).Contains(name))
            services.AddSingleton(new AddedServer(name));
        if (name.Length == 0)
        {
            services.TryAddSingleton(static provider => AdapterFactory(provider, ServerName.Unnamed));
            services.TryAddSingleton(static provider => Server(provider, ServerName.Unnamed));
        }
        else
        {
            services.TryAddKeyedSingleton(name, static (provider, key) => AdapterFactory(provider, (string)key!));
            services.TryAddKeyedSingleton(name, static (provider, key) => Server(provider, (string)key!));
        }

        services.AddHostedService<SocketIOLifetime>();
        AddHandshakes(services);
        AddSessionRouting(services);
        AddTransport(services, name);
        AddHealthCheck(services);
        services.AddReadyNotice(static provider => provider.GetRequiredService<SocketIOServers>().WaitUntilReadyAsync);
        return new SocketIOBuilder(services, name);
    }

    private static void AddOptions(IServiceCollection services, string name, Action<SocketIOOptions>? configure)
    {
        var section = name.Length == 0 ? Section : $"{SocketIOServers.Section}:{name}";
        var options = services.AddOptions<SocketIOOptions>(name)
            .BindConfiguration(section, static binder => binder.ErrorOnUnknownConfiguration = true)
            .Configure<IConfiguration>((options, configuration) => SetTransports(options, configuration.GetSection(section)))
            .Validate(
                static options => !options.LoopReads || EpollReceiver.IsThere,
                "LoopReads needs epoll, which only Linux has (x64 and arm64): leave it out on this system.")
            .ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOOptions>, SocketIOOptionsValidator>());
    }

    // The binder would add what is configured to the default, which is both.
    private static void SetTransports(SocketIOOptions options, IConfigurationSection section)
    {
        var names = section.GetSection(nameof(SocketIOOptions.Transports)).GetChildren().ToList();
        if (names.Count > 0)
            options.Transports = [.. names.Select(static name => name.Value ?? "")];
    }

    /// <summary>What a WebSocket's handshake needs of the application's CORS policies and authorization.</summary>
    private static void AddHandshakes(IServiceCollection services)
    {
        if (services.Any(service => service.ImplementationType == typeof(HandshakeFilter)))
            return;
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, HandshakeFilter>());
        services.AddCors();
        services.Wrap<ICorsService, CorsService>(static (inner, _) => new CorsWatch(inner));
        services.Wrap<IAuthorizationMiddlewareResultHandler, AuthorizationMiddlewareResultHandler>(static (inner, provider) => new HandshakeAuthorization(
            inner, CarefulLoggers.Of(provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>())
                .CreateLogger<HandshakeAuthorization>()));
    }

    private static void AddSessionRouting(IServiceCollection services)
    {
        services.TryAddSingleton<ForwardingFaults>();
        services.AddHostedService<WorkerAnnouncement>();
        // Before every other filter, the host filter too: what another worker forwards has passed them there.
        if (services.All(service => service.ImplementationType != typeof(ForwardedRequestFilter)))
            services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, ForwardedRequestFilter>());
    }

    /// <summary>The last one registered is Kestrel's first choice; other servers do not ask.</summary>
    private static void AddTransport(IServiceCollection services, string name)
    {
        // One transport for all servers: on where one of them wants it.
        var isFirst = Added(services).First() == name;
        services.AddOptions<DirectTransportOptions>()
            .Configure<IServiceProvider>((transport, provider) =>
            {
                transport.IsOn = (transport.IsOn && !isFirst) || OptionsOf(provider, name).DirectWrites;
                if (OptionsOf(provider, name).LoopReads || ClusterOf(provider, name) is { Use: LoopUse.Clients } || ClientLoop.Mode > 0)
                    transport.Loop = provider.GetRequiredService<ClientLoop>();
            });
        services.TryAddSingleton(provider => new ClientLoop(
            () => ClusterOf(provider, name)?.Receiver,
            w => ClusterOf(provider, name)?.TryRunAside(w),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<IMeterFactory>()));
        if (DirectTransportFactory.IsSupported && services.All(service => service.ImplementationType != typeof(DirectTransportFactory)))
            services.Insert(BeforeSharedPort(services), ServiceDescriptor.Singleton<IConnectionListenerFactory, DirectTransportFactory>());
    }

    private static ClusterLoop? ClusterOf(IServiceProvider provider, string name)
    {
        var adapters = name.Length == 0 ? provider.GetService<IAdapterFactory>() : provider.GetKeyedService<IAdapterFactory>(name);
        return (adapters as AkkaClusterAdapterFactory)?.Extension.Loop;
    }

    // That one decides when the others begin to listen, so Kestrel must ask it first: the last one.
    private static int BeforeSharedPort(IServiceCollection services)
    {
        var shared = services.FirstOrDefault(service => service.ImplementationType == typeof(SharedPortTransport));
        return shared is null ? services.Count : services.IndexOf(shared);
    }

    /// <summary>Called more than once, it must not register a second check of the same name: that would be an error at the first request.</summary>
    private static void AddHealthCheck(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(SocketIOHealthCheck)))
            return;
        services.AddSingleton<SocketIOHealthCheck>();
        services.AddHealthChecks().AddCheck<SocketIOHealthCheck>(SocketIOHealthCheck.Name, tags: [SocketIOHealthCheck.Tag]);
    }

    private static SocketIOServer Server(IServiceProvider provider, string name)
    {
        var adapters = name.Length == 0 ? provider.GetRequiredService<IAdapterFactory>() : provider.GetRequiredKeyedService<IAdapterFactory>(name);
        // Without a host nobody would ever announce it.
        if (adapters is AkkaClusterAdapterFactory akka && provider.GetService<IHostApplicationLifetime>() is not null)
            akka.Extension.HoldHello();
        return new SocketIOServer(
            name,
            OptionsOf(provider, name),
            adapters,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider);
    }

    private static SocketIOOptions OptionsOf(IServiceProvider provider, string name) =>
        name.Length == 0
            ? provider.GetRequiredService<IOptions<SocketIOOptions>>().Value
            : provider.GetRequiredService<IOptionsMonitor<SocketIOOptions>>().Get(name);

    /// <summary>The cluster's when the application has an actor system with the cluster adapter in it, otherwise that of a single worker.</summary>
    private static IAdapterFactory AdapterFactory(IServiceProvider provider, string name)
    {
        if (provider.GetService<ActorSystem>() is { } system)
        {
            if (system.HasExtension<ClusterAdapterExtension>())
                return FactoryOf(ClusterAdapterExtension.Get(system), name);
            provider.GetRequiredService<ForgottenCluster>().Check(system);
        }

        // UseClusterAdapter(system) on the unnamed server is meant for all.
        return name.Length > 0 && provider.GetService<IAdapterFactory>() is AkkaClusterAdapterFactory unnamed
            ? FactoryOf(unnamed.Extension, name)
            : new InMemoryAdapterFactory(provider.GetRequiredService<TimeProvider>());
    }

    private static IAdapterFactory FactoryOf(ClusterAdapterExtension cluster, string name) => name.Length == 0 ? cluster.Factory : cluster.FactoryOf(name);
}

/// <summary>What can be added to a Socket.IO server.</summary>
public sealed class SocketIOBuilder
{
    internal SocketIOBuilder(IServiceCollection services, string name) => (Services, Name) = (services, name);

    /// <summary>The server's name; empty for the unnamed one. Its settings, as options, have the same name.</summary>
    public string Name { get; }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Lets clients that lost their connection for a while find their rooms, their data and what they missed, on the worker that served them.
    /// </summary>
    /// <param name="maxDisconnection">
    /// How long they may be away. Default 2 minutes; 1 ms to 1 day. The other bounds are those of <see cref="SessionStoreOptions"/>, set in
    /// <see cref="SocketIOOptions.ConnectionStateRecovery"/>.
    /// </param>
    /// <param name="skipMiddlewares">True (the default) lets them in without running the namespace's middlewares.</param>
    public SocketIOBuilder AddConnectionStateRecovery(TimeSpan? maxDisconnection = null, bool skipMiddlewares = true)
    {
        Services.Configure<SocketIOOptions>(Name, options => options.ConnectionStateRecovery = new SessionStoreOptions
        {
            MaxDisconnection = maxDisconnection ?? TimeSpan.FromMinutes(2),
            SkipMiddlewares = skipMiddlewares,
        });
        return this;
    }

    /// <summary>
    /// Makes this worker part of the cluster that an actor system belongs to, configured by HOCON alone. (With Akka.Hosting, <c>WithSocketIOClusterAdapter</c>
    /// is enough.) The server is told when the actor system ends; ending the actor system remains the caller's business.
    /// </summary>
    /// <param name="system">Its settings are those of <c>HOCON/worker.conf</c> or like them.</param>
    /// <exception cref="Akka.Configuration.ConfigurationException">
    /// A setting is wrong, would lose messages or is not safe; the message says what to do.
    /// </exception>
    public SocketIOBuilder UseClusterAdapter(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        var cluster = ClusterAdapterExtension.Get(system);
        return UseAdapter(Name.Length == 0 ? cluster.Factory : cluster.FactoryOf(Name));
    }

    /// <summary>Uses an adapter of one's own, instead of the cluster's or that of a single worker. The last one given counts.</summary>
    /// <param name="adapters">
    /// Makes the adapter of each namespace; asked again for a name when the namespace was cleaned up, after the earlier adapter was disposed.
    /// </param>
    public SocketIOBuilder UseAdapter(IAdapterFactory adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        Services.Replace(Name.Length == 0 ? ServiceDescriptor.Singleton(adapters) : ServiceDescriptor.KeyedSingleton(Name, adapters));
        return this;
    }
}
