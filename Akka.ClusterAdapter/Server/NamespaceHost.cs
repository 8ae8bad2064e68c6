using System.Diagnostics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>A namespace as its adapter sees it.</summary>
internal sealed class NamespaceHost(Namespace ns) : IAdapterHost, IRecoveringHost, IGuardingHost, INamespaceKind, IQuietHost
{
    // So many may be written to at once by who sends: more cost him more than handing it over.
    private const int Few = 2;

    public SessionStore? Sessions => ns.Recovery?.Sessions;

    public ISessionSnapshots? Snapshots => ns.Recovery?.Snapshots;

    public Guard Guard => ns.Server.Guard;

    public Task<SessionReply> GiveAsync(string privateId, string? offset) =>
        ns.Recovery?.GiveAsync(privateId, offset) ?? Task.FromResult(new SessionReply(null, ClaimOutcome.Unknown));

    public string Name => ns.Name;

    public string Kind => ns.Kind;

    public bool IsQuiet =>
        ns.Server is { HasOutgoingListeners: false, Observer: null, Metrics.WatchesBroadcasts: false, Parser: JsonPacketParser or MessagePackPacketParser };

    public IPacketParser Parser => ns.Server.Parser;

    public bool IsConnected(string socketId) => ns.Sockets.ContainsKey(socketId);

    /// <summary>Encoded when the first receiver is found: a worker with nobody in the room pays for the look-up only.</summary>
    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
        EngineMessage? message = null;
        var (recipients, encoding) = (0, 0L);
        // Where sessions are kept this is under the store's lock.
        var isForFew = socketIds.Length <= Few && ns.Recovery is null;
        foreach (var id in socketIds)
        {
            if (!ns.Sockets.TryGetValue(id, out var socket))
                continue;
            message ??= Encode(new PacketHeader(PacketType.Event, ns.Name), body, out encoding);
            socket.Life.Send(message, body, options, isForFew);
            recipients++;
        }

        Tell(recipients, encoding, options);
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
        var encoding = 0L;
        foreach (var socket in asked)
        {
            message ??= Encode(new PacketHeader(PacketType.Event, ns.Name, id), body, out encoding);
            if (!TryOwe(socket, id, sink) || !socket.Life.Send(message, body, options))
                GiveUp(socket, id, sink);
        }

        Tell(asked.Count, encoding, options);

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

    private EngineMessage Encode(in PacketHeader header, PacketBody body, out long ticks)
    {
        var start = ns.Server.Metrics.WatchesBroadcasts ? Stopwatch.GetTimestamp() : 0;
        var message = ns.Server.Encode(header, body);
        ticks = start == 0 ? 0 : Stopwatch.GetTimestamp() - start;
        return message;
    }

    /// <summary>Once a broadcast, however many it went to. What a socket is sent for itself goes this way too where it may have to be sent again.</summary>
    private void Tell(int recipients, long encoding, BroadcastOptions options)
    {
        if (Traces.Current is { OperationName: Spans.Publish or Spans.Deliver or Spans.Ask } span)
            span.SetTag("socketio.recipients", recipients);
        if (recipients > 0 && ns.Server.Metrics.WatchesBroadcasts && !IsForOne(options))
            Measure(recipients, encoding);
    }

    // Who listens is the application's code: not under the lock of what may be sent again.
    private void Measure(int recipients, long encoding)
    {
        if (ns.Recovery?.Sessions.TryDefer(() => ns.Server.Metrics.Delivered(ns.Kind, recipients, encoding)) != true)
            ns.Server.Metrics.Delivered(ns.Kind, recipients, encoding);
    }

    private bool IsForOne(BroadcastOptions options) => options is { IsLocal: true, Rooms: [var room] } && ns.Sockets.ContainsKey(room);

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
