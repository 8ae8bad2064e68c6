using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers an emitter.</summary>
public static class SocketIOEmitterServiceExtensions
{
    /// <summary>
    /// Adds a <see cref="SocketIOEmitter"/>, a singleton, on the application's <see cref="ActorSystem"/>: from Akka.Hosting with
    /// <c>WithSocketIOClusterAdapter</c>, or any with <c>HOCON/emitter.conf</c>. It is created when the application starts.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="parser">The workers' parser; null is the JSON parser with its default settings.</param>
    public static IServiceCollection AddSocketIOEmitter(this IServiceCollection services, IPacketParser? parser = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => SocketIOEmitter.Create(Shown(provider), parser));
        services.AddHostedService<EmitterAnnouncement>();
        return services;
    }

    /// <summary>
    /// Adds an emitter to a named server of the workers, <c>AddSocketIO("admin")</c>: a keyed singleton, <c>[FromKeyedServices("admin")] SocketIOEmitter</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="server">The server's name, which is the key.</param>
    /// <param name="parser">That server's parser; null is the JSON parser with its default settings.</param>
    /// <exception cref="ArgumentException"><paramref name="server"/> is no name for a server.</exception>
    public static IServiceCollection AddSocketIOEmitter(this IServiceCollection services, string server, IPacketParser? parser = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ServerName.Check(server);
        services.TryAddKeyedSingleton(server, (provider, _) => SocketIOEmitter.Create(Shown(provider), server, parser));
        services.AddSingleton<IHostedService>(provider => new EmitterAnnouncement(provider.GetRequiredKeyedService<SocketIOEmitter>(server)));
        return services;
    }

    /// <summary>The actor system, whose numbers are on the application's meters.</summary>
    private static ActorSystem Shown(IServiceProvider provider)
    {
        var system = provider.GetRequiredService<ActorSystem>();
        ClusterAdapterExtension.Get(system).ShowMetrics(provider.GetService<IMeterFactory>());
        return system;
    }
}
