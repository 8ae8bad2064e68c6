using System.IO.Pipelines;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http.Features;


namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>One WebSocket connection, current transport or candidate of a session: a frame is a packet.</summary>
internal sealed partial class WebSocketTransport : IEngineTransport
{
    private const int CompressedFrom = 1024;

    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(4);

    private readonly EngineServer _server;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly IWebSocketOutput _output;
    private readonly FrameInput? _frames;
    private readonly WebSocketStream? _input;
    private readonly WebSocket _socket;
    private readonly Inflation? _inflation;
    private readonly RequestCut _cut = new();
    private readonly Lock _lingerGate = new();
    private bool _ended;
    private int _closing;
    private Deadline? _closeDue;
    private string? _offence;

    /// <summary>The connection that the loop reads; null where another thread does.</summary>
    private LoopConnection? _connection;
    private int _sinceTurn;

    /// <param name="server">Whose connection it is.</param>
    /// <param name="stream">What the handshake has made of the connection; not read when there is a <paramref name="reader"/>.</param>
    /// <param name="writer">Where frames go.</param>
    /// <param name="lifetime">Ends the connection.</param>
    /// <param name="deflate">How messages are compressed; null when they are not.</param>
    /// <param name="reader">The connection's own input; null where it is not to be had.</param>
    public WebSocketTransport(
        EngineServer server,
        Stream stream,
        PipeWriter writer,
        IHttpRequestLifetimeFeature lifetime,
        WebSocketDeflateOptions? deflate,
        PipeReader? reader = null)
    {
        _server = server;
        _lifetime = lifetime;
        var output = new WebSocketOutput(writer);
        _output = output;
        _frames = deflate is null && reader is not null ? new(reader) : null;
        // The framework's WebSocket disposes of it.
        var input = new WebSocketStream(_frames ?? stream, output, server.Clock, server.Options.MaxPongsPerSecond, () => Reject(EngineRejections.PingFlood));
        _input = input;
        _inflation = deflate is null ? null : new(server, input);
        _socket = WebSocket.CreateFromStream(input, new() { IsServer = true, KeepAliveInterval = TimeSpan.Zero, DangerousDeflateOptions = deflate });
    }

    /// <summary>A WebSocket that somebody else accepted and speaks for: its pings and pongs are not ours.</summary>
    public WebSocketTransport(EngineServer server, WebSocket accepted, IHttpRequestLifetimeFeature lifetime)
    {
        _server = server;
        _lifetime = lifetime;
        _socket = accepted;
        _output = new AcceptedWebSocketOutput(accepted);
    }

    public string Name => TransportNames.WebSocket;

    public bool IsReady => true;

    public bool IsDirect => _inflation is null && _output.IsDirect;

    /// <summary>Whether the peer has closed it because it has no use for it any more. A peer that goes away says so with another status.</summary>
    public bool IsClosedInOrder => _socket.CloseStatus == WebSocketCloseStatus.NormalClosure;

    public bool TryTake(List<OutboundPacket> batch) => false;

    public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => _inflation is not null ? WriteDeflatedAsync(batch) : _output.WriteAsync(batch);

    /// <summary>Writes a packet past the session's queue, as a candidate must.</summary>
    public ValueTask<bool> WriteAsync(EngineMessage packet)
    {
        _server.Metrics.Traffic.Sent(this, packet);
        return _output.WriteAsync(packet.Frames);
    }

    /// <summary>Sends a close frame behind what is being written; a peer that does not answer it is cut off. Returns at once.</summary>
    public void Close() => Close(WebSocketFrame.EmptyClose);

    public void SessionEnded() => Close();

    /// <summary>Cuts the connection, soon.</summary>
    public void Abort() => _cut.Ask();

    /// <summary>
    /// Reads until the connection ends. What comes after the session's end is read and dropped, so that our close frame arrives. The request's own code, and
    /// the
    /// only one that ends its connection: a stream of HTTP/2 serves another request later on.
    /// </summary>
    public async Task RunAsync(EngineSocket session, LoopConnection? connection = null)
    {
        // What comes by it is no part of a request that lasts as long as the connection.
        Traces.Detach();
        _connection = connection;
        connection?.BeginInline();
        var life = LiveAsync(session);
        if (!await _cut.LetsEndAsync(life).ConfigureAwait(false))
            CutNow();
        await life.ConfigureAwait(false);
        if (connection is null)
            return;
        // What else belongs to the request is not ours.
        connection.EndInline();
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    private void CutNow()
    {
        _server.Guard.Run(nameof(IHttpRequestLifetimeFeature.Abort), static lifetime => lifetime.Abort(), _lifetime);

        // Where no connection is behind the request, its end means nothing to the WebSocket.
        if (_input is null)
            _server.Guard.Run(nameof(WebSocket.Abort), static socket => socket.Abort(), _socket);
    }

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
        _messageDue?.End();
        lock (_lingerGate)
        {
            _ended = true;
            _closeDue?.End();
        }

        _server.EndLingering(this);
        _socket.Dispose();
    }

    private void LeaveSession(EngineSocket session, CloseReason reason)
    {
        // The peer's status goes back to it; when it gave none, and whatever else ends the connection, the frame is empty.
        if (_socket.CloseStatus is { } status && _input is not { EndsWithEmptyClose: true })
            Close(WebSocketFrame.CloseWith((int)status));
        session.TransportEnded(this, reason, _offence);
        Close();
    }

    private void Close(ReadOnlyMemory<byte> frame)
    {
        if (Interlocked.Exchange(ref _closing, 1) == 1)
            return;

        lock (_lingerGate)
        {
            // The reading may have ended meanwhile: then nobody would take it out again.
            if (_ended)
                return;
            _server.Lingering.TryAdd(this, 0);
            _closeDue = _server.Deadlines.Create("close", static transport => transport.Abort(), this);
            _closeDue.Set(CloseGrace);
        }

        var write = _output.WriteAsync(frame);
        if (!write.IsCompletedSuccessfully)
            _server.Guard.Observe("WebSocket", write.AsTask());
    }

    private async ValueTask<bool> WriteDeflatedAsync(List<OutboundPacket> batch)
    {
        try
        {
            await AcceptedWebSocketOutput.SendAsync(_socket, batch, CompressedFrom).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (AcceptedWebSocketOutput.IsGone(e))
        {
            return false;
        }
    }
}
