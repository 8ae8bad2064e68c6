using System.Globalization;
using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>A worker whose HTTP endpoint can be reached.</summary>
/// <param name="Id">Its name in the cluster.</param>
/// <param name="Tag">The part of its session ids that names it.</param>
/// <param name="Url">Where its HTTP endpoint is, without a path: on a port or, as <c>http://unix:/run/chat.sock</c>, on a Unix socket of this machine.</param>
/// <param name="ForwardToken">The secret a forwarded request must carry.</param>
/// <param name="MaxPayload">The largest body that its server takes, in bytes; 0 when it does not tell.</param>
/// <param name="Server">The server whose sessions are meant; empty for the unnamed one.</param>
internal sealed record WorkerAddress(string Id, int Tag, string Url, string ForwardToken, int MaxPayload = 0, string Server = "")
{
    /// <summary>The same address for an HTTP client.</summary>
    public string RequestUrl { get; } = UnixSocketUrl.ToRequestUrl(Url);

    /// <summary>A tag as workers write it in their cards.</summary>
    public static string WriteTag(int tag) => tag.ToString("x6", CultureInfo.InvariantCulture);

    /// <summary>What a worker's card says; null when it cannot be reached, or has not the server.</summary>
    public static WorkerAddress? Of(string id, PeerCard card, string server = "") =>
        card.Has(server) && card.Url.Length > 0 && card.ForwardToken.Length > 0
        && int.TryParse(card.Tag, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var tag)
            ? new WorkerAddress(
                id, tag, card.Url, card.ForwardToken, server.Length == 0 ? card.MaxPayload : PeerServers.MaxPayloadOf(card.Servers, server), server)
            : null;

    // The token is a secret: it must not get into a log by way of ToString.
    public override string ToString() => $"{Id} {Url}";
}
