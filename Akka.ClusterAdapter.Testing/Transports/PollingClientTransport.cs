using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;

namespace Akka.ClusterAdapter.Testing.Transports;

/// <summary>HTTP long-polling: one GET that waits, and POSTs one after the other; changes to a WebSocket when it is told to.</summary>
/// <param name="http">Sends the requests; disposed with the transport.</param>
/// <param name="address">The server's address with the query of a polling request.</param>
/// <param name="upgrade">Opens the WebSocket for a session; null stays with polling.</param>
internal sealed class PollingClientTransport(HttpClient http, Uri address, Func<string, CancellationToken, Task<WebSocket>>? upgrade) : IClientTransport
{
    private const byte Separator = 0x1E;
    private readonly SemaphoreSlim _posting = new(1);
    private readonly CancellationTokenSource _cut = new();
    private WebSocketClientTransport? _webSocket;
    private Task _polling = Task.CompletedTask;
    private Uri? _session;

    public bool MayGoSilent => true;

    public async Task OpenAsync(IClientSink sink, CancellationToken ct)
    {
        using var answer = await http.GetAsync(address, ct).ConfigureAwait(false);
        var opened = await answer.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new ConnectRefusedException($"The server answered {(int)answer.StatusCode}: {Encoding.UTF8.GetString(opened)}");
        var first = opened.AsMemory(0, opened.AsSpan().IndexOf(Separator) is >= 0 and var end ? end : opened.Length);
        var sid = OpenPacket.Read(first[1..]).Sid;
        _session = new Uri($"{address}&sid={sid}");
        Deliver(sink, opened);
        if (upgrade is not null)
        {
            _webSocket = new(token => upgrade(sid, token));
            await _webSocket.UpgradeAsync(sink, ct).ConfigureAwait(false);
        }
        else
        {
            _polling = PollAsync(sink);
        }
    }

    public async Task SendAsync(IReadOnlyList<EngineFrame> frames, CancellationToken ct)
    {
        if (_webSocket is not null)
        {
            await _webSocket.SendAsync(frames, ct).ConfigureAwait(false);
            return;
        }

        await _posting.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            using var content = new ByteArrayContent(Payload(frames));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
            using var answer = await http.PostAsync(_session, content, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            // The next poll tells of the end.
        }
        finally
        {
            _posting.Release();
        }
    }

    public async Task CloseAsync(CancellationToken ct)
    {
        if (_webSocket is not null)
            await _webSocket.CloseAsync(ct).ConfigureAwait(false);
        else
            await SendAsync([EngineFrame.Of("1"u8)], ct).ConfigureAwait(false);
    }

    public void Cut()
    {
        _webSocket?.Cut();
        _cut.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync().ConfigureAwait(false);
        if (_webSocket is not null)
            await _webSocket.DisposeAsync().ConfigureAwait(false);
        await _polling.ConfigureAwait(false);
        http.Dispose();
    }

    /// <summary>Never fails.</summary>
    private async Task PollAsync(IClientSink sink)
    {
        var reason = "transport error";
        try
        {
            while (true)
            {
                using var answer = await http.GetAsync(_session, _cut.Token).ConfigureAwait(false);
                if (!answer.IsSuccessStatusCode)
                    break;
                Deliver(sink, await answer.Content.ReadAsByteArrayAsync(_cut.Token).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException)
        {
            reason = "transport close";
        }
        catch (Exception e)
        {
            reason = e is HttpRequestException or IOException ? reason : "parse error: " + e.Message;
        }

        sink.Ended(reason);
    }

    // 4text RS bBase64 RS 2
    private static byte[] Payload(IReadOnlyList<EngineFrame> frames)
    {
        var packets = frames.Select(static frame => frame.IsText ? Encoding.UTF8.GetString(frame.Data.Span) : "b" + Convert.ToBase64String(frame.Data.Span));
        return Encoding.UTF8.GetBytes(string.Join((char)Separator, packets));
    }

    private static void Deliver(IClientSink sink, byte[] payload)
    {
        for (var rest = payload.AsMemory(); !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf(Separator);
            var packet = end < 0 ? rest : rest[..end];
            if (packet.Span[0] == (byte)'b')
                sink.Received(Convert.FromBase64String(Encoding.ASCII.GetString(packet.Span[1..])), isText: false);
            else
                sink.Received(packet, isText: true);
            rest = end < 0 ? default : rest[(end + 1)..];
        }
    }
}
