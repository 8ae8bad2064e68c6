using System.Net.WebSockets;
using System.Text;

namespace Attacks.Clients;

/// <summary>A client that behaves: one WebSocket, one namespace, pongs in time; measures how long an event takes to be acknowledged.</summary>
internal sealed class HonestClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Dictionary<int, TaskCompletionSource> _acks = [];
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private int _next;

    /// <summary>Set when the connection ended although nobody asked for it.</summary>
    public string? Ended { get; private set; }

    /// <summary>Called with each event's text.</summary>
    public Action<string>? Event { get; init; }

    public async Task ConnectAsync(string url, CancellationToken ct = default)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await _socket.ConnectAsync(new Uri(url.Replace("http", "ws", StringComparison.Ordinal) + "/socket.io/?EIO=4&transport=websocket"), ct);
        _reading = ReadAsync();
        await SendAsync("40");
        await _joined.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
    }

    /// <summary>An event whose ack is awaited.</summary>
    public async Task AskAsync(string name, string argumentsJson, TimeSpan limit)
    {
        var ack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_acks)
            _acks[id = ++_next] = ack;
        await SendAsync($"42{id}[\"{name}\",{argumentsJson}]");
        await ack.Task.WaitAsync(limit);
    }

    public async Task SendAsync(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    if (length == buffer.Length)
                        Array.Resize(ref buffer, buffer.Length * 2);
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    Ended = "closed by the server";
                    return;
                }

                await TakeAsync(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            Ended ??= e.Message;
        }
    }

    private async Task TakeAsync(string message)
    {
        if (message == "2")
            await SendAsync("3");
        else if (message.StartsWith("40", StringComparison.Ordinal))
            _joined.TrySetResult();
        else if (message.StartsWith("43", StringComparison.Ordinal))
            Acknowledge(int.Parse(message.AsSpan(2, message.IndexOf('[', StringComparison.Ordinal) - 2), System.Globalization.CultureInfo.InvariantCulture));
        else if (message.StartsWith("42", StringComparison.Ordinal))
            Event?.Invoke(message);
    }

    private void Acknowledge(int id)
    {
        TaskCompletionSource? ack;
        lock (_acks)
            _acks.Remove(id, out ack);
        ack?.TrySetResult();
    }
}
