using System.Net.WebSockets;
using System.Text;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>A WebSocket and what the server writes to it, frame by frame.</summary>
internal sealed class WireSocket : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1_000_000];

    /// <summary>Connects without waiting for a packet.</summary>
    public static async Task<WireSocket> ConnectAsync(string url, string query, string path = "/engine.io/")
    {
        var socket = new WireSocket();
        using var limit = new CancellationTokenSource(Deadline);
        await socket._socket.ConnectAsync(new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}{path}?{query}"), limit.Token);
        return socket;
    }

    /// <summary>Opens a session and takes its open packet.</summary>
    public static async Task<WireSocket> OpenAsync(string url, string path = "/engine.io/")
    {
        var socket = await ConnectAsync(url, "EIO=4&transport=websocket", path);
        Assert.StartsWith("0{", await socket.TextAsync());
        return socket;
    }

    /// <summary>Opens a Socket.IO session and joins a namespace; takes the answer and the event <c>auth</c>.</summary>
    public static async Task<WireSocket> JoinAsync(string url, string prefix = "")
    {
        var socket = await OpenAsync(url, "/socket.io/");
        await socket.SendAsync("40" + prefix);
        Assert.StartsWith($"40{prefix}{{\"sid\":\"", await socket.TextAsync());
        Assert.Equal($"42{prefix}[\"auth\",{{}}]", await socket.TextAsync());
        return socket;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(params byte[] data) => SendAsync(data, WebSocketMessageType.Binary);

    /// <summary>The next text that is not a ping; pings are answered.</summary>
    public async Task<string> TextAsync()
    {
        while (true)
        {
            var text = await RawTextAsync();
            if (text != "2")
                return text;
            await SendAsync("3");
        }
    }

    /// <summary>The next text, pings included; they are not answered.</summary>
    public async Task<string> RawTextAsync()
    {
        var (type, data) = await ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Text, type);
        return Encoding.UTF8.GetString(data);
    }

    public async Task<byte[]> BinaryAsync()
    {
        var (type, data) = await ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Binary, type);
        return data;
    }

    /// <summary>The server ends the connection; pings before that are answered when <paramref name="pong"/>.</summary>
    public async Task IsClosedAsync(bool pong = true)
    {
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            while (true)
            {
                // Pings go on for ever where the connection is kept.
                Assert.True(TimeProvider.System.GetElapsedTime(start) < Deadline, "The connection was not ended.");
                var (type, data) = await ReceiveAsync();
                if (type == WebSocketMessageType.Close)
                    return;
                if (pong && data is [(byte)'2'])
                    await SendAsync("3");
                else
                    Assert.Equal("2"u8, data);
            }
        }
        catch (WebSocketException)
        {
            // Without a close frame: ended all the same.
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(byte[] data, WebSocketMessageType type)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await _socket.SendAsync(data, type, endOfMessage: true, limit.Token);
    }

    private async Task<(WebSocketMessageType Type, byte[] Data)> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
            length += received.Count;
            if (received.EndOfMessage)
                return (received.MessageType, _buffer[..length]);
        }
    }
}
