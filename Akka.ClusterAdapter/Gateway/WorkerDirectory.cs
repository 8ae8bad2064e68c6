using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Akka.ClusterAdapter.Clustering;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>A worker whose HTTP endpoint can be reached.</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Tag">The part of its session ids that names it.</param>
/// <param name="Url">Where its HTTP endpoint is, without a path.</param>
/// <param name="ForwardToken">The secret a forwarded request must carry.</param>
internal sealed record WorkerAddress(string Id, int Tag, string Url, string ForwardToken)
{
    // The token is a secret: it must not get into a log by way of ToString.
    public override string ToString() => $"{Id} {Url}";
}

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

    /// <summary>A tag as workers write it in their hellos.</summary>
    public static string Write(int tag) => tag.ToString("x6", CultureInfo.InvariantCulture);

    private static WorkerAddress? Read(PeerInfo peer) =>
        peer.Card is { Url.Length: > 0, ForwardToken.Length: > 0 } card && int.TryParse(card.Tag, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var tag)
            ? new WorkerAddress(peer.WorkerId, tag, card.Url, card.ForwardToken)
            : null;

    /// <summary>The directory as of one state of the cluster.</summary>
    private sealed class Edition(ImmutableArray<PeerInfo> known)
    {
        public ImmutableArray<PeerInfo> Known => known;

        // Until the younger of two with one tag has drawn another, either may be meant.
        public FrozenDictionary<int, WorkerAddress> ByTag { get; } =
            known.Select(Read).OfType<WorkerAddress>().GroupBy(worker => worker.Tag).ToFrozenDictionary(same => same.Key, same => same.First());
    }
}
