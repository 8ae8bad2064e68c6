using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
namespace TestServer.Control;

/// <summary>What there is to tell about the cluster; nothing in a process of its own.</summary>
internal sealed record ClusterView(IReadOnlyCollection<string> Peers, IReadOnlyDictionary<string, long> Counters)
{
    private static readonly ClusterView None = new([], new Dictionary<string, long>());

    /// <summary>Questions to other workers that are under way.</summary>
    public long PendingRequests => Counters.GetValueOrDefault("requests.outstanding");

    public static ClusterView Of(IServiceProvider services)
    {
        if (services.GetService<ActorSystem>() is not { } system)
            return None;
        var extension = ClusterAdapterExtension.Get(system);
        return new ClusterView(extension.Peers, extension.Counters);
    }
}
