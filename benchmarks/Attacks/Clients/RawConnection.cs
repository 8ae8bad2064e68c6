using System.Buffers.Binary;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;

namespace Attacks.Clients;

/// <summary>A TCP connection that sends just the bytes it is told to, and counts them.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[65536];

    public long Sent { get; private set; }

    public static async Task<RawConnection> OpenAsync(string url)
    {
        var connection = new RawConnection();
        var uri = new Uri(url);
        await connection._tcp.ConnectAsync(uri.Host, uri.Port);
        return connection;
    }

    /// <summary>A WebSocket; the handshake's answer has been read.</summary>
    public static async Task<RawConnection> OpenWebSocketAsync(string url, bool deflate = false)
    {
        var connection = await OpenAsync(url);
        await connection.SendAsync(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + (deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n");
        await connection.ReceiveAsync();
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _tcp.GetStream().WriteAsync(bytes);
        Sent += bytes.Length;
    }

    /// <summary>What came next, or an empty text at the end.</summary>
    public async Task<string> ReceiveAsync() => Encoding.Latin1.GetString(_buffer, 0, await _tcp.GetStream().ReadAsync(_buffer));

    /// <summary>Reads and forgets until the end.</summary>
    public Task DrainAsync() => Quietly(async () =>
    {
        while (await _tcp.GetStream().ReadAsync(_buffer) > 0)
        {
        }
    });

    /// <summary>Ends with a reset instead of a goodbye.</summary>
    public void Reset()
    {
        _tcp.LingerState = new(true, 0);
        _tcp.Dispose();
    }

    public void Dispose() => _tcp.Dispose();

    /// <summary>What a broken connection throws is what an attacker expects.</summary>
    public static async Task Quietly(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    /// <summary>One masked frame (the mask is zero).</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload, int opcode = 1, bool isLast = true, bool isDeflated = false)
    {
        var head = payload.Length < 126 ? 2 : payload.Length < 65536 ? 4 : 10;
        var frame = new byte[head + 4 + payload.Length];
        frame[0] = (byte)((isLast ? 0x80 : 0) | (isDeflated ? 0x40 : 0) | opcode);
        frame[1] = (byte)(0x80 | (head == 2 ? payload.Length : head == 4 ? 126 : 127));
        if (head == 4)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        else if (head == 10)
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        payload.CopyTo(frame.AsSpan(head + 4));
        return frame;
    }

    public static byte[] Frame(string text) => Frame(Encoding.UTF8.GetBytes(text));

    /// <summary>The payload as permessage-deflate wants it.</summary>
    public static byte[] Deflate(ReadOnlySpan<byte> payload)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(payload);
            deflate.Flush();
            var bytes = packed.ToArray();
            return bytes[..^4];
        }
    }
}
