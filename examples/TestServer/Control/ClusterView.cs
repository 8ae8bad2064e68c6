using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestServer.Control;

/// <summary>What there is to tell about the cluster; nothing in a process of its own.</summary>
/// <param name="Peers">Names of the other workers.</param>
/// <param name="Members">Everybody in the cluster, this worker and the one that keeps the workers included.</param>
/// <param name="PendingRequests">Questions to the other workers that are under way.</param>
/// <param name="Counters">What was counted about the traffic between workers.</param>
internal sealed record ClusterView(
    IReadOnlyCollection<string> Peers, IReadOnlyCollection<ClusterMember> Members, int PendingRequests, IReadOnlyDictionary<string, long> Counters)
{
    private static readonly ClusterView None = new([], [], 0, new Dictionary<string, long>());

    public static ClusterView Of(IServiceProvider services)
    {
        if (services.GetService<ActorSystem>() is not { } system)
            return None;
        var extension = ClusterAdapterExtension.Get(system);
        var state = AkkaCluster.Get(system).State;
        return new ClusterView(
            extension.Peers, [.. state.Members.Select(member => Describe(member, state))], extension.OutstandingRequests, extension.Counters);
    }

    private static ClusterMember Describe(Member member, ClusterEvent.CurrentClusterState state) =>
        new($"{member.Address.Host}:{member.Address.Port}", member.Roles, member.Status.ToString(), !state.Unreachable.Contains(member));
}

/// <summary>A member of the cluster as this worker sees it.</summary>
internal sealed record ClusterMember(string Address, IReadOnlyCollection<string> Roles, string Status, bool Reachable);
