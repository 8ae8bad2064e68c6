using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;

namespace TestServer.Processes;

/// <summary>Cluster settings of the processes of one server.</summary>
internal static class ClusterHocon
{
    public const string SystemName = "socketio";

    // All members decide alike about a split: the side of the parent process survives.
    private const string Common = """
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.actor.provider = cluster
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.remote.dot-netty.tcp.tcp-reuse-addr = off
        akka.cluster.downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
        akka.cluster.split-brain-resolver.active-strategy = static-quorum
        akka.cluster.split-brain-resolver.stable-after = 5s
        akka.cluster.split-brain-resolver.static-quorum.quorum-size = 1
        akka.cluster.split-brain-resolver.static-quorum.role = supervisor
        """;

    // A run of the tests, or of the benchmarks, names the way members are linked, and who runs the cluster's actors; the environment reaches all processes.
    private static string Transport => $"""
        akka.cluster-adapter.transport = {Environment.GetEnvironmentVariable("CLUSTER_TRANSPORT") ?? "auto"}
        akka.cluster-adapter.loop = {Environment.GetEnvironmentVariable("CLUSTER_LOOP") ?? "cluster"}
        """;

    public static Config Supervisor(Settings settings) => InFront(settings, $"""
        {Common}
        {Transport}
        {Links(settings)}
        akka.loggers = ["Akka.Hosting.Logging.LoggerFactoryLogger, Akka.Hosting"]
        akka.extensions = ["Akka.ClusterAdapter.Clustering.SeedNodeProvider, Akka.ClusterAdapter"]
        akka.cluster.roles = ["supervisor"]
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        """).WithFallback(ClusterAdapterHocon.Hardened());

    public static Config Worker(Settings settings) => InFront(settings, $"""
        {Common}
        {Transport}
        {Links(settings)}
        akka.remote.dot-netty.tcp.port = {settings.ClusterPort}
        akka.cluster.roles = ["socketio", "{settings.WorkerRole}"]
        akka.cluster.seed-nodes = ["{settings.Seed}"]
        akka.cluster-adapter.recovery.survive-crash = {(settings.SurvivesCrash ? "on" : "off")}
        akka.cluster-adapter.drain-timeout = {(long)settings.DrainTimeout.TotalMilliseconds}ms
        akka.loglevel = {(settings.IsVerbose ? "INFO" : "WARNING")}
        {RequestsTimeout(settings)}
        """);

    private static Config InFront(Settings settings, string hocon) =>
        ConfigurationFactory.ParseString(settings.Hocon).WithFallback(ConfigurationFactory.ParseString(hocon));

    private static string Links(Settings settings) => settings.IsOpenToOthers ? string.Empty : CuttableLinks.Hocon;

    private static string RequestsTimeout(Settings settings) =>
        settings.RequestsTimeout is { } timeout ? $"akka.cluster-adapter.requests-timeout = {(long)timeout.TotalMilliseconds}ms" : string.Empty;
}
