using Akka.Actor;
using Akka.ClusterAdapter.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what a process needs that is a seed node of a Socket.IO cluster and nothing else.</summary>
public static class SocketIOSeedNodeServiceExtensions
{
    /// <summary>
    /// For a process without sockets whose <see cref="ActorSystem"/> (from Akka.Hosting, with <c>HOCON/seed-node.conf</c>) only keeps the cluster together:
    /// adds the health check <c>seed-node</c> with the tag <c>ready</c>, healthy while the member is Up; tells pm2 when it is (<c>NODE_CHANNEL_FD</c>); and
    /// stops the application with <see cref="Environment.ExitCode"/> 1 when the others give the member up.
    /// </summary>
    public static IServiceCollection AddSocketIOSeedNode(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<SeedNodeHealthCheck>();
        services.AddHealthChecks().AddCheck<SeedNodeHealthCheck>("seed-node", tags: [SocketIOHealthCheck.Tag]);
        services.AddHostedService<SeedNodeLifetime>();
        services.AddReadyNotice(provider => _ => new(provider.GetRequiredService<SeedNodeHealthCheck>().IsUp));
        return services;
    }
}
