using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine;

/// <summary>One Engine.IO session: a logical client connection with exactly one current transport.</summary>
public sealed partial class EngineSocket
{
    private readonly EngineServer _server;
    private readonly FlushLoop _loop;
    private readonly Lock _gate = new();
    private readonly OutboundQueue _queue;
    private readonly InboundRate? _inboundRate;
    private readonly PollingTransport? _polling;
    private IEngineTransport _transport;
    private volatile SessionState _state = SessionState.Open;

    internal EngineSocket(EngineServer server, string id, EngineRequest request, IEngineTransport transport)
    {
        _server = server;
        _loop = server.Flusher.Assign();
        _inboundRate = InboundRate.Of(server);
        _queue = new(server.Options.MaxOutboundBytes, server.Options.MaxOutboundPackets);
        _transport = transport;
        _polling = transport as PollingTransport;
        _pingDue = server.Clock.After(server.Options.PingInterval);
        Id = id;
        Request = request;
    }

    private enum SessionState
    {
        Open,
        Closing,
        Closed,
    }

    /// <summary>Session id: 20 url-safe characters. A bearer secret, never shown to other clients.</summary>
    public string Id { get; }

    /// <summary>The session's first request.</summary>
    public EngineRequest Request { get; }

    /// <summary>Current transport: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => Volatile.Read(ref _transport).Name;

    /// <summary>False from the moment the session begins to close.</summary>
    public bool IsOpen => _state == SessionState.Open;

    /// <summary>True when a message sent now would leave at once: a pending poll, or a WebSocket whose previous batch was flushed.</summary>
    public bool IsWritable
    {
        get
        {
            lock (_gate)
                return CanWriteAtOnce;
        }
    }

    /// <summary>A place for the handler's own object.</summary>
    public object? State { get; set; }

    /// <summary>Its place among all sessions; null where none is kept.</summary>
    internal Place? Place { get; init; }

    /// <summary>Whether it began with a WebSocket, so that there is nothing to upgrade.</summary>
    internal bool IsBornAsWebSocket => _polling is null;

    /// <summary>The client has shown what it wants: the session is not one of those that give way to others any more. See <see cref="EngineOptions.MaxUnsettledSessions"/>.</summary>
    internal void Settle() => Place?.Settle();

    private bool CanWriteAtOnce => _state == SessionState.Open && !_flushing && !_isPaused && _queue.IsEmpty && _transport.IsReady;
}
