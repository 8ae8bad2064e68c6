using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>A connection made of bytes that may say anything: the answer to an upgrade, and frames when it was one.</summary>
internal sealed class RawWebSocket(Socket socket) : IDisposable
{
    private const string UpgradeHeaders =
        "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static readonly byte[] Mask = [1, 2, 3, 4];
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _single = new byte[1];

    /// <summary>Connects and sends the head of an upgrade; gives the status line's code and what came with a refusal.</summary>
    public static async Task<(RawWebSocket Connection, string Status, string Body)> UpgradeAsync(
        Uri server, string query, string headers, string method = "GET", string? all = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        var connection = new RawWebSocket(socket);
        await connection.SendAsync(Encoding.Latin1.GetBytes($"{method} /socket.io/?{query} HTTP/1.1\r\n{all ?? UpgradeHeaders}{headers}\r\n"));
        var (status, body) = await connection.ReadAnswerAsync();
        return (connection, status, body);
    }

    public static byte[] Frame(byte first, byte[] payload)
    {
        var header = payload.Length switch
        {
            < 126 => new byte[] { first, (byte)(0x80 | payload.Length) },
            <= 65_535 => [first, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [first, 0x80 | 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [.. header, .. Mask, .. payload.Select((b, i) => (byte)(b ^ Mask[i % 4]))];
    }

    /// <summary>Sends; a connection that is gone is not worth a word.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // Whoever reads will see it.
        }
        catch (ObjectDisposedException)
        {
            // Closed by this side.
        }
    }

    /// <summary>The next frame, or null when the connection has ended.</summary>
    public async Task<(byte First, byte[] Payload)?> ReadFrameAsync()
    {
        try
        {
            var header = await ReadAsync(2);
            var length = header[1] switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
                127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8)),
                var small => small,
            };
            return (header[0], await ReadAsync(length));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Ends it without a word.</summary>
    public void Cut()
    {
        if (socket.Connected)
            socket.LingerState = new(true, 0);
        Dispose();
    }

    public void Dispose() => _stream.Dispose();

    private async Task<(string Status, string Body)> ReadAnswerAsync()
    {
        try
        {
            var head = new StringBuilder();
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await _stream.ReadExactlyAsync(_single);
                head.Append((char)_single[0]);
            }

            var lines = head.ToString().Split("\r\n");
            var length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1];
            var body = length is null ? "" : Encoding.UTF8.GetString(await ReadAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)));
            return (lines[0].Split(' ')[1], body);
        }
        catch (IOException)
        {
            return ("cut", "");
        }
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
