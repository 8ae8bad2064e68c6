using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>One connection and the sockets it carries: at most one per namespace.</summary>
internal sealed partial class Client
{
    private readonly SocketIOServer _server;
    private readonly IPacketDecoder _decoder;
    private readonly Lock _gate = new();
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
            RememberLeft(each.Namespace.Name);
            Engine.TrySend(_server.Encode(new PacketHeader(PacketType.Disconnect, each.Namespace.Name), null));
            each.Leave(DisconnectReason.ServerNamespaceDisconnect);
        }

        if (close)
            Engine.Close();
    }

    /// <summary>Its client is back on another connection.</summary>
    public void GiveWay() => CloseFor(DisconnectReason.TransportClose);

    private void AwaitAttachments()
    {
        _attachmentsDue ??= new PacketDeadline(_server.Time, _server.Options.MessageTimeout, () => Violation("attachments did not come in time", Rejections.SlowPacket));
        _attachmentsDue.Begin();
    }

    private void Handle(Packet packet)
    {
        if (IsStopping && packet.Header.Type is PacketType.Connect or PacketType.Event)
        {
            _server.Metrics.Rejected(Rejections.Stopping);
            return;
        }

        if (packet.Header.Type == PacketType.Connect)
        {
            Connect(packet);
            return;
        }

        if (Find(packet.Header.Namespace, out var isLeft) is not { } socket)
        {
            if (!isLeft)
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

    private void Violation(string what, string reason = Rejections.Violation)
    {
        _server.Metrics.Rejected(reason);
        Log.Violation(_server.Logger, what);
        CloseFor(DisconnectReason.ForcedServerClose);
    }

    /// <summary>Sockets are told; their reason becomes "forced close" when the connection is really gone.</summary>
    private void CannotDecode(ProtocolException e)
    {
        _server.Metrics.Rejected(e.Reason);
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A connection was closed: {What}.")]
        public static partial void Violation(ILogger logger, string what);

        [LoggerMessage(2, LogLevel.Debug, "A connection was closed after a packet that cannot be decoded: {Reason}.")]
        public static partial void CannotDecode(ILogger logger, string reason);
    }
}
