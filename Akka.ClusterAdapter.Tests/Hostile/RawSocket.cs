using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using WireClient = Akka.ClusterAdapter.Tests.Engine.WireClient;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>A connection made of bytes that may say anything.</summary>
internal sealed class RawSocket : IDisposable
{
    private const string UpgradeHeaders =
        "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private readonly WireClient _wire;

    private RawSocket(Socket socket) => _wire = new WireClient(socket);

    public static async Task<RawSocket> DialAsync(Uri server, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return new RawSocket(socket);
    }

    /// <summary>A WebSocket whose open packet was read.</summary>
    public static async Task<RawSocket> OpenAsync(Uri server, int? receiveBuffer = null)
    {
        var raw = await DialAsync(server, receiveBuffer);
        await raw.SendAsciiAsync(Upgrade("EIO=4&transport=websocket"));
        Assert.StartsWith("HTTP/1.1 101 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("0{", await raw.NextAsync(), StringComparison.Ordinal);
        return raw;
    }

    /// <summary>A WebSocket in the main namespace.</summary>
    public static async Task<RawSocket> ConnectAsync(Uri server, string connect = "40", int? receiveBuffer = null)
    {
        var raw = await OpenAsync(server, receiveBuffer);
        await raw.SendPacketAsync(connect);
        Assert.StartsWith("40{", await raw.NextAsync(), StringComparison.Ordinal);
        return raw;
    }

    public static string Upgrade(string query, string headers = "", string method = "GET") =>
        $"{method} /socket.io/?{query} HTTP/1.1\r\n{UpgradeHeaders}{headers}\r\n";

    public Task SendAsciiAsync(string text) => _wire.SendAsciiAsync(text);

    public Task SendAsync(params byte[] bytes) => _wire.SendAsync(bytes);

    /// <summary>A masked frame with this first byte.</summary>
    public Task SendFrameAsync(byte first, byte[] payload) => _wire.SendFrameAsync(first, payload);

    /// <summary>One message: <c>bin:0102</c> is a binary one, <c>txt:34ff</c> a text one of these bytes, anything else the text itself.</summary>
    public Task SendPacketAsync(string packet) => packet switch
    {
        _ when packet.StartsWith("bin:", StringComparison.Ordinal) => SendFrameAsync(0x82, Convert.FromHexString(packet[4..])),
        _ when packet.StartsWith("txt:", StringComparison.Ordinal) => SendFrameAsync(0x81, Convert.FromHexString(packet[4..])),
        _ => SendFrameAsync(0x81, Encoding.UTF8.GetBytes(packet)),
    };

    public Task<string> ReadHeadAsync() => _wire.ReadHeadAsync();

    public Task<(string Head, string Body)> ReadAnswerAsync() => _wire.ReadAnswerAsync();

    public Task<byte[]> ReadToEndAsync() => _wire.ReadToEndAsync();

    public Task<byte[]> ReadAsync(int count) => _wire.ReadAsync(count);

    /// <summary>
    /// The next frame but pings: text as it is, <c>bin:0102</c>, <c>close:1002</c> (<c>close:</c> without code), or <c>cut</c> when the connection just ended.
    /// </summary>
    public async Task<string> NextAsync()
    {
        for (var pings = 0; pings < 2; pings++)
        {
            try
            {
                var (first, payload) = await _wire.ReadFrameAsync();
                if (first == 0x81 && payload is [(byte)'2'])
                    await SendPacketAsync("3");
                else
                    return Describe(first, payload);
            }
            catch (IOException)
            {
                return "cut";
            }
        }

        throw new TimeoutException("Nothing but pings came.");
    }

    /// <summary>Everything up to the end of the connection; its last element is the end itself.</summary>
    public async Task<List<string>> ReadFramesToEndAsync()
    {
        List<string> frames = [];
        do
            frames.Add(await NextAsync());
        while (frames[^1] != "cut" && !frames[^1].StartsWith("close:", StringComparison.Ordinal));
        return frames;
    }

    public void EndInput() => _wire.EndInput();

    public void Dispose() => _wire.Dispose();

    private static string Describe(byte first, byte[] payload) => first switch
    {
        0x81 => Encoding.UTF8.GetString(payload),
        0x82 => "bin:" + Convert.ToHexStringLower(payload),
        0x88 when payload.Length >= 2 => "close:" + BinaryPrimitives.ReadUInt16BigEndian(payload).ToString(CultureInfo.InvariantCulture),
        0x88 => "close:",
        _ => $"frame:{first:x2}:" + Convert.ToHexStringLower(payload),
    };
}
