using System.Globalization;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Primary;

/// <summary>What the members of one machine add to the cluster's settings: who survives a split, whom to join, loopback only.</summary>
internal static class SingleHostHocon
{
    // One strategy for all members, the primary included, or they would decide differently about the same split.
    private const string Common = """
        akka.actor.provider = cluster
        akka.loggers = ["Akka.ClusterAdapter.Primary.SingleHostLogger, Akka.ClusterAdapter"]
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.tcp-reuse-addr = off
        akka.cluster.downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
        akka.cluster.split-brain-resolver.active-strategy = static-quorum
        akka.cluster.split-brain-resolver.stable-after = 5s
        akka.cluster.split-brain-resolver.static-quorum.quorum-size = 1
        akka.cluster.split-brain-resolver.static-quorum.role = supervisor
        """;

    // Its warnings are about members that come and go, of which the primary knows more. It ends last: there is nobody to take leave of.
    private const string Supervising = """
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.loglevel = ERROR
        akka.stdout-loglevel = OFF
        """;

    public static Config Supervisor(int port) => Parse($"""
        {Supervising}
        akka.remote.dot-netty.tcp.port = {port.ToString(CultureInfo.InvariantCulture)}
        akka.cluster.roles = ["supervisor"]
        """);

    /// <summary>The worker's side: any free port (the member is known by its role), the primary as the only seed.</summary>
    /// <param name="worker">What the primary told the worker.</param>
    /// <param name="role">The role by which the adapter knows workers.</param>
    public static Config Worker(WorkerEnvironment worker, string role) => Parse($"""
        akka.remote.dot-netty.tcp.port = 0
        akka.cluster.seed-nodes = ["{worker.SeedNode}"]
        akka.cluster.roles = ["{role}", "{worker.Role}"]
        """);

    private static Config Parse(string own) => ConfigurationFactory.ParseString($"{Common}\n{own}");
}
