using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Addresses of members and of sockets.</summary>
internal static class Endpoints
{
    /// <summary>Where a host is, likeliest first: the wanted family before the other, link-local addresses last.</summary>
    /// <param name="host">A name or an IP address, an IPv6 one with or without brackets.</param>
    /// <param name="port">The port of all of them.</param>
    /// <param name="prefersIPv6">Whether names mean IPv6 addresses first.</param>
    /// <exception cref="SocketException">Nobody knows the name.</exception>
    public static async Task<IPEndPoint[]> ResolveAsync(string host, int port, bool prefersIPv6)
    {
        if (IPAddress.TryParse(host, out var address))
            return [new IPEndPoint(address, port)];
        var wanted = prefersIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var addresses = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
        var inOrder = addresses.OrderBy(it => it.AddressFamily == wanted ? 0 : 1).ThenBy(it => IsLinkLocal(it) ? 1 : 0);
        IPEndPoint[] found = [.. inOrder.Select(it => new IPEndPoint(it, port))];
        return found.Length > 0 ? found : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Where to connect to reach it: a member that listens on all addresses is on this machine's loopback.</summary>
    public static IPEndPoint Reachable(IPEndPoint endpoint) => endpoint.Address switch
    {
        var any when any.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, endpoint.Port),
        var any when any.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, endpoint.Port),
        _ => endpoint,
    };

    /// <summary>A socket's end as an address; IPv6 stands in brackets.</summary>
    public static Address AddressOf(IPEndPoint endpoint, string scheme, string system, string? host = null, int? port = null) =>
        new(scheme, system, HostOf(host ?? Plain(endpoint.Address).ToString()), port ?? endpoint.Port);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string HostOf(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : host;

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
}
