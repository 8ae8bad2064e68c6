using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A client that speaks the wire by hand over a WebSocket: what it sends and sees are the exact frames.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly WebSocket _socket;
    private readonly byte[] _buffer = new byte[2_000_000];

    private WireClient(WebSocket socket) => _socket = socket;

    public string EngineId { get; private set; } = "";

    public string SocketId { get; private set; } = "";

    public static async Task<WireClient> OpenAsync(Uri server, string query = "")
    {
        var socket = new ClientWebSocket();
        using var deadline = new CancellationTokenSource(Deadline);
        await socket.ConnectAsync(new Uri($"ws://{server.Authority}/socket.io/?EIO=4&transport=websocket{query}"), deadline.Token);
        return await OverAsync(socket);
    }

    /// <summary>The same over a WebSocket that is open already.</summary>
    public static async Task<WireClient> OverAsync(WebSocket socket)
    {
        var client = new WireClient(socket);
        var open = await client.ReceiveAsync();
        Assert.StartsWith("0{", open, StringComparison.Ordinal);
        client.EngineId = JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
        return client;
    }

    public async Task ConnectAsync(string ns = "/", string auth = "")
    {
        var prefix = ns == "/" ? "" : ns + ",";
        await SendAsync("40" + prefix + auth);
        var reply = await ReceiveAsync();
        Assert.StartsWith("40" + prefix + "{", reply, StringComparison.Ordinal);
        SocketId = JsonDocument.Parse(reply.AsMemory(2 + prefix.Length)).RootElement.GetProperty("sid").GetString()!;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] binary) => SendAsync(binary, WebSocketMessageType.Binary);

    /// <summary>The next frame that is not a ping: text as it is, binary as <c>bin:</c> and hex, the end of the connection as <c>closed</c>.</summary>
    public async Task<string> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            try
            {
                var received = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(_buffer.AsMemory(received), deadline.Token);
                    received += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    return "closed";
                if (part.MessageType == WebSocketMessageType.Binary)
                    return "bin:" + Convert.ToHexString(_buffer.AsSpan(0, received));
                var text = Encoding.UTF8.GetString(_buffer, 0, received);
                if (text == "2")
                    await SendAsync("3");
                else
                    return text;
            }
            catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
            {
                return "closed";
            }
        }
    }

    public async Task ExpectAsync(params string[] frames)
    {
        foreach (var frame in frames)
            Assert.Equal(frame, await ReceiveAsync());
    }

    public async Task CloseAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private async Task SendAsync(byte[] frame, WebSocketMessageType type)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await _socket.SendAsync(frame, type, endOfMessage: true, deadline.Token);
    }
}
