using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A client made of bytes: what the server sends is compared as it is on the wire.</summary>
internal sealed class WireClient(Socket socket) : IDisposable
{
    private static readonly byte[] Mask = [1, 2, 3, 4];
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public string Sid { get; set; } = "";

    public Task SendAsync(params byte[] bytes) => _stream.WriteAsync(bytes).AsTask();

    public Task SendAsciiAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendUpgradeAsync(string query, params string[] headers) => SendAsciiAsync(
        $"GET /engine.io/?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n");

    public Task SendTextAsync(string text) => SendFrameAsync(0x81, Encoding.UTF8.GetBytes(text));

    public Task SendBinaryAsync(params byte[] data) => SendFrameAsync(0x82, data);

    /// <summary>Sends a masked frame with this first byte.</summary>
    public Task SendFrameAsync(byte first, byte[] payload) => SendAsync(Frame(first, payload));

    public static byte[] Frame(byte first, byte[] payload)
    {
        var header = payload.Length switch
        {
            < 126 => new byte[] { first, (byte)(0x80 | payload.Length) },
            <= 65535 => [first, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [first, 0x80 | 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [.. header, .. Mask, .. payload.Select((b, i) => (byte)(b ^ Mask[i % 4]))];
    }

    /// <summary>Reads up to the empty line behind the headers, that included.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)(await ReadAsync(1))[0]);
        return head.ToString();
    }

    /// <summary>Reads an answer with a Content-Length.</summary>
    public async Task<(string Head, string Body)> ReadAnswerAsync()
    {
        var head = await ReadHeadAsync();
        var length = head.Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1];
        return (head, Encoding.UTF8.GetString(await ReadAsync(int.Parse(length))));
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await _stream.ReadExactlyAsync(bytes, deadline.Token);
        return bytes;
    }

    /// <summary>Reads one unmasked frame.</summary>
    public async Task<(byte First, byte[] Payload)> ReadFrameAsync()
    {
        var header = await ReadAsync(2);
        Assert.True(header[1] < 128, "a server does not mask");
        var length = header[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
            127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8)),
            var small => small,
        };
        return (header[0], await ReadAsync(length));
    }

    public async Task<string> ReadTextAsync()
    {
        var (first, payload) = await ReadFrameAsync();
        Assert.Equal(0x81, first);
        return Encoding.UTF8.GetString(payload);
    }

    /// <summary>Reads to the end of the connection; a reset is an end too.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var rest = new MemoryStream();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        try
        {
            await _stream.CopyToAsync(rest, deadline.Token);
        }
        catch (IOException)
        {
        }

        return rest.ToArray();
    }

    /// <summary>Says that nothing more will come; what the server still sends can be read.</summary>
    public void EndInput() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection without a word.</summary>
    /// <summary>Ends it as a client that crashes.</summary>
    public void Reset()
    {
        socket.LingerState = new(true, 0);
        socket.Dispose();
    }

    public void Dispose() => _stream.Dispose();
}
