using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>A seed node is healthy while it is in the cluster, and nobody has told it to stop.</summary>
internal sealed class SeedNodeHealthCheck(ActorSystem system, IHostApplicationLifetime? application = null) : IHealthCheck
{
    public bool IsUp => AkkaCluster.Get(system).SelfMember.Status == MemberStatus.Up;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var isStopping = application?.ApplicationStopping.IsCancellationRequested == true;
        var sentence = isStopping ? "This seed node is shutting down." : $"This seed node is {AkkaCluster.Get(system).SelfMember.Status} in the cluster.";
        return Task.FromResult(new HealthCheckResult(IsUp && !isStopping ? HealthStatus.Healthy : context.Registration.FailureStatus, sentence));
    }
}
