using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>One connection and the sockets it carries: at most one per namespace.</summary>
internal sealed partial class Client
{
    private static readonly JsonElement NoAuth = JsonDocument.Parse("{}").RootElement;

    private readonly SocketIOServer _server;
    private readonly IPacketDecoder _decoder;
    private readonly Lock _gate = new();
    private readonly List<Member> _members = new(1);
    private ITimer? _connectTimeout;
    private PacketDeadline? _attachmentsDue;
    private bool _closed;

    public Client(SocketIOServer server, EngineSocket engine)
    {
        _server = server;
        Engine = engine;
        _decoder = server.Parser.CreateDecoder(server.DecoderLimits);
        server.CountUnconnected(1);
        _connectTimeout = server.Time.CreateTimer(static c => ((Client)c!).ConnectTimedOut(), this, server.Options.ConnectTimeout, System.Threading.Timeout.InfiniteTimeSpan);
    }

    public EngineSocket Engine { get; }

    /// <summary>True while a packet waits for its attachments.</summary>
    public bool IsPending => _decoder.IsPending;

    /// <summary>One Engine.IO message; they come one after the other.</summary>
    public void Message(ReadOnlyMemory<byte> message, bool isBinary)
    {
        if (_closed)
            return;
        try
        {
            if (_decoder.Add(message, isBinary) is not { } packet)
            {
                AwaitAttachments();
                return;
            }

            _attachmentsDue?.End();
            Handle(packet);
        }
        catch (ProtocolException e)
        {
            CannotDecode(e);
        }
    }

    /// <summary>The connection ended.</summary>
    public void Closed(DisconnectReason reason)
    {
        foreach (var socket in End())
            socket.Leave(reason);
    }

    /// <summary>A namespace was joined: the connection may stay.</summary>
    public void Joined()
    {
        if (Interlocked.Exchange(ref _connectTimeout, null) is not { } timeout)
            return;
        timeout.Dispose();
        _server.CountUnconnected(-1);
    }

    public void Remove(Socket socket)
    {
        lock (_gate)
            _members.RemoveAll(member => member.Namespace == socket.Namespace.Name);
    }

    /// <summary>Leaves one namespace, or all of them and closes the connection.</summary>
    public void Disconnect(Socket socket, bool close)
    {
        Socket[] leaving;
        lock (_gate)
            leaving = close ? [.. _members.Select(m => m.Socket).OfType<Socket>()] : [socket];
        foreach (var each in leaving)
        {
            if (!each.Connected)
                continue;
            Engine.TrySend(_server.Encode(new PacketHeader(PacketType.Disconnect, each.Namespace.Name), null));
            each.Leave(DisconnectReason.ServerNamespaceDisconnect);
        }

        if (close)
            Engine.Close();
    }

    /// <summary>Its client is back on another connection.</summary>
    public void GiveWay() => CloseFor(DisconnectReason.TransportClose);

    /// <summary>The server stops: what is queued still reaches the client.</summary>
    public void LetGo() => CloseFor(DisconnectReason.ServerShuttingDown);

    private void AwaitAttachments()
    {
        _attachmentsDue ??= new PacketDeadline(_server.Time, _server.Options.MessageTimeout, () => Violation("attachments did not come in time", Rejections.SlowPacket));
        _attachmentsDue.Begin();
    }

    private void Handle(Packet packet)
    {
        if (packet.Header.Type == PacketType.Connect)
        {
            Connect(packet);
            return;
        }

        if (Find(packet.Header.Namespace) is not { } socket)
        {
            Violation("packet for a namespace that is not joined");
            return;
        }

        switch (packet.Header.Type)
        {
            case PacketType.Event:
                socket.Receive(packet);
                break;
            case PacketType.Ack:
                if (packet.Header.Id is { } id)
                    socket.Acks.Complete(id, packet.Arguments.Body);
                break;
            case PacketType.Disconnect:
                socket.Leave(DisconnectReason.ClientNamespaceDisconnect);
                break;
            default:
                Violation("packet that only a server sends");
                break;
        }
    }

    private void Connect(Packet packet)
    {
        var name = packet.Header.Namespace;
        var full = false;
        lock (_gate)
        {
            if (_closed)
                return;
            full = _members.Count >= _server.Options.MaxNamespacesPerConnection;
            if (_members.Exists(member => member.Namespace == name))
                name = null;
            else if (!full)
                _members.Add(new Member(name));
        }

        if (name is null)
            Violation("second connect to one namespace");
        else if (full)
            Refuse(packet.Header.Namespace, new ConnectError("Too many namespaces"), Rejections.TooManyNamespaces);
        else
            _server.Observe(ConnectAsync(name, packet.Arguments), "connect");
    }

    /// <summary>Runs on the connection's own thread as long as nothing waits; a middleware may take its time.</summary>
    private async ValueTask ConnectAsync(string name, PacketArguments arguments)
    {
        var handshake = SocketIOServer.HandshakeOf(Engine.Request, arguments.Count > 0 ? arguments.Get<JsonElement>(0) : NoAuth);
        var ns = _server.Find(name) ?? await _server.FindDynamicAsync(name, handshake).ConfigureAwait(false);
        if (ns is null)
        {
            Forget(name);
            Refuse(name, new ConnectError("Invalid namespace"), Rejections.InvalidNamespace);
            return;
        }

        var claim = await ns.ClaimAsync(handshake.Auth).ConfigureAwait(false);
        var socket = new Socket(ns, this, handshake, claim);
        if (claim is not null)
            ns.Hold(socket);
        ConnectError? refusal;
        try
        {
            refusal = await ns.AdmitAsync(socket, () => TryOpen(name, socket)).ConfigureAwait(false);
        }
        finally
        {
            ns.ReleaseReservation();
        }

        if (refusal is null)
            return;
        Forget(name);
        socket.Leave(DisconnectReason.ServerNamespaceDisconnect);
        Refuse(name, refusal, Rejections.Middleware);
    }

    /// <summary>The middlewares let it in: from here on the connection's end reaches the socket.</summary>
    private void TryOpen(string name, Socket socket)
    {
        bool open;
        lock (_gate)
        {
            open = !_closed;
            if (open)
                _members[_members.FindIndex(member => member.Namespace == name)] = new Member(name, socket);
        }

        if (open)
            socket.Open();
        else
            socket.Leave(DisconnectReason.TransportClose);
    }

    private void Refuse(string name, ConnectError error, string reason)
    {
        _server.Metrics.Rejected(reason);
        Engine.TrySend(_server.Encode(new PacketHeader(PacketType.ConnectError, name), EventBody.Answer(_server.Parser, error)));
    }

    private void Forget(string name)
    {
        lock (_gate)
            _members.RemoveAll(member => member.Namespace == name);
    }

    private Socket? Find(string name)
    {
        lock (_gate)
        {
            foreach (var member in _members)
            {
                if (member.Namespace == name)
                    return member.Socket;
            }
        }

        return null;
    }

    private void Violation(string what, string reason = Rejections.Violation)
    {
        _server.Metrics.Rejected(reason);
        Log.Violation(_server.Logger, what);
        CloseFor(DisconnectReason.ForcedServerClose);
    }

    /// <summary>Sockets are told; their reason becomes "forced close" when the connection is really gone.</summary>
    private void CannotDecode(ProtocolException e)
    {
        _server.Metrics.Rejected(Rejections.Undecodable);
        Log.CannotDecode(_server.Logger, e.Message);
        Socket[] sockets;
        lock (_gate)
            sockets = [.. _members.Select(m => m.Socket).OfType<Socket>()];
        foreach (var socket in sockets)
            socket.RaiseError(e);
        StopTimers();
        _closed = true;
        Engine.Close();
    }

    private void ConnectTimedOut() => Violation("no namespace joined in time", Rejections.ConnectTimeout);

    private void CloseFor(DisconnectReason reason)
    {
        foreach (var socket in End())
            socket.Leave(reason);
        Engine.Close();
    }

    private void StopTimers()
    {
        Joined();
        _attachmentsDue?.Dispose();
    }

    private Socket[] End()
    {
        StopTimers();
        lock (_gate)
        {
            _closed = true;
            return [.. _members.Select(m => m.Socket).OfType<Socket>()];
        }
    }

    /// <summary>A namespace of this connection; without socket while middlewares are deciding.</summary>
    private readonly record struct Member(string Namespace, Socket? Socket = null);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A connection was closed: {What}.")]
        public static partial void Violation(ILogger logger, string what);

        [LoggerMessage(2, LogLevel.Debug, "A connection was closed after a packet that cannot be decoded: {Reason}.")]
        public static partial void CannotDecode(ILogger logger, string reason);
    }
}

/// <summary>Payload of a CONNECT_ERROR.</summary>
internal sealed record ConnectError(
    [property: System.Text.Json.Serialization.JsonPropertyName("message")] string Message,
    [property: System.Text.Json.Serialization.JsonPropertyName("data"), System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] object? Data = null);
