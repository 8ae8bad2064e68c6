using System.Net;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A socket's way from the admission to the last event. Until its connection handlers were started, incoming events and a disconnect wait, so that no
/// handler is missed and <c>disconnect</c> never comes before <c>connection</c>. Until its client was told that it is admitted, broadcasts wait.
/// </summary>
internal sealed partial class SocketLife(Socket socket)
{
    // A client that waits for the answer to its CONNECT and nothing else must not find an event in the same read (docs/decisions/0007).
    private static readonly TimeSpan ConnectGap = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Queue<Packet> _held = new(0);
    private volatile SocketState _state = SocketState.Connecting;
    private volatile bool _isConfirmed;
    private List<(EngineMessage Message, BroadcastOptions Options)>? _early;
    private Disconnection? _leaving;
    private bool _isEnding;
    private int _connecting;
    private int _hasUnhandled;
    private PendingAcks? _acks;
    private CancellationTokenSource? _disconnected;

    /// <summary>True while middlewares are deciding.</summary>
    public bool IsConnecting => _state == SocketState.Connecting;

    /// <summary>True while connection handlers are being started.</summary>
    public bool IsOpening => _state == SocketState.Opening;

    /// <summary>True from the admission until it leaves.</summary>
    public bool IsConnected => _state is SocketState.Opening or SocketState.Connected && _leaving is null;

    /// <summary>True when it has left or was refused.</summary>
    public bool IsClosed => _state == SocketState.Closed;

    /// <summary>How it left; null before.</summary>
    public Disconnection? Disconnection { get; private set; }

    public int PendingAckCount => _acks?.Count ?? 0;

    /// <summary>Acknowledgements its client owes. Made when the first is asked for.</summary>
    public PendingAcks Acks
    {
        get
        {
            if (_acks is { } made)
                return made;
            lock (_gate)
            {
                _acks ??= new PendingAcks(Server.Options.MaxPendingAcks, Server.Guard);
                if (_state == SocketState.Closed)
                    _acks.Close();
                return _acks;
            }
        }
    }

    /// <summary>Cancelled when it leaves.</summary>
    public CancellationToken Disconnected
    {
        get
        {
            lock (_gate)
            {
                if (_disconnected is null && _state == SocketState.Closed)
                    return new CancellationToken(canceled: true);
                return (_disconnected ??= new CancellationTokenSource()).Token;
            }
        }
    }

    private SocketIOServer Server => socket.Namespace.Server;

    private EngineSocket Connection => socket.Client.Engine;

    /// <summary>True while a connection handler that was started has not completed.</summary>
    public bool IsConnectionHandlerRunning => Volatile.Read(ref _connecting) > 0;

    /// <summary>True once, for what is told of it once.</summary>
    public bool IsFirstUnhandled => Interlocked.Exchange(ref _hasUnhandled, 1) == 0;

    /// <summary>What a connection handler returned: counted until it has completed.</summary>
    public ValueTask CountWhileConnecting(ValueTask handler)
    {
        return handler.IsCompleted ? handler : Count(handler);

        async ValueTask Count(ValueTask handler)
        {
            Interlocked.Increment(ref _connecting);
            try
            {
                await handler.ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _connecting);
            }
        }
    }

    /// <summary>Admits it on the calling thread.</summary>
    public void Open()
    {
        lock (_gate)
        {
            if (_state != SocketState.Connecting)
                return;
            _state = SocketState.Opening;
        }

        try
        {
            var missed = Enter();
            if (!socket.HasLostClaim)
                Confirm(missed);
        }
        catch
        {
            // The parser cannot write it. Whoever opens it lets it leave, which would wait for the handlers otherwise.
            lock (_gate)
            {
                _held.Clear();
                _state = SocketState.Connected;
            }

            throw;
        }

        if (socket.HasLostClaim)
        {
            EndUnseen();
            return;
        }

        Log.Connected(Server.Logger, socket.Id, socket.Namespace.Name, Connection.Request.RemoteAddress, socket.Recovered);
        Server.Observer?.Connected(socket);
        Server.Dispatcher.Connected(socket);
        Release();
        socket.Identity.Open();
    }

    /// <summary>True when an incoming event is to be dispatched now; otherwise it waits, or is dropped.</summary>
    public bool Takes(Packet packet)
    {
        lock (_gate)
        {
            if (_state == SocketState.Opening)
                _held.Enqueue(packet);
            return _state == SocketState.Connected || _state == SocketState.Connecting;
        }
    }

    /// <summary>Sends an encoded event; false when its client is gone or too busy for it.</summary>
    public bool Send(EngineMessage message, PacketBody body, BroadcastOptions options, bool isForFew = false)
    {
        if (options.Offset is { } offset && socket.Session?.Takes(offset, options.Place) == false)
            return true;
        if (_state == SocketState.Closed || _leaving is not null)
            return false;
        socket.NotifyOutgoing(body);
        if (!_isConfirmed && _state == SocketState.Opening)
        {
            lock (_gate)
            {
                if (!_isConfirmed)
                {
                    (_early ??= []).Add((message, options));
                    return true;
                }
            }
        }

        return isForFew
            ? Connection.TrySendToFew(message, options.IsVolatile, options.Compress)
            : Connection.TrySend(message, options.IsVolatile, options.Compress);
    }

    /// <summary>Ends it once; handlers run before and after its rooms are left. The packet, if any, is the caller's business.</summary>
    public void Leave(DisconnectReason reason, string? description = null)
    {
        var end = new Disconnection(reason, description);
        SocketState before;
        lock (_gate)
        {
            before = _state;
            if (before == SocketState.Closed)
                return;
            if (before == SocketState.Opening)
            {
                _leaving ??= end;
                return;
            }

            if (before == SocketState.Connecting)
                _state = SocketState.Closed;
        }

        End(end, wasOpen: before == SocketState.Connected);
    }

    private IReadOnlyList<MissedPacket> Enter()
    {
        if (socket.Session is { } session)
            return session.Enter();
        socket.Namespace.Members.Enter(socket, [socket.Id]);
        return [];
    }

    /// <summary>
    /// What was missed and CONNECT, then what was broadcast since the socket entered the namespace. By polling as the original does it, what was missed first,
    /// all in one payload. On a WebSocket CONNECT first: a connection that is lost before CONNECT would leave the events in the official client, which asks
    /// for them once more and then hands them out twice.
    /// </summary>
    private void Confirm(IReadOnlyList<MissedPacket> missed)
    {
        var ns = socket.Namespace.Name;
        var body = EventBody.Answer(socket.Parser, new ConnectReply(socket.Id, socket.PrivateId));
        var connect = Server.Encode(new PacketHeader(PacketType.Connect, ns), body);
        var events = missed.Select(packet => Server.Encode(new PacketHeader(PacketType.Event, ns), packet.Body)).ToArray();
        // Before its client knows: that one may let others connect at once.
        socket.Client.Joined();
        lock (_gate)
        {
            EngineMessage[] messages = Connection.IsStream ? [connect, .. events] : [.. events, connect];
            Connection.TrySendAlone(messages[^1], ConnectGap, messages.AsSpan(0, messages.Length - 1));
            foreach (var (message, options) in _early ?? [])
                Connection.TrySend(message, options.IsVolatile, options.Compress);
            _early = null;
            _isConfirmed = true;
        }
    }

    /// <summary>The connection handlers were started: what has waited is dispatched, or the socket leaves.</summary>
    private void Release()
    {
        while (true)
        {
            Packet? packet;
            Disconnection? leaving;
            lock (_gate)
            {
                leaving = _leaving;
                if (!_held.TryDequeue(out packet) || leaving is not null)
                {
                    _held.Clear();
                    _state = SocketState.Connected;
                    packet = null;
                }
            }

            if (packet is null)
            {
                if (leaving is not null)
                    End(leaving, wasOpen: true);
                else
                    socket.Session?.Opened();
                return;
            }

            socket.Dispatch(packet);
        }
    }

    /// <summary>It has entered nothing, and nobody knows of it.</summary>
    private void EndUnseen()
    {
        lock (_gate)
        {
            _held.Clear();
            _isEnding = true;
            _state = SocketState.Closed;
        }

        socket.Identity.End();
        socket.Session!.EndUnseen();
        socket.Client.Remove(socket);
    }

    private void End(Disconnection end, bool wasOpen)
    {
        lock (_gate)
        {
            if (_isEnding)
                return;
            _isEnding = true;
            Disconnection = end;
        }

        var reason = end.Reason;
        var ns = socket.Namespace;
        var life = ns.Life;
        if (wasOpen)
            Server.Dispatcher.Disconnected(socket.Listeners.Disconnecting, socket, reason);
        lock (_gate)
            _state = SocketState.Closed;
        // Before anything that may take long: who waits for its answers hears that it has left, not that it was slow.
        _acks?.Close();
        socket.Identity.End();
        socket.Client.Remove(socket);
        Server.Guard.Run("leave", static it => it.Me.Exit(it.reason, it.wasOpen), (Me: this, reason, wasOpen));
        ns.EndIfEmpty();
        if (_disconnected is { } disconnected)
            Server.Guard.Observe("disconnected", disconnected.CancelAsync());
        if (!wasOpen)
            return;
        Log.Disconnected(Server.Logger, socket.Id, ns.Name, end);
        Server.Observer?.Disconnected(socket, reason);
        Server.Dispatcher.Disconnected(socket.Listeners.Disconnect, socket, reason);
        Server.Dispatcher.Disconnected(life.DisconnectHandlers, socket, reason);
    }

    private void Exit(DisconnectReason reason, bool wasOpen)
    {
        if (socket.Session is { } session)
            session.Exit(reason, wasOpen);
        else
            socket.Namespace.Members.Exit(socket);
    }

    /// <summary>Payload of the CONNECT that confirms a namespace.</summary>
    private sealed record ConnectReply(
        [property: JsonPropertyName("sid")] string Sid,
        [property: JsonPropertyName("pid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pid);

    private static partial class Log
    {
        [LoggerMessage(2031, LogLevel.Debug,
            "Socket {SocketId} of {Namespace} connected from {Address} (recovered: {IsRecovered}).",
            EventName = "SocketConnected")]
        public static partial void Connected(ILogger logger, string socketId, string @namespace, IPAddress? address, bool isRecovered);

        [LoggerMessage(2032, LogLevel.Debug, "Socket {SocketId} of {Namespace} disconnected: {Reason}.", EventName = "SocketDisconnected")]
        public static partial void Disconnected(ILogger logger, string socketId, string @namespace, Disconnection reason);
    }
}
