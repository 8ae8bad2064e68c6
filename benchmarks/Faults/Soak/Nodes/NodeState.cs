using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>What a process tells of itself.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="IsReady">Whether a balancer would send clients there.</param>
/// <param name="Peers">How many other workers it knows.</param>
/// <param name="Members">Members of the cluster, as it sees it.</param>
/// <param name="AllUp">Whether all of them are there and can be reached.</param>
/// <param name="Managed">Bytes of managed memory, after a collection if that was asked for.</param>
/// <param name="Resident">Bytes of memory that the process has.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Handles">Open files and connections.</param>
/// <param name="Timers">Timers of .NET that wait.</param>
/// <param name="Instruments">What the library's instruments say.</param>
/// <param name="Counters">What was counted about the traffic between workers.</param>
/// <param name="Sent">Of each stream that begins here, how many messages were sent, and when the last one was.</param>
/// <param name="Faults">What went wrong here, in sentences.</param>
internal sealed record NodeState(
    int Pid, bool IsReady, int Peers, int Members, bool AllUp, long Managed, long Resident, int Threads, int Handles, long Timers,
    Dictionary<string, double> Instruments, Dictionary<string, long> Counters, Dictionary<string, long[]> Sent, string[] Faults)
{
    public static async Task<NodeState> OfAsync(IServiceProvider services, bool collect)
    {
        var system = services.GetRequiredService<ActorSystem>();
        var health = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(static check => check.Tags.Contains("ready"));
        var members = AkkaCluster.Get(system).State;
        if (collect)
            Collect();
        return new NodeState(
            Environment.ProcessId,
            health.Status != HealthStatus.Unhealthy && services.GetService<SocketIOEmitter>() is not { IsReady: false },
            system.HasExtension<ClusterAdapterExtension>() ? ClusterAdapterExtension.Get(system).Peers.Count : 0,
            members.Members.Count,
            members.Unreachable.Count == 0 && members.Members.All(static member => member.Status == MemberStatus.Up),
            GC.GetTotalMemory(forceFullCollection: false),
            Environment.WorkingSet,
            Directory.GetDirectories("/proc/self/task").Length,
            Directory.GetFileSystemEntries("/proc/self/fd").Length - 1,
            Timer.ActiveCount,
            services.GetRequiredService<Measurements>().Read(),
            system.HasExtension<ClusterAdapterExtension>() ? ClusterAdapterExtension.Get(system).Counters.ToDictionary() : [],
            services.GetRequiredService<KnownSpeakers>().All.SelectMany(static speaker => speaker.Sent()).ToDictionary(),
            [.. services.GetRequiredService<NodeFaults>().All()]);
    }

    private static void Collect()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }
}
