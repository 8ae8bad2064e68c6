using System.Net.WebSockets;
using System.Text;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>A Socket.IO connection over one WebSocket that does little per message, for tests that send and count many.</summary>
internal sealed class LoadConnection : IDisposable
{
    private const string Question = "[\"question\"";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _buffer = new byte[64 * 1024];

    /// <summary>Connects to the main namespace and joins rooms.</summary>
    public static async Task<LoadConnection> JoinAsync(string url, IEnumerable<string> rooms, CancellationToken ct)
    {
        var connection = new LoadConnection();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Patience);
            await connection._socket.ConnectAsync(
                new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}/socket.io/?EIO=4&transport=websocket"), limit.Token);
            await connection.ExpectAsync("0{", limit.Token);
            await connection.SendAsync("40", limit.Token);
            await connection.ExpectAsync("40{", limit.Token);
            foreach (var room in rooms)
            {
                await connection.SendAsync($"420[\"join\",\"{room}\"]", limit.Token);
                await connection.ExpectAsync("430[", limit.Token);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public async Task SendAsync(string text, CancellationToken ct)
    {
        // A WebSocket takes one frame at a time; pongs are sent by the reader.
        await _sending.WaitAsync(ct);
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, ct);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>
    /// The next text that is neither a ping nor a question: those are answered. Null at the end. A binary frame is given as its size: <c>(1000)</c>.
    /// </summary>
    public async Task<string?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                if (length == _buffer.Length)
                    Array.Resize(ref _buffer, 2 * length);
                part = await _socket.ReceiveAsync(_buffer.AsMemory(length), ct);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            if (part.MessageType == WebSocketMessageType.Binary)
                return $"({length})";
            var text = Encoding.UTF8.GetString(_buffer, 0, length);
            if (AnswerTo(text) is not { } answer)
                return text;
            await SendAsync(answer, ct);
        }
    }

    /// <summary>To a ping, and to the event <c>question</c> that wants an acknowledgement: 4217["question"].</summary>
    private static string? AnswerTo(string text)
    {
        if (text == "2")
            return "3";
        var name = text.StartsWith("42", StringComparison.Ordinal) ? text.IndexOf(Question, StringComparison.Ordinal) : -1;
        return name > 2 ? $"43{text[2..name]}[\"answer\"]" : null;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ExpectAsync(string prefix, CancellationToken ct)
    {
        while (await ReadAsync(ct) is { } text)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
                return;
        }

        throw new WebSocketException("The connection ended.");
    }
}
