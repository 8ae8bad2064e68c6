using System.Net.WebSockets;

namespace Akka.ClusterAdapter.Testing.Transports;

/// <summary>The client's end of a WebSocket: a frame is a packet.</summary>
/// <param name="open">Opens it.</param>
internal sealed class WebSocketClientTransport(Func<CancellationToken, Task<WebSocket>> open) : IClientTransport
{
    private const int FirstBuffer = 4_096;
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _sending = new(1);
    private WebSocket _socket = null!;
    private Task _reading = Task.CompletedTask;

    public bool MayGoSilent => true;

    public async Task OpenAsync(IClientSink sink, CancellationToken ct)
    {
        _socket = await open(ct).ConfigureAwait(false);
        _reading = ReadAsync(sink);
    }

    /// <summary>Opens it for a session that polls; from then on it is the session's transport.</summary>
    public async Task UpgradeAsync(IClientSink sink, CancellationToken ct)
    {
        _socket = await open(ct).ConfigureAwait(false);
        await SendAsync([EngineFrame.Of("2probe"u8)], ct).ConfigureAwait(false);
        var buffer = new byte[FirstBuffer];
        var answer = await _socket.ReceiveAsync(buffer.AsMemory(), ct).ConfigureAwait(false);
        if (!buffer.AsSpan(0, answer.Count).SequenceEqual("3probe"u8))
            throw new ConnectRefusedException("The server did not answer the probe of the WebSocket.");
        await SendAsync([EngineFrame.Of("5"u8)], ct).ConfigureAwait(false);
        _reading = ReadAsync(sink);
    }

    public async Task SendAsync(IReadOnlyList<EngineFrame> frames, CancellationToken ct)
    {
        await _sending.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            foreach (var frame in frames)
            {
                var kind = frame.IsText ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                await _socket.SendAsync(frame.Data, kind, endOfMessage: true, ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            // The reader tells of the end.
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task CloseAsync(CancellationToken ct)
    {
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct).ConfigureAwait(false);
            await _reading.WaitAsync(CloseGrace, TimeProvider.System, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (IsGone(e) || e is TimeoutException)
        {
            Cut();
        }
    }

    public void Cut() => _socket?.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_socket is null)
            return;
        Cut();
        await _reading.ConfigureAwait(false);
        _socket.Dispose();
    }

    private static bool IsGone(Exception e) =>
        e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    /// <summary>Never fails.</summary>
    private async Task ReadAsync(IClientSink sink)
    {
        var buffer = new byte[FirstBuffer];
        var length = 0;
        var reason = "transport close";
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    Array.Resize(ref buffer, 2 * length);
                var read = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
                if (read.MessageType == WebSocketMessageType.Close)
                    break;
                length += read.Count;
                if (!read.EndOfMessage)
                    continue;
                sink.Received(buffer.AsMemory(0, length), read.MessageType == WebSocketMessageType.Text);
                length = 0;
            }

            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!IsGone(e))
                reason = "parse error: " + e.Message;
        }

        sink.Ended(reason);
    }
}
