using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.ClusterAdapter.Clustering.Seeds;

/// <summary>
/// The seed nodes behind a name, as one member sees them. Everybody sorts the same addresses the same way, so all agree on the one that is first:
/// only it may form a new cluster, and only when it sees enough of the others to know that it is first.
/// </summary>
internal sealed class SeedList
{
    private readonly Address _self;
    private readonly int _port;
    private readonly int _minAddresses;
    private readonly AddressFamily _family;

    /// <param name="self">This member's address; its host is a number.</param>
    /// <param name="port">The seed nodes' port.</param>
    /// <param name="minAddresses">With fewer addresses nobody forms a new cluster.</param>
    /// <exception cref="ArgumentException">The host is a name: nobody would recognise it among addresses.</exception>
    public SeedList(Address self, int port, int minAddresses)
    {
        if (!IPAddress.TryParse(self.Host, out var address))
            throw new ArgumentException($"'{self.Host}' is not an IP address.", nameof(self));
        _self = self;
        _port = port;
        _minAddresses = minAddresses;
        // A host with both kinds has one name in the cluster: the kind that this member's own address has.
        _family = Plain(address).AddressFamily;
    }

    /// <summary>Whom to join now, first the one that may form a new cluster; empty while there is nobody.</summary>
    /// <param name="found">The name's addresses.</param>
    /// <param name="waitingFor">What this member waits for when it may not join anybody, as part of a sentence.</param>
    public ImmutableList<Address> Choose(IEnumerable<IPAddress> found, out string waitingFor)
    {
        var seeds = found.Select(Plain).Where(IsUsable).Distinct().Order(Comparer<IPAddress>.Create(Compare)).Select(ToNode).ToImmutableList();
        waitingFor = seeds.IsEmpty ? $"it has no {(_family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")} address" : "nobody there answers";
        if (seeds.IsEmpty || !seeds[0].Equals(_self) || seeds.Count >= _minAddresses)
            return seeds;
        // It may join the others, but not begin on its own: those that it does not see yet may do the same.
        waitingFor = $"it has {seeds.Count} of the {_minAddresses} addresses that a new cluster needs, and no member of an old one is among them";
        return seeds.RemoveAt(0);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // A link-local address means another machine on each machine.
    private bool IsUsable(IPAddress address) => address.AddressFamily == _family && !address.IsIPv6LinkLocal;

    private static int Compare(IPAddress? one, IPAddress? other) => one!.GetAddressBytes().AsSpan().SequenceCompareTo(other!.GetAddressBytes());

    private Address ToNode(IPAddress address) =>
        new(_self.Protocol, _self.System, address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), _port);
}
