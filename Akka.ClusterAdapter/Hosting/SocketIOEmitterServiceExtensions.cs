using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers an emitter.</summary>
public static class SocketIOEmitterServiceExtensions
{
    /// <summary>
    /// Adds a <see cref="SocketIOEmitter"/>, a singleton, on the application's <see cref="ActorSystem"/>: from Akka.Hosting with <c>WithSocketIOClusterAdapter</c>, or any
    /// with <c>HOCON/emitter.conf</c>. It is created when the application starts.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="parser">The workers' parser; null is the JSON parser with its default settings.</param>
    public static IServiceCollection AddSocketIOEmitter(this IServiceCollection services, IPacketParser? parser = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => SocketIOEmitter.Create(provider.GetRequiredService<ActorSystem>(), parser));
        services.AddHostedService<EmitterAnnouncement>();
        return services;
    }
}
