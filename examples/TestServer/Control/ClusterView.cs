using Akka.Actor;
using Akka.ClusterAdapter.Clustering;

namespace TestServer.Control;

/// <summary>What there is to tell about the cluster; nothing in a process of its own.</summary>
/// <param name="Peers">Names of the other workers.</param>
/// <param name="PendingRequests">Questions to them that are under way.</param>
/// <param name="Counters">What was counted about the traffic between workers.</param>
internal sealed record ClusterView(IReadOnlyCollection<string> Peers, int PendingRequests, IReadOnlyDictionary<string, long> Counters)
{
    private static readonly ClusterView None = new([], 0, new Dictionary<string, long>());

    public static ClusterView Of(IServiceProvider services)
    {
        if (services.GetService<ActorSystem>() is not { } system)
            return None;
        var extension = ClusterAdapterExtension.Get(system);
        return new ClusterView(extension.Peers, extension.OutstandingRequests, extension.Counters);
    }
}
