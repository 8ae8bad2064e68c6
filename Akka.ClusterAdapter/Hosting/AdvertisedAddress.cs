using System.Net;
using Akka.ClusterAdapter.Forwarding;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Which of a web server's addresses other workers can use.</summary>
internal static class AdvertisedAddress
{
    private static readonly string[] Wildcards = ["*", "+", "0.0.0.0", "[::]"];

    /// <summary>The best address; null when others can reach none of them.</summary>
    /// <param name="addresses">Where the web server listens.</param>
    /// <param name="clusterHost">Where other members reach this one's remoting.</param>
    /// <param name="sharedPort">A port that other workers listen on too, if there is one: nobody knows whom it leads to.</param>
    public static string? Choose(IReadOnlyCollection<string> addresses, string clusterHost, int? sharedPort)
    {
        var usable =
            from text in addresses
            let address = BindingAddress.Parse(text)
            where !address.IsUnixPipe && !address.IsNamedPipe && address.Port != sharedPort
            let host = HostOf(address.Host, clusterHost)
            where host is not null
            // TLS between workers needs a certificate for the very address, so it comes second.
            orderby address.Scheme == "https"
            select $"{address.Scheme}://{host}:{address.Port}";
        // A Unix socket is one that others can use when all of them are on this machine.
        return usable.FirstOrDefault() ?? (IsLoopback(clusterHost) ? addresses.FirstOrDefault(UnixSocketUrl.Is) : null);
    }

    private static string? HostOf(string host, string clusterHost)
    {
        if (Wildcards.Contains(host))
            return clusterHost.Contains(':') && clusterHost[0] != '[' ? $"[{clusterHost}]" : clusterHost;
        if (!IsLoopback(host))
            return host;
        if (!IsLoopback(clusterHost))
            return null;
        return host == "localhost" ? "127.0.0.1" : host;
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
