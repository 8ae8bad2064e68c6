using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Tests;

/// <summary>TCP ports of this machine for programs that must be told theirs before they start.</summary>
internal static class FreePorts
{
    /// <summary>So many different ones that nobody has at the moment.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
