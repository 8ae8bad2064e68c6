using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>A namespace as its adapter sees it.</summary>
internal sealed class NamespaceHost(Namespace ns) : IAdapterHost, IRecoveringHost, IGuardingHost
{
    public SessionStore? Sessions => ns.Recovery?.Sessions;

    public Guard Guard => ns.Server.Guard;

    public Task<SessionReply> GiveAsync(string privateId, string? offset) =>
        ns.Recovery?.GiveAsync(privateId, offset) ?? Task.FromResult(new SessionReply(null, ClaimOutcome.Unknown));

    public string Name => ns.Name;

    public IPacketParser Parser => ns.Server.Parser;

    public bool IsConnected(string socketId) => ns.Sockets.ContainsKey(socketId);

    /// <summary>Encoded when the first receiver is found: a worker with nobody in the room pays for the look-up only.</summary>
    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
        EngineMessage? message = null;
        foreach (var id in socketIds)
        {
            if (!ns.Sockets.TryGetValue(id, out var socket))
                continue;
            message ??= ns.Server.Encode(new PacketHeader(PacketType.Event, ns.Name), body);
            socket.Life.Send(message, body, options);
        }
    }

    public IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink)
    {
        var id = ns.NextAckId();
        var asked = new List<Socket>(socketIds.Length);
        foreach (var socketId in socketIds)
        {
            if (ns.Sockets.TryGetValue(socketId, out var socket))
                asked.Add(socket);
        }

        sink.Expect(asked.ConvertAll(socket => socket.Id).ToArray());
        EngineMessage? message = null;
        foreach (var socket in asked)
        {
            message ??= ns.Server.Encode(new PacketHeader(PacketType.Event, ns.Name, id), body);
            if (!TryOwe(socket, id, sink) || !socket.Life.Send(message, body, options))
                GiveUp(socket, id, sink);
        }

        return new SharedAck(id, asked);
    }

    public SocketDetails? Describe(string socketId)
    {
        if (!ns.Sockets.TryGetValue(socketId, out var socket))
            return null;
        return new SocketDetails(socketId, ns.Server.WorkerId, [.. socket.Rooms], socket.HandshakeJson, SocketData.ToJson(socket));
    }

    public void Join(string socketId, IReadOnlyList<string> rooms)
    {
        if (ns.Sockets.TryGetValue(socketId, out var socket))
            ns.Server.Dispatcher.Observe(socket.JoinAsync(rooms), "socketsJoin", ns.Name);
    }

    public void Leave(string socketId, IReadOnlyList<string> rooms)
    {
        if (!ns.Sockets.TryGetValue(socketId, out var socket))
            return;
        foreach (var room in rooms)
            ns.Server.Dispatcher.Observe(socket.LeaveAsync(room), "socketsLeave", ns.Name);
    }

    public void Disconnect(string socketId, bool close)
    {
        if (ns.Sockets.TryGetValue(socketId, out var socket))
            ns.Server.Dispatcher.Observe(socket.DisconnectAsync(close), "disconnectSockets", ns.Name);
    }

    public void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
        var format = ns.Server.ServerSideFormat;
        ns.Server.Dispatcher.Dispatch(new EventContext(ns, format, format.Read(PacketType.Event, body), answer), ns);
    }

    private bool TryOwe(Socket socket, long id, IAckSink sink)
    {
        var isOwed = socket.Acks.TryAdd(id, SharedAck.For(sink, socket.Id));
        if (!isOwed && socket.Connected)
            ns.Server.Metrics.Rejected(Rejections.TooManyAcks);
        return isOwed;
    }

    /// <summary>A client that cannot be asked (volatile and busy, too many answers owed, just left) is not waited for.</summary>
    private static void GiveUp(Socket socket, long id, IAckSink sink)
    {
        socket.Acks.Forget(id);
        sink.Lost(socket.Id);
    }
}
