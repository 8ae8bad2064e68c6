using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>How a client connects.</summary>
internal enum Way
{
    WebSocket,
    Polling,
    Upgrade,
}

/// <summary>An Engine.IO connection as the official client makes it: a WebSocket, polling, or polling that becomes a WebSocket.</summary>
internal sealed class EngineConnection : IDisposable
{
    private const char Separator = '\x1e';

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<Message> _received = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly List<Socket> _sockets = [];
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly string _url;
    private ClientWebSocket? _socket;
    private volatile bool _isPaused;
    private volatile bool _isReadingStopped;
    private TimeSpan _silence = TimeSpan.FromSeconds(60);
    private Task _polling = Task.CompletedTask;

    private EngineConnection(string url, Way way)
    {
        (_url, How) = (url, $"{way} {new Uri(url).Port}");
        _handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) };
        _http = new HttpMessageInvoker(_handler);
    }

    /// <summary>By what, and where it came in.</summary>
    public string How { get; }

    /// <summary>Why it ended; null while it stands.</summary>
    public string? Ended { get; private set; }

    /// <param name="url">With the path, without the query.</param>
    /// <param name="way">The transports.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<EngineConnection> OpenAsync(string url, Way way, CancellationToken ct)
    {
        var connection = new EngineConnection(url, way);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Patience);
            if (way == Way.WebSocket)
                await connection.OpenSocketAsync(limit.Token);
            else
                await connection.OpenPollingAsync(way == Way.Upgrade, limit.Token);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The next message; null at the end.</summary>
    public async ValueTask<Message?> ReceiveAsync(CancellationToken ct)
    {
        try
        {
            return await _received.Reader.ReadAsync(ct);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    /// <summary>Sends messages, together if that is possible.</summary>
    public async Task SendAsync(params Message[] messages)
    {
        await _sending.WaitAsync(_end.Token);
        try
        {
            if (_socket is not { } socket)
                await PostAsync(
                    string.Join(
                        Separator, messages.Select(static message => message.Bytes is { } bytes ? "b" + Convert.ToBase64String(bytes) : "4" + message.Text)),
                    _end.Token);
            else
            {
                foreach (var message in messages)
                    await SendFrameAsync(socket, message, _end.Token);
            }
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            End($"sending: {e.Message}");
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Takes nothing any more, and does not say so.</summary>
    public void StopReading() => _isReadingStopped = true;

    /// <summary>Says goodbye to TCP in one direction, and keeps the other.</summary>
    public void HalfClose()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets)
                Quietly(() => socket.Shutdown(SocketShutdown.Send));
        }
    }

    /// <summary>Is gone without a word: with a reset, or with an end of the stream.</summary>
    public void Drop(bool reset)
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets)
            {
                Quietly(() =>
                {
                    if (reset)
                        socket.LingerState = new LingerOption(enable: true, seconds: 0);
                    socket.Dispose();
                });
            }
        }

        End("dropped");
    }

    public void Dispose()
    {
        End("disposed");
        _socket?.Dispose();
        _http.Dispose();
        _handler.Dispose();
    }

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, ct);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        lock (_sockets)
            _sockets.Add(socket);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task OpenSocketAsync(CancellationToken ct)
    {
        var socket = _socket = await ConnectSocketAsync("", ct);
        if (await ReadFrameAsync(socket, ct) is not { Text: { } open } || !open.StartsWith('0'))
            throw new WebSocketException("No handshake.");
        TakeHandshake(open);
        _ = ReadFramesAsync(socket);
    }

    private string TakeHandshake(string open)
    {
        using var handshake = JsonDocument.Parse(open.AsMemory(1));
        _silence = TimeSpan.FromMilliseconds(
            handshake.RootElement.GetProperty("pingInterval").GetInt32() + handshake.RootElement.GetProperty("pingTimeout").GetInt32());
        return handshake.RootElement.GetProperty("sid").GetString()!;
    }

    private async Task OpenPollingAsync(bool upgrades, CancellationToken ct)
    {
        var body = await RequestAsync(HttpMethod.Get, "&transport=polling", null, ct);
        var packets = body.Split(Separator);
        Sid = "&sid=" + TakeHandshake(packets[0]);
        foreach (var packet in packets.Skip(1))
            Take(packet);
        _polling = PollAsync();
        if (upgrades)
            _ = UpgradeAsync();
    }

    private string Sid { get; set; } = "";

    private async Task<ClientWebSocket> ConnectSocketAsync(string query, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        try
        {
            await socket.ConnectAsync(new Uri($"{_url.Replace("http", "ws", StringComparison.Ordinal)}?EIO=4&transport=websocket{query}"), _http, ct);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task UpgradeAsync()
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            limit.CancelAfter(Patience);
            var socket = await ConnectSocketAsync(Sid, limit.Token);
            await SendTextAsync(socket, "2probe", limit.Token);
            if (await ReadFrameAsync(socket, limit.Token) is not { Text: "3probe" })
                return;
            // What is under way is waited for; nothing else is sent meanwhile.
            await _sending.WaitAsync(limit.Token);
            try
            {
                _isPaused = true;
                await _polling.WaitAsync(limit.Token);
                await SendTextAsync(socket, "5", limit.Token);
                _socket = socket;
            }
            finally
            {
                _sending.Release();
            }

            _ = ReadFramesAsync(socket);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or HttpRequestException or IOException)
        {
            // The official client stays with polling unless it has paused.
            if (_isPaused)
                End($"upgrade: {e.Message}");
        }
    }

    private async Task PollAsync()
    {
        try
        {
            while (!_isPaused)
            {
                while (_isReadingStopped)
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _end.Token);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                limit.CancelAfter(_silence);
                foreach (var packet in (await RequestAsync(HttpMethod.Get, $"&transport=polling{Sid}", null, limit.Token)).Split(Separator))
                    Take(packet);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            End($"polling: {e.Message}");
        }
    }

    private void Take(string packet)
    {
        if (packet.Length == 0)
            return;
        if (packet[0] == 'b')
            _received.Writer.TryWrite(new(null, Convert.FromBase64String(packet[1..])));
        else if (packet[0] == '4')
            _received.Writer.TryWrite(new(packet[1..], null));
        else if (packet[0] == '2')
            _ = PongAsync();
        else if (packet[0] == '1')
            End("closed by the server");
    }

    private async Task PongAsync()
    {
        if (_isReadingStopped)
            return;
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            if (_socket is { } socket)
                await SendTextAsync(socket, "3", _end.Token);
            else
                await PostAsync("3", _end.Token);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            End($"pong: {e.Message}");
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadFramesAsync(ClientWebSocket socket)
    {
        try
        {
            while (true)
            {
                while (_isReadingStopped)
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _end.Token);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                limit.CancelAfter(_silence);
                if (await ReadFrameAsync(socket, limit.Token) is not { } frame)
                {
                    End("the WebSocket was closed");
                    return;
                }

                if (frame.Bytes is not null)
                    _received.Writer.TryWrite(frame);
                else
                    Take(frame.Text!);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            End($"reading: {e.Message}");
        }
    }

    private static async Task<Message?> ReadFrameAsync(ClientWebSocket socket, CancellationToken ct)
    {
        var buffer = new byte[4_096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, 4 * length);
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            length += part.Count;
            if (part.EndOfMessage)
                return part.MessageType == WebSocketMessageType.Text ? new(Encoding.UTF8.GetString(buffer, 0, length), null) : new(null, buffer[..length]);
        }
    }

    private static Task SendFrameAsync(ClientWebSocket socket, Message message, CancellationToken ct) => message.Bytes is { } bytes
        ? socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, ct)
        : SendTextAsync(socket, "4" + message.Text, ct);

    private static Task SendTextAsync(ClientWebSocket socket, string text, CancellationToken ct) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, ct);

    private Task<string> PostAsync(string body, CancellationToken ct) => RequestAsync(HttpMethod.Post, $"&transport=polling{Sid}", body, ct);

    private async Task<string> RequestAsync(HttpMethod method, string query, string? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, $"{_url}?EIO=4{query}&t={NextMark()}")
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "text/plain"),
        };
        using var answer = await _http.SendAsync(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? text : throw new HttpRequestException($"{(int)answer.StatusCode} {text}");
    }

    // As the official client marks each request: a moment and chance, to the base of 36.
    private static string NextMark() => string.Create(CultureInfo.InvariantCulture, $"{Environment.TickCount64:x}{Random.Shared.Next(36 * 36 * 36):x}");

    private void End(string why)
    {
        Ended ??= why;
        _received.Writer.TryComplete();
        Quietly(_end.Cancel);
    }
}
