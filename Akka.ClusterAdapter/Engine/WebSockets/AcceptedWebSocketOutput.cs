using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// What is sent over a WebSocket that somebody else accepted: a test host's, or a middleware's. Its frames are its own affair, so ready-made ones are taken
/// apart
/// again. It may not know a close frame without a status: 1000 stands for that.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for owns nothing; disposing it would make late writers throw.")]
internal sealed class AcceptedWebSocketOutput(WebSocket socket) : IWebSocketOutput
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _closed;

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => InTurnAsync(static (output, batch) => SendAsync(output.Socket, batch), batch);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> frame) => InTurnAsync(static (output, frame) => output.SendFrameAsync(frame), frame);

    public async ValueTask EndAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        _closed = true;
        _turn.Release();
    }

    /// <summary>Sends each packet of a batch as messages; small ones uncompressed. The caller sees to it that nobody else sends.</summary>
    public static async Task SendAsync(WebSocket socket, List<OutboundPacket> batch, int compressFrom = int.MaxValue)
    {
        foreach (var packet in batch)
        {
            for (var rest = packet.Message.Frames; !rest.IsEmpty;)
            {
                var (data, isText) = EngineMessage.NextPart(ref rest);
                var flags = WebSocketMessageFlags.EndOfMessage | (data.Length < compressFrom ? WebSocketMessageFlags.DisableCompression : 0);
                await socket.SendAsync(data, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, flags, CancellationToken.None)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// What a WebSocket throws when its connection was closed, reset or aborted, or when it is to close with a status of the peer's that may not be sent.
    /// </summary>
    public static bool IsGone(Exception e) =>
        e is WebSocketException or IOException or InvalidOperationException or OperationCanceledException or ArgumentException;

    private WebSocket Socket => socket;

    private async ValueTask<bool> InTurnAsync<T>(Func<AcceptedWebSocketOutput, T, Task> send, T what)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_closed)
                return false;

            await send(this, what).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsGone(e))
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    private Task SendFrameAsync(ReadOnlyMemory<byte> frame)
    {
        if (frame.Span[0] != WebSocketFrame.Close)
            return SendPartAsync(frame);

        _closed = true;
        var payload = frame[WebSocketFrame.PayloadOf(frame.Span)].Span;
        var status = payload.Length < 2 ? WebSocketCloseStatus.NormalClosure : (WebSocketCloseStatus)BinaryPrimitives.ReadUInt16BigEndian(payload);
        return socket.CloseOutputAsync(status, null, CancellationToken.None);
    }

    private async Task SendPartAsync(ReadOnlyMemory<byte> frame)
    {
        var (data, isText) = EngineMessage.NextPart(ref frame);
        await socket.SendAsync(data, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None)
            .ConfigureAwait(false);
    }
}
