using System.Net;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>From the admission to the last event.</content>
public sealed partial class Socket
{
    // A client that waits for the answer to its CONNECT and nothing else must not find an event in the same read (docs/decisions/0007).
    private static readonly TimeSpan ConnectGap = TimeSpan.FromMilliseconds(20);

    private readonly Queue<Packet> _held = new(0);
    private volatile SocketState _state = SocketState.Connecting;
    private volatile bool _announced;
    private List<(EngineMessage Message, BroadcastOptions Options)>? _early;
    private DisconnectReason? _leaving;
    private readonly TaskCompletionSource? _left;

    /// <summary>
    /// True when its client missed too much at the last moment although its session was there. The socket is over before anybody saw it: the middlewares, which were
    /// left out for the session's sake, decide about another one.
    /// </summary>
    internal bool HasLostClaim { get; private set; }

    /// <summary>
    /// Admits the socket on the calling thread. Until the connection handlers were started, incoming events and a disconnect wait, so that no handler is missed
    /// and <c>disconnect</c> never comes before <c>connection</c>.
    /// </summary>
    internal void Open()
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
            if (HasLostClaim)
            {
                EndUnseen();
                return;
            }

            Announce(missed);
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

        Log.Connected(Namespace.Server.Logger, Id, Namespace.Name, Connection.Request.RemoteAddress, Recovered);
        Namespace.RaiseConnection(this);
        Release();
    }

    /// <summary>Ends the socket once; handlers run before and after its rooms are left. The packet, if any, is the caller's business.</summary>
    internal void Leave(DisconnectReason reason)
    {
        SocketState before;
        lock (_gate)
        {
            before = _state;
            if (before == SocketState.Closed)
                return;
            if (before == SocketState.Opening)
            {
                _leaving ??= reason;
                return;
            }

            if (before == SocketState.Connecting)
                _state = SocketState.Closed;
        }

        Finish(reason, wasOpen: before == SocketState.Connected);
    }

    /// <summary>Sends an encoded packet to this client.</summary>
    internal bool Send(EngineMessage message, PacketBody body, BroadcastOptions options)
    {
        if (options.Offset is { } offset)
            _lastOffset = offset;
        if (_state == SocketState.Closed || _leaving is not null)
            return false;
        NotifyOutgoing(body);
        if (!_announced && _state == SocketState.Opening)
        {
            lock (_gate)
            {
                if (!_announced)
                {
                    (_early ??= []).Add((message, options));
                    return true;
                }
            }
        }

        return _client.Engine.TrySend(message, options.IsVolatile, options.Compress);
    }

    internal void Receive(Packet packet)
    {
        lock (_gate)
        {
            if (_state == SocketState.Closed)
                return;
            if (_state == SocketState.Opening)
            {
                _held.Enqueue(packet);
                return;
            }
        }

        Dispatch(packet);
    }

    /// <summary>Its client is back on another connection: this one ends. The task completes when its session can be claimed, which is later where another thread is ending it already.</summary>
    internal Task GiveWayAsync()
    {
        _client.GiveWay();
        return _left?.Task ?? Task.CompletedTask;
    }

    /// <summary>Enters the namespace; a recovered socket in the same step in which it is decided what it missed.</summary>
    private IReadOnlyList<MissedPacket> Enter()
    {
        IReadOnlyList<MissedPacket>? missed = null;
        if (_claim is { } claim)
        {
            Namespace.Sessions!.Enter(claim, found =>
            {
                missed = found;
                HasLostClaim = found is null && Namespace.Sessions.Options.SkipMiddlewares;
                if (HasLostClaim)
                    return;
                if (found is null)
                    BeginAnew();
                else
                    _lastOffset = found.Count > 0 ? found[^1].Offset : claim.Offset;
                Namespace.Enter(this, found is null ? [Id] : claim.Session.Rooms);
            });
            Namespace.Server.Metrics.Recovered(missed is not null);
        }
        else
        {
            Namespace.Enter(this, [Id]);
        }

        return missed ?? [];
    }

    /// <summary>It has entered nothing, and nobody knows of it.</summary>
    private void EndUnseen()
    {
        lock (_gate)
        {
            _held.Clear();
            _claim = null;
            _leaveStarted = true;
            _state = SocketState.Closed;
        }

        Namespace.Release(this);
        _client.Remove(this);
        _left?.TrySetResult();
    }

    /// <summary>A new secret tells the client that it was not recovered.</summary>
    private void BeginAnew()
    {
        _claim = null;
        Namespace.Release(this);
        PrivateId = NewId();
        Data = null;
        _lastOffset = null;
    }

    /// <summary>What was missed, then CONNECT, then what was broadcast since the socket entered the namespace.</summary>
    private void Announce(IReadOnlyList<MissedPacket> missed)
    {
        var body = EventBody.Answer(Parser, new ConnectReply(Id, PrivateId));
        var connect = Namespace.Server.Encode(new PacketHeader(PacketType.Connect, Namespace.Name), body);
        var events = missed.Select(packet => Namespace.Server.Encode(new PacketHeader(PacketType.Event, Namespace.Name), packet.Body)).ToArray();
        // Before its client knows: that one may let others connect at once.
        _client.Joined();
        lock (_gate)
        {
            foreach (var message in events)
                _client.Engine.TrySend(message);
            _client.Engine.TrySendAlone(connect, ConnectGap);
            foreach (var (message, options) in _early ?? [])
                _client.Engine.TrySend(message, options.IsVolatile, options.Compress);
            _early = null;
            _announced = true;
        }
    }

    private void Release()
    {
        while (true)
        {
            Packet? packet;
            DisconnectReason? leaving;
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
                if (leaving is { } reason)
                    Finish(reason, wasOpen: true);
                return;
            }

            Dispatch(packet);
        }
    }

    private void Finish(DisconnectReason reason, bool wasOpen)
    {
        lock (_gate)
        {
            if (_leaveStarted)
                return;
            _leaveStarted = true;
        }

        if (wasOpen)
            Run(_disconnecting, reason);
        lock (_gate)
            _state = SocketState.Closed;
        _client.Remove(this);
        Namespace.Server.Guard.Run("leave", static it => it.Me.Exit(it.reason, it.wasOpen), (Me: this, reason, wasOpen));
        Namespace.RemoveIfEmpty();
        _acks?.Close();
        if (_disconnected is { } disconnected)
            Namespace.Server.Guard.Observe("disconnected", disconnected.CancelAsync());
        if (!wasOpen)
            return;
        Log.Disconnected(Namespace.Server.Logger, Id, Namespace.Name, reason.ToText());
        Run(_disconnect, reason);
    }

    private void Exit(DisconnectReason reason, bool wasOpen)
    {
        if (PrivateId is null)
            Namespace.Exit(this);
        else
            ExitAndSave(reason, wasOpen);
    }

    /// <summary>One step for everybody who records, claims or enters: whoever finds the session finds no trace of this socket any more, which has the same id as the next.</summary>
    private void ExitAndSave(DisconnectReason reason, bool wasOpen)
    {
        var mayComeBack = reason is DisconnectReason.TransportClose or DisconnectReason.TransportError or DisconnectReason.PingTimeout
            or DisconnectReason.ForcedClose or DisconnectReason.ForcedServerClose or DisconnectReason.ServerShuttingDown;
        var dataBytes = mayComeBack && wasOpen ? SocketData.BytesOf(this) : 0;
        try
        {
            Namespace.Sessions!.Leave(() =>
            {
                var claim = mayComeBack && !wasOpen ? _claim : null;
                var session = mayComeBack && wasOpen ? new SavedSession(Id, PrivateId!, [.. Rooms], Data, _lastOffset) { DataBytes = dataBytes } : claim?.Session;
                Namespace.Exit(this);
                return (session, claim?.LeftAt);
            });
        }
        finally
        {
            _left?.TrySetResult();
        }
    }

    private void Run(List<Func<DisconnectReason, ValueTask>>? handlers, DisconnectReason reason)
    {
        foreach (var handler in handlers ?? [])
            Namespace.Server.Start(static (h, r) => h(r), handler, reason, Namespace.Name, HandlerKind.Disconnect, "disconnect");
    }

    /// <summary>Payload of the CONNECT that confirms a namespace.</summary>
    private sealed record ConnectReply(
        [property: JsonPropertyName("sid")] string Sid,
        [property: JsonPropertyName("pid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pid);

    internal static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A handler of \"{Event}\" in {Namespace} threw.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string @event, string @namespace);

        [LoggerMessage(2, LogLevel.Warning, "Event \"{Event}\" in {Namespace} was dropped: its arguments do not fit the handler. {Reason}")]
        public static partial void DoesNotFit(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(3, LogLevel.Debug, "Socket {SocketId} of {Namespace} connected from {Address} (recovered: {IsRecovered}).")]
        public static partial void Connected(ILogger logger, string socketId, string @namespace, IPAddress? address, bool isRecovered);

        [LoggerMessage(4, LogLevel.Debug, "Socket {SocketId} of {Namespace} disconnected: {Reason}.")]
        public static partial void Disconnected(ILogger logger, string socketId, string @namespace, string reason);

        [LoggerMessage(5, LogLevel.Debug, "Event \"{Event}\" of socket {SocketId} in {Namespace} is handled by nobody.")]
        public static partial void HandledByNobody(ILogger logger, string @event, string socketId, string @namespace);
    }
}
