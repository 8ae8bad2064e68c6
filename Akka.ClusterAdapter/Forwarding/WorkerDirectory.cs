using System.Collections.Frozen;
using System.Collections.Immutable;
using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>Finds the worker that owns a session by the tag in the session's id, from what the workers tell about themselves.</summary>
internal sealed class WorkerDirectory(ClusterState state)
{
    private volatile Edition _edition = new([]);

    /// <summary>The worker with a tag; null when there is none or it cannot be reached.</summary>
    public WorkerAddress? Find(int tag)
    {
        var known = state.Known;
        var edition = _edition;
        if (edition.Known != known)
            _edition = edition = new Edition(known);
        return edition.ByTag.GetValueOrDefault(tag);
    }

    /// <summary>Workers that stay, and that this one has confirmed; in a new array.</summary>
    public WorkerAddress[] Confirmed() => [.. state.Peers.Select(peer => WorkerAddress.Of(peer.WorkerId, peer.Card)).OfType<WorkerAddress>()];

    /// <summary>The directory as of one state of the cluster.</summary>
    private sealed class Edition(ImmutableArray<PeerInfo> known)
    {
        public ImmutableArray<PeerInfo> Known => known;

        // Until the younger of two with one tag has drawn another, either may be meant.
        public FrozenDictionary<int, WorkerAddress> ByTag { get; } =
            known.Select(peer => WorkerAddress.Of(peer.WorkerId, peer.Card)).OfType<WorkerAddress>().GroupBy(worker => worker.Tag).ToFrozenDictionary(same => same.Key, same => same.First());
    }
}
