using System.Collections.Concurrent;
using System.Text.Json;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace TestKitExample;

/// <summary>What a client would have received.</summary>
public sealed record Received(string SocketId, string Event, string? Argument);

/// <summary>
/// Stands for a namespace of a server, without a server. Its clients are names. What they receive is told to an actor, such as a test probe,
/// and they acknowledge every event with their name.
/// </summary>
public sealed class FakeNamespace(string name, IActorRef observer) : IAdapterHost
{
    private readonly ConcurrentDictionary<string, bool> _connected = new();

    public string Name => name;

    public IPacketParser Parser { get; } = new JsonPacketParser();

    /// <summary>The adapter made for this namespace; set it before a client connects.</summary>
    public IAdapter Adapter { get; set; } = null!;

    /// <summary>A client connects and joins rooms; like a real one it is also in the room of its own id.</summary>
    public async Task ConnectAsync(string socketId, params string[] rooms)
    {
        _connected[socketId] = true;
        await Adapter.JoinAsync(socketId, [socketId, .. rooms]);
    }

    public bool IsConnected(string socketId) => _connected.ContainsKey(socketId);

    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
        var packet = Parser.Read(PacketType.Event, body);
        foreach (var id in socketIds)
        {
            if (IsConnected(id))
                observer.Tell(new Received(id, packet.EventName, packet.Count > 0 ? packet.Get<string>(0) : null), ActorRefs.NoSender);
        }
    }

    public IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink)
    {
        var asked = socketIds.ToArray().Where(IsConnected).ToArray();
        sink.Expect(asked);
        Deliver(asked, body, options);
        foreach (var id in asked)
            sink.Answered(id, Answer(id));
        return new Nothing();
    }

    public SocketDetails? Describe(string socketId) => IsConnected(socketId)
        ? new SocketDetails(
            socketId, "", [.. Adapter.RoomsOf(socketId)],
            JsonSerializer.SerializeToUtf8Bytes(new { }), JsonSerializer.SerializeToUtf8Bytes(new { name = socketId }))
        : null;

    public void Join(string socketId, IReadOnlyList<string> rooms) => _ = Adapter.JoinAsync(socketId, rooms).AsTask();

    public void Leave(string socketId, IReadOnlyList<string> rooms)
    {
        foreach (var room in rooms)
            _ = Adapter.LeaveAsync(socketId, room).AsTask();
    }

    public void Disconnect(string socketId, bool close)
    {
        _connected.TryRemove(socketId, out _);
        _ = Adapter.LeaveAllAsync(socketId).AsTask();
    }

    /// <summary>This namespace handles no events of other workers: it answers with nothing.</summary>
    public void RaiseServerSide(PacketBody body, Action<PacketBody>? answer) => answer?.Invoke(Parser.CreateBody().Complete());

    private PacketBody Answer(string value)
    {
        var body = Parser.CreateBody();
        body.Write(value);
        return body.Complete();
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
