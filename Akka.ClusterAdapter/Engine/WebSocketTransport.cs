using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;

using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Engine;

/// <summary>One WebSocket connection, current transport or candidate of a session: a frame is a packet.</summary>
internal sealed class WebSocketTransport : IEngineTransport
{
    private const int MessageTooBig = 1009;
    private const int FirstBuffer = 4096;
    private const int CompressedFrom = 1024;

    // The timer looks once a second at most, so a silent peer is gone after 5 s at the latest.
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(4);

    private readonly EngineServer _server;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly WebSocketOutput _output;
    private readonly WebSocketStream _input;
    private readonly WebSocket _socket;
    private readonly bool _deflates;
    private readonly RequestCut _cut = new();
    private readonly Lock _lingerGate = new();
    private byte[] _message = [];
    private bool _ended;
    private int _closing;
    private long _closeDeadline;
    private long _messageDeadline;
    private string? _offence;

    public WebSocketTransport(EngineServer server, Stream stream, PipeWriter writer, IHttpRequestLifetimeFeature lifetime, WebSocketDeflateOptions? deflate)
    {
        _server = server;
        _lifetime = lifetime;
        _output = new(writer);
        _deflates = deflate is not null;
        // The framework's WebSocket disposes of it.
        var input = new WebSocketStream(stream, _output, server.Clock, server.Options.MaxPongsPerSecond, () => Reject(EngineRejections.PingFlood));
        _input = input;
        _socket = WebSocket.CreateFromStream(input, new() { IsServer = true, KeepAliveInterval = TimeSpan.Zero, DangerousDeflateOptions = deflate });
    }

    public string Name => TransportNames.WebSocket;

    public bool IsReady => true;

    public bool TryTake(List<OutboundPacket> batch) => false;

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => _deflates ? WriteDeflatedAsync(batch) : _output.WriteAsync(batch);

    /// <summary>Writes a packet past the session's queue, as a candidate must.</summary>
    public ValueTask<bool> WriteAsync(EngineMessage packet) => _output.WriteAsync(packet.Frames);

    /// <summary>Sends a close frame behind what is being written; a peer that does not answer it is cut off. Returns at once.</summary>
    public void Close() => Close(WebSocketFrame.EmptyClose);

    /// <summary>Cuts the connection, soon.</summary>
    public void Abort() => _cut.Ask();

    /// <summary>Cuts a connection whose message or close takes too long.</summary>
    public void CheckDeadlines(long now)
    {
        if (Volatile.Read(ref _closeDeadline) is > 0 and var close && now >= close)
            Abort();
        if (Volatile.Read(ref _messageDeadline) is > 0 and var message && now >= message)
            Reject(EngineRejections.SlowMessage);
    }

    /// <summary>
    /// Reads until the connection ends. What comes after the session's end is read and dropped, so that our close frame arrives. The request's own code, and the
    /// only one that ends its connection: a stream of HTTP/2 serves another request later on.
    /// </summary>
    public async Task RunAsync(EngineSocket session)
    {
        var life = LiveAsync(session);
        if (!await _cut.LetsEndAsync(life).ConfigureAwait(false))
            CutNow();
        await life.ConfigureAwait(false);
    }

    private void CutNow() => _server.Guard.Run(nameof(IHttpRequestLifetimeFeature.Abort), static lifetime => lifetime.Abort(), _lifetime);

    private async Task LiveAsync(EngineSocket session)
    {
        var reason = CloseReason.TransportError;
        try
        {
            reason = await ReceiveAllAsync(session).ConfigureAwait(false);
        }
        catch (WebSocketException e) when (e.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
        {
            reason = CloseReason.TransportClose;
        }
        catch (WebSocketException)
        {
            // A frame against the protocol; the framework has sent 1002 or 1007 already. What comes behind our own close does not matter.
            if (Volatile.Read(ref _closing) == 0)
                _offence = EngineRejections.BadFrame;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            reason = CloseReason.TransportClose;
        }
        catch (Exception e)
        {
            _server.Guard.Fail("WebSocket", e);
        }
        finally
        {
            await EndAsync(session, reason).ConfigureAwait(false);
        }
    }

    // The reading loop notices the cut and ends the session for it.
    private void Reject(string offence)
    {
        Interlocked.CompareExchange(ref _offence, offence, null);
        Abort();
    }

    private async Task EndAsync(EngineSocket session, CloseReason reason)
    {
        // Who is cut off gets no close frame.
        if (_cut.IsAsked)
            CutNow();
        _server.Guard.Run("WebSocket", static it => it.Me.LeaveSession(it.Session, it.Reason), (Me: this, Session: session, Reason: reason));
        await _output.EndAsync().ConfigureAwait(false);
        lock (_lingerGate)
            _ended = true;
        _server.EndLingering(this);
        _socket.Dispose();
    }

    private void LeaveSession(EngineSocket session, CloseReason reason)
    {
        // The peer's status goes back to it; when it gave none, and whatever else ends the connection, the frame is empty.
        if (_socket.CloseStatus is { } status && !_input.EndsWithEmptyClose)
            Close(WebSocketFrame.CloseWith((int)status));
        session.TransportEnded(this, reason, _offence);
        Close();
    }

    private async Task<CloseReason> ReceiveAllAsync(EngineSocket session)
    {
        while (true)
        {
            // An empty read waits without holding a buffer.
            var first = await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
            if (first.MessageType == WebSocketMessageType.Close)
                return CloseReason.TransportClose;

            try
            {
                var length = first.EndOfMessage ? 0 : await ReceiveMessageAsync().ConfigureAwait(false);
                if (length > _server.Options.MaxPayload)
                    return await RefuseTooBigAsync(session).ConfigureAwait(false);
                if (length < 0)
                    return CloseReason.TransportClose;

                await session.ReceiveFrameAsync(this, _message.AsMemory(0, length), first.MessageType == WebSocketMessageType.Binary).ConfigureAwait(false);
            }
            finally
            {
                ReturnMessage();
            }
        }
    }

    /// <summary>Reads one message into <see cref="_message"/>, which grows; stops beyond the limit. Its length, or -1 when the peer closed instead.</summary>
    private async ValueTask<int> ReceiveMessageAsync()
    {
        _message = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        while (length <= _server.Options.MaxPayload)
        {
            if (length == _message.Length)
                GrowMessage();

            var receive = _socket.ReceiveAsync(_message.AsMemory(length), CancellationToken.None);
            if (!receive.IsCompleted && _messageDeadline == 0)
                Volatile.Write(ref _messageDeadline, _server.Clock.After(_server.Options.MessageTimeout));
            var result = await receive.ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
                return -1;

            length += result.Count;
            if (result.EndOfMessage)
                break;
        }

        Volatile.Write(ref _messageDeadline, 0);
        return length;
    }

    private void GrowMessage()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_message.Length * 2);
        _message.CopyTo(larger, 0);
        ReturnMessage();
        _message = larger;
    }

    private void ReturnMessage()
    {
        if (_message.Length > 0)
            ArrayPool<byte>.Shared.Return(_message);
        _message = [];
    }

    private async Task<CloseReason> RefuseTooBigAsync(EngineSocket session)
    {
        Close(WebSocketFrame.CloseWith(MessageTooBig));
        session.TransportEnded(this, CloseReason.TransportError, EngineRejections.MessageTooLarge);

        // Reading on keeps the kernel from answering the rest of the message with a reset, which would swallow our close frame.
        while ((await _socket.ReceiveAsync(_message.AsMemory(), CancellationToken.None).ConfigureAwait(false)).MessageType != WebSocketMessageType.Close)
        {
        }

        return CloseReason.TransportError;
    }

    private void Close(ReadOnlyMemory<byte> frame)
    {
        if (Interlocked.Exchange(ref _closing, 1) == 1)
            return;

        Volatile.Write(ref _closeDeadline, _server.Clock.After(CloseGrace));
        lock (_lingerGate)
        {
            // The reading may have ended meanwhile: then nobody would take it out again.
            if (_ended)
                return;
            _server.Lingering.TryAdd(this, 0);
        }

        var write = _output.WriteAsync(frame);
        if (!write.IsCompletedSuccessfully)
            _server.Guard.Observe("WebSocket", write.AsTask());
    }

    private async ValueTask<bool> WriteDeflatedAsync(List<OutboundPacket> batch)
    {
        try
        {
            foreach (var packet in batch)
            {
                for (var rest = packet.Message.Frames; !rest.IsEmpty;)
                {
                    var (data, isText) = EngineMessage.NextPart(ref rest);
                    var flags = WebSocketMessageFlags.EndOfMessage | (data.Length < CompressedFrom ? WebSocketMessageFlags.DisableCompression : 0);
                    await _socket.SendAsync(data, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, flags, CancellationToken.None).ConfigureAwait(false);
                }
            }

            return true;
        }
        catch (Exception e) when (e is WebSocketException or IOException or InvalidOperationException or OperationCanceledException)
        {
            return false;
        }
    }
}
