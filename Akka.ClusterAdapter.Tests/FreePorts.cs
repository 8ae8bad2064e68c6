using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Tests;

/// <summary>
/// TCP ports of this machine for programs that must be told theirs before they start. They lie below those that the system gives to connections
/// and to listeners on port 0: nobody takes one by accident before the program does.
/// </summary>
internal static class FreePorts
{
    private const int Lowest = 10_000;
    private static readonly int Above = Math.Max(FirstOfTheSystem(), 30_000);
    private static int _next = Random.Shared.Next(Lowest, Above);

    /// <summary>So many different ones that nobody has at the moment, and that no other test gets.</summary>
    public static int[] Take(int count) => [.. Candidates().Where(IsFree).Take(count)];

    private static IEnumerable<int> Candidates()
    {
        while (true)
            yield return Lowest + (int)((uint)Interlocked.Increment(ref _next) % (uint)(Above - Lowest));
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FirstOfTheSystem() =>
        File.Exists("/proc/sys/net/ipv4/ip_local_port_range")
            ? int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0], System.Globalization.CultureInfo.InvariantCulture)
            : 32_768;
}
