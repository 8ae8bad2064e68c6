using System.Net;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>One connection and the sockets it carries: at most one per namespace.</summary>
internal sealed partial class Client
{
    private readonly SocketIOServer _server;
    private readonly IPacketDecoder _decoder;
    private readonly ClientConnects _connects;
    private Deadline? _connectDue;
    private Deadline? _attachmentsDue;
    private IncompleteMessage? _incomplete;
    private string? _undecodable;

    public Client(SocketIOServer server, EngineSocket engine)
    {
        _server = server;
        Engine = engine;
        Namespaces = new(server.Options.MaxNamespacesPerConnection);
        Running = new(server, this);
        _connects = new(server, this);
        _decoder = server.Parser.CreateDecoder(server.DecoderLimits);
        _connectDue = server.Engine.Deadlines.Create(
            "connect-timeout", static client => client._server.Guard.Queue("connect-timeout", static client => client.ConnectTimedOut(), client), this);
        _connectDue.Set(server.Options.ConnectTimeout);
    }

    public EngineSocket Engine { get; }

    public ClientNamespaces Namespaces { get; }

    /// <summary>What the application sees of it; made when it is asked for.</summary>
    public ClientConnection Connection => field ?? Interlocked.CompareExchange(ref field, new(this), null) ?? field;

    /// <summary>Its handlers that run.</summary>
    public ClientHandlers Running { get; }

    /// <summary>True while a packet waits for its attachments.</summary>
    public bool IsPending => _decoder.IsPending;

    /// <summary>One Engine.IO message; they come one after the other.</summary>
    public void Message(ReadOnlyMemory<byte> message, bool isBinary)
    {
        if (Namespaces.IsClosed)
            return;
        try
        {
            if (_decoder.Add(message, isBinary) is not { } packet)
            {
                AwaitAttachments(message.Length);
                return;
            }

            _attachmentsDue?.Clear();
            EndIncomplete();
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
        End();
        foreach (var socket in Namespaces.Sockets)
            socket.Life.Leave(reason, _undecodable ?? Engine.CloseDetail);
    }

    /// <summary>A namespace was joined: the connection may stay.</summary>
    public void Joined()
    {
        if (Interlocked.Exchange(ref _connectDue, null) is not { } due)
            return;
        due.End();
        Engine.Settle();
    }

    /// <summary>Leaves one namespace, or all of them and closes the connection.</summary>
    public void Disconnect(Socket? socket, bool close, DisconnectReason reason = DisconnectReason.ServerNamespaceDisconnect)
    {
        foreach (var each in close || socket is null ? Namespaces.Sockets : [socket])
        {
            if (!each.Connected)
                continue;
            Namespaces.Lose(each);
            Engine.TrySend(_server.Encode(new PacketHeader(PacketType.Disconnect, each.Namespace.Name), null));
            each.Life.Leave(reason);
        }

        if (close)
            Engine.Close();
    }

    /// <summary>A socket has left.</summary>
    public void Remove(Socket socket) => Namespaces.Remove(socket);

    /// <summary>Its client is back on another connection.</summary>
    public void GiveWay() => CloseFor(DisconnectReason.TransportClose, "its client is back on another connection");

    private void AwaitAttachments(int bytes)
    {
        var incomplete = _incomplete ??= Engine.BeginIncomplete();
        incomplete.Set(incomplete.Bytes + bytes);
        _attachmentsDue ??= _server.Engine.Deadlines.Create(
            "attachments", static client => client._server.Guard.Queue(
                "attachments", static it => it.Client.TimedOut(it.Incomplete), (Client: client, Incomplete: client._incomplete)), this);
        _attachmentsDue.Begin(_server.Options.MessageTimeout);

        // The end may have come in between, and nobody would take them out again.
        if (!Namespaces.IsClosed)
            return;
        EndIncomplete();
        _attachmentsDue.End();
    }

    private void Handle(Packet packet)
    {
        if (Running.IsStopping && packet.Header.Type is PacketType.Connect or PacketType.Event)
        {
            _server.Metrics.Rejected(Rejections.Stopping);
            return;
        }

        if (packet.Header.Type == PacketType.Connect)
        {
            _connects.Connect(packet);
            return;
        }

        if (packet.Header.Type == PacketType.ConnectError)
            Violation("packet that only a server sends");
        else if (packet.Header.Type == PacketType.Disconnect && Namespaces.TryLeave(packet.Header.Namespace, out var left))
            left?.Life.Leave(DisconnectReason.ClientNamespaceDisconnect);
        else if (Namespaces.Find(packet.Header.Namespace, out var standing) is { } socket)
            Handle(socket, packet);
        else if (standing == NamespaceStanding.Deciding)
            Violation("packet for a namespace whose middlewares are still deciding");
        else if (standing == NamespaceStanding.Unknown)
            Violation("packet for a namespace that is not joined");
    }

    private void Handle(Socket socket, Packet packet)
    {
        if (packet.Refusal is { } refusal)
        {
            _server.Metrics.Rejected(refusal.Reason);
            Log.Dropped(_server.Logger, packet.Header.Type, packet.Arguments.EventName, socket.Id, socket.Namespace.Name, refusal.Message);
        }
        else if (packet.Header.Type == PacketType.Event)
        {
            socket.Receive(packet);
        }
        else if (packet.Header is { Type: PacketType.Ack, Id: { } id })
        {
            socket.Acks.Complete(id, packet.Arguments.Body);
        }
    }

    private void Violation(string what, string reason = Rejections.Violation)
    {
        _server.Metrics.Rejected(reason);
        Log.Violation(_server.Logger, Engine.Request.RemoteAddress, what);
        CloseFor(DisconnectReason.ForcedServerClose, what);
    }

    /// <summary>Sockets are told; their reason becomes "forced close" when the connection is really gone.</summary>
    private void CannotDecode(ProtocolException e)
    {
        _server.Metrics.Rejected(e.Reason);
        Log.CannotDecode(_server.Logger, Engine.Request.RemoteAddress, e.Message);
        _undecodable = e.Message;
        foreach (var socket in Namespaces.Sockets)
            socket.RaiseError(e);
        End();
        Engine.Close();
    }

    // Both on the thread pool: handlers may run, so that it is nothing for the timer that all connections share. It may have been joined meanwhile.
    private void ConnectTimedOut()
    {
        if (Interlocked.Exchange(ref _connectDue, null) is not null)
            Violation("no namespace joined in time", Rejections.ConnectTimeout);
    }

    private void TimedOut(IncompleteMessage? message)
    {
        // Its last attachment may have come meanwhile, and another packet may have begun.
        if (message is not null && message == Volatile.Read(ref _incomplete))
            Violation("attachments did not come in time", Rejections.SlowPacket);
    }

    /// <summary>Ends its sockets for a reason, then the connection.</summary>
    public void CloseFor(DisconnectReason reason, string? description = null)
    {
        End();
        foreach (var socket in Namespaces.Sockets)
            socket.Life.Leave(reason, description);
        Engine.Close();
    }

    private void StopTimers()
    {
        // Ended is not joined: its place is not one that it keeps.
        Interlocked.Exchange(ref _connectDue, null)?.End();
        _attachmentsDue?.End();
    }

    private void EndIncomplete() => Interlocked.Exchange(ref _incomplete, null)?.End();

    /// <summary>Nothing can be joined any more, and nothing is waited for.</summary>
    private void End()
    {
        // First of all: who begins to wait for attachments meanwhile looks at it afterwards.
        Namespaces.Close();
        StopTimers();
        EndIncomplete();
    }

    private static partial class Log
    {
        [LoggerMessage(2021, LogLevel.Debug, "A connection from {Address} was closed: {What}.", EventName = "ProtocolViolation")]
        public static partial void Violation(ILogger logger, IPAddress? address, string what);

        [LoggerMessage(2022, LogLevel.Debug,
            "A connection from {Address} was closed after a packet that cannot be decoded: {Reason}.",
            EventName = "PacketUndecodable")]
        public static partial void CannotDecode(ILogger logger, IPAddress? address, string reason);

        [LoggerMessage(2023, LogLevel.Warning,
            "A packet ({Type} \"{Event}\") of socket {SocketId} in {Namespace} was dropped: {Reason}.",
            EventName = "PacketDropped")]
        public static partial void Dropped(ILogger logger, PacketType type, string @event, string socketId, string @namespace, string reason);
    }
}
