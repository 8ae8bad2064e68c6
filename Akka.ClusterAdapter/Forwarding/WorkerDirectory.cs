using System.Collections.Frozen;
using System.Collections.Immutable;
using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>Finds the worker that owns a session by the tag in the session's id, from what the workers tell about themselves.</summary>
/// <param name="state">What they told.</param>
/// <param name="server">The server whose sessions are meant: workers without it are not there.</param>
internal sealed class WorkerDirectory(ClusterState state, string server = "")
{
    private volatile Edition _edition = new([], server);

    /// <summary>The worker with a tag; null when there is none or it cannot be reached.</summary>
    public WorkerAddress? Find(int tag)
    {
        var known = state.Known;
        var edition = _edition;
        if (edition.Known != known)
            _edition = edition = new Edition(known, server);
        return edition.ByTag.GetValueOrDefault(tag);
    }

    /// <summary>Workers that stay, and that this one has confirmed; in a new array.</summary>
    public WorkerAddress[] Confirmed() => [.. state.Peers.Select(peer => WorkerAddress.Of(peer.WorkerId, peer.Card, server)).OfType<WorkerAddress>()];

    /// <summary>The directory as of one state of the cluster.</summary>
    private sealed class Edition(ImmutableArray<PeerInfo> known, string server)
    {
        public ImmutableArray<PeerInfo> Known => known;

        // Until the younger of two with one tag has drawn another, either may be meant.
        public FrozenDictionary<int, WorkerAddress> ByTag { get; } =
            known.Select(peer => WorkerAddress.Of(peer.WorkerId, peer.Card, server)).OfType<WorkerAddress>()
                .GroupBy(worker => worker.Tag).ToFrozenDictionary(same => same.Key, same => same.First());
    }
}
