using System.Collections.Concurrent;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace TestKitExample;

/// <summary>What a client would have received.</summary>
public sealed record Received(string SocketId, string Event, string Argument);

/// <summary>
/// Stands for a namespace of a server, without a server: its clients are names, and what they receive is told to an actor, such as a test probe.
/// Implements only what broadcasts need; a test that asks for acknowledgements would implement the rest likewise.
/// </summary>
public sealed class FakeNamespace(string name, IActorRef observer) : IAdapterHost
{
    private readonly ConcurrentDictionary<string, bool> _connected = new();

    public string Name => name;

    public IPacketParser Parser { get; } = new JsonPacketParser();

    /// <summary>A client connects and joins rooms; like a real one it is also in the room of its own id.</summary>
    public async Task ConnectAsync(IAdapter adapter, string socketId, params string[] rooms)
    {
        _connected[socketId] = true;
        await adapter.JoinAsync(socketId, [socketId, .. rooms]);
    }

    public bool IsConnected(string socketId) => _connected.ContainsKey(socketId);

    public void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options)
    {
        var packet = Parser.Read(PacketType.Event, body);
        foreach (var id in socketIds)
            observer.Tell(new Received(id, packet.EventName, packet.Get<string>(0)!), ActorRefs.NoSender);
    }

    public IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink) => throw new NotSupportedException();

    public SocketDetails? Describe(string socketId) => null;

    public void Join(string socketId, IReadOnlyList<string> rooms) => throw new NotSupportedException();

    public void Leave(string socketId, IReadOnlyList<string> rooms) => throw new NotSupportedException();

    public void Disconnect(string socketId, bool close) => throw new NotSupportedException();

    public void RaiseServerSide(PacketBody body, Action<PacketBody>? answer) => throw new NotSupportedException();
}
