using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace TestServer.WarmUp;

/// <summary>A client just good enough to run the server's code paths: Engine.IO over one WebSocket, packets as text.</summary>
internal sealed class WarmUpClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _reading = Task.CompletedTask;

    /// <summary>Opens a session and waits for the server's first packet.</summary>
    public static async Task<WarmUpClient> OpenAsync(string url, string path, CancellationToken ct)
    {
        var client = new WarmUpClient();
        await client._socket.ConnectAsync(new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}{path}/?EIO=4&transport=websocket"), ct);
        client._reading = client.ReadAsync(ct);
        await client.ExpectAsync("0{", ct);
        return client;
    }

    /// <summary>Sends a text frame.</summary>
    public Task SendAsync(string frame, CancellationToken ct) => SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, ct);

    /// <summary>Sends a binary frame.</summary>
    public Task SendAsync(byte[] frame, CancellationToken ct) => SendAsync(frame, WebSocketMessageType.Binary, ct);

    /// <summary>Drops frames until one begins like this.</summary>
    public async Task ExpectAsync(string prefix, CancellationToken ct)
    {
        while (!(await _messages.Reader.ReadAsync(ct)).StartsWith(prefix, StringComparison.Ordinal))
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The server was first.
        }

        await _reading;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task SendAsync(byte[] frame, WebSocketMessageType type, CancellationToken ct)
    {
        // A WebSocket takes one frame at a time, and pongs are sent by the reader.
        await _sending.WaitAsync(ct);
        try
        {
            await _socket.SendAsync(frame, type, endOfMessage: true, ct);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Reads to the end; whoever still waits for a frame then learns that none will come.</summary>
    private async Task ReadAsync(CancellationToken ct)
    {
        try
        {
            await ReadFramesAsync(ct);
            _messages.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _messages.Writer.TryComplete(e);
        }
    }

    private async Task ReadFramesAsync(CancellationToken ct)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(buffer.AsMemory(length), ct);
            if (received.MessageType == WebSocketMessageType.Close)
                return;
            length += received.Count;
            if (!received.EndOfMessage)
                continue;
            await TakeAsync(received.MessageType == WebSocketMessageType.Text ? Encoding.UTF8.GetString(buffer, 0, length) : "(binary)", ct);
            length = 0;
        }
    }

    private async Task TakeAsync(string frame, CancellationToken ct)
    {
        if (frame == "2")
            await SendAsync("3", ct);
        else
            _messages.Writer.TryWrite(frame);
    }
}
