using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Whether this worker takes clients, for all its servers. Healthy when it does. Degraded when it does, but messages may not reach all the others, or requests
/// not their sessions, or one of several servers was closed alone. Unhealthy before it is ready, while it stops, and after the cluster has given it up.
/// </summary>
internal sealed class SocketIOHealthCheck(
    SocketIOServers servers, ForwardingFaults faults, IHostApplicationLifetime? application = null, ForgottenCluster? forgotten = null) : IHealthCheck
{
    public const string Name = "socketio";
    public const string Tag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context.Registration.FailureStatus));

    /// <summary>As bad as the worst server.</summary>
    private HealthCheckResult Check(HealthStatus failure)
    {
        var results = servers.All.Select(server => Check(server, failure)).ToList();
        var worst = results.MinBy(static result => result.Status);
        var differs = results.Select(static result => result.Description).Distinct().Count() > 1;
        var server = servers.All[results.IndexOf(worst)];
        return differs
            ? new(worst.Status, $"Server {(server.Name.Length == 0 ? "of AddSocketIO()" : $"\"{server.Name}\"")}: {worst.Description}", data: worst.Data)
            : worst;
    }

    private HealthCheckResult Check(SocketIOServer server, HealthStatus failure)
    {
        var adapters = server.Adapters;
        var cluster = (adapters as AkkaClusterAdapterFactory)?.Extension;
        var data = new Dictionary<string, object> { ["worker"] = adapters.WorkerId, ["workers"] = cluster?.ServerCount ?? 1 };
        if (server.Sessions is { } sessions)
            (data["sessionsAway"], data["recoveryBytes"]) = (sessions.Size.Sessions, sessions.Size.Bytes + sessions.SessionBytes);
        if (application?.ApplicationStopping.IsCancellationRequested == true)
            return new(failure, "This worker is shutting down.", data: data);
        if (cluster?.NotReadyBecause is { } reason)
            return new(failure, reason, data: data);
        if (server.Engine.IsDraining)
        {
            return servers.All.All(static server => server.Engine.IsDraining)
                ? new(failure, "This server is shutting down.", data: data)
                : new(HealthStatus.Degraded, "This server has been closed and takes no clients; others of this worker do.", data: data);
        }

        if (!adapters.IsReady)
            return new(
                failure, cluster is { IsMember: false } ? "This worker waits for the cluster to let it in." : "This worker waits for the others to confirm it.",
                data: data);
        if (forgotten?.Remedy is { } remedy)
            return new(HealthStatus.Degraded, remedy, data: data);
        if (cluster?.State.Island is { } island)
            return new(HealthStatus.Degraded, island, data: data);
        if (cluster is { IsDegraded: true })
            return new(HealthStatus.Degraded, $"Messages may not reach: {string.Join(", ", cluster.Missing)}.", data: data);
        return cluster is not null
            && faults.Describe(worker => worker == cluster.WorkerId || cluster.State.Known.Any(peer => peer.WorkerId == worker)) is { } fault
            ? new(HealthStatus.Degraded, fault, data: data)
            : new(HealthStatus.Healthy, "This worker takes clients.", data: data);
    }
}
