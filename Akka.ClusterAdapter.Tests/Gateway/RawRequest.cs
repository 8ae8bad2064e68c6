using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.ClusterAdapter.Tests.Engine;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>A request as bytes, one byte for each character.</summary>
internal static class RawRequest
{
    /// <summary>Sends it on a connection of its own.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="line">Method and target.</param>
    /// <param name="headers">Header lines, then, behind an empty one, the body.</param>
    public static async Task<WireClient> SendAsync(Uri server, string line, string headers)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        var client = new WireClient(socket);
        await client.SendAsync(Encoding.Latin1.GetBytes($"{line} HTTP/1.1\r\nHost: localhost\r\n{headers}"));
        return client;
    }

    /// <summary>The status of the answer.</summary>
    public static async Task<int> StatusAsync(Uri server, string line, string headers)
    {
        using var client = await SendAsync(server, line, headers);
        return int.Parse((await client.ReadHeadAsync())[9..12], System.Globalization.CultureInfo.InvariantCulture);
    }
}
