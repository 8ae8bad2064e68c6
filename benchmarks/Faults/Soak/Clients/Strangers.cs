using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>Connections that stop in the middle of what they began, stay for a while and go.</summary>
internal static class Strangers
{
    private static readonly string[] Beginnings =
    [
        "",
        "GET /socket.io/?EIO=4&tran",
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n",
        "POST /socket.io/?EIO=4&transport=polling&sid=nobody HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n4",
        "POST /packed/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
    ];

    /// <summary>A frame of a WebSocket that promises 1,000 bytes.</summary>
    private static readonly byte[] HalfAFrame = [0x81, 0xfe, 0x03, 0xe8, 0, 0, 0, 0, (byte)'4'];

    /// <summary>What is said to a port of the cluster, which speaks TLS: nothing, HTTP, the beginning of a handshake.</summary>
    private static readonly byte[][] NoMembers = [[], [.. "GET / HTTP/1.1\r\n\r\n"u8], [22, 3, 1], [22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3]];

    /// <summary>Requests to ports for HTTP.</summary>
    public static Task StallAsync(int count, IReadOnlyList<int> ports, TimeSpan duration) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => StallAsync(ports[i % ports.Count], i % Beginnings.Length, duration)));

    /// <summary>Connections to ports of the cluster.</summary>
    public static Task KnockAsync(int count, IReadOnlyList<int> ports, TimeSpan duration) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => HoldAsync(ports[i % ports.Count], NoMembers[i / ports.Count % NoMembers.Length], [], duration)));

    private static Task StallAsync(int port, int beginning, TimeSpan duration) =>
        HoldAsync(port, Encoding.ASCII.GetBytes(Beginnings[beginning]), beginning == 5 ? HalfAFrame : [], duration);

    private static async Task HoldAsync(int port, byte[] first, byte[] then, TimeSpan duration)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            await client.GetStream().WriteAsync(first);
            await Task.Delay(duration / 2, TimeProvider.System);
            await client.GetStream().WriteAsync(then);
            await Task.Delay(duration / 2, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It was shown out.
        }
    }
}
