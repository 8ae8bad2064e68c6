using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Emitters;

/// <summary>
/// One namespace as an emitter sees it: a cluster adapter without sockets that waits until the workers are known. On a member that serves the namespace itself
/// it is that worker's own adapter.
/// </summary>
internal sealed class EmitterAdapter(string server, string name, IPacketParser parser, ClusterState state, IActorRef actor, EmitterGate gate) : IAdapter
{
    private readonly AkkaClusterAdapter _remote = new(new SocketlessHost(name, parser), state, actor, server);

    public event Action<RoomEvent>? RoomChanged
    {
        add => Inner.RoomChanged += value;
        remove => Inner.RoomChanged -= value;
    }

    private AkkaClusterAdapter Inner => state.Adapters.TryGetValue(_remote.Name, out var own) ? own : _remote;

    public ValueTask JoinAsync(string socketId, IReadOnlyList<string> rooms) => Inner.JoinAsync(socketId, rooms);

    public ValueTask LeaveAsync(string socketId, string room) => Inner.LeaveAsync(socketId, room);

    public ValueTask LeaveAllAsync(string socketId) => Inner.LeaveAllAsync(socketId);

    public IReadOnlyList<string> RoomsOf(string socketId) => Inner.RoomsOf(socketId);

    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalRooms() => Inner.LocalRooms();

    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalSockets() => Inner.LocalSockets();

    public ValueTask BroadcastAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default) =>
        Send(adapter => adapter.BroadcastAsync(body, options, ct), body.Size, options, ct);

    public ValueTask SocketsJoinAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default) =>
        Send(adapter => adapter.SocketsJoinAsync(options, rooms, ct), 0, options, ct);

    public ValueTask SocketsLeaveAsync(BroadcastOptions options, IReadOnlyList<string> rooms, CancellationToken ct = default) =>
        Send(adapter => adapter.SocketsLeaveAsync(options, rooms, ct), 0, options, ct);

    public ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close, CancellationToken ct = default) =>
        Send(adapter => adapter.DisconnectSocketsAsync(options, close, ct), 0, options, ct);

    public ValueTask ServerSideEmitAsync(PacketBody body, CancellationToken ct = default) =>
        Send(adapter => adapter.ServerSideEmitAsync(body, ct), body.Size, BroadcastOptions.All, ct);

    public Task<ClusterReply<SocketAnswer>> BroadcastWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct = default) =>
        Ask(adapter => adapter.BroadcastWithAckAsync(body, options, ct), body.Size, options, ct);

    public Task<ClusterReply<SocketDetails>> FetchSocketsAsync(BroadcastOptions options, CancellationToken ct = default) =>
        Ask(adapter => adapter.FetchSocketsAsync(options, ct), 0, options, ct);

    public Task<ClusterReply<SocketAnswer>> StreamAnswersAsync(
        PacketBody body, BroadcastOptions options, Action<SocketAnswer> answered, CancellationToken ct = default) =>
        Ask(adapter => adapter.StreamAnswersAsync(body, options, answered, ct), body.Size, options, ct);

    public Task<ClusterReply<SocketDetails>> StreamSocketsAsync(BroadcastOptions options, Action<SocketDetails> found, CancellationToken ct = default) =>
        Ask(adapter => adapter.StreamSocketsAsync(options, found, ct), 0, options, ct);

    public Task<ClusterReply<WorkerAnswer>> ServerSideEmitWithAckAsync(PacketBody body, TimeSpan? timeout, CancellationToken ct = default) =>
        Ask(adapter => adapter.ServerSideEmitWithAckAsync(body, timeout, ct), body.Size, BroadcastOptions.All, ct);

    public ValueTask<int> ServerCountAsync(CancellationToken ct = default) =>
        new(Ask(adapter => adapter.ServerCountAsync(ct).AsTask(), 0, BroadcastOptions.All, ct));

    /// <summary>Never called: nobody is ever in it.</summary>
    public void Suspend()
    {
    }

    /// <inheritdoc cref="Suspend"/>
    public void Resume()
    {
    }

    /// <summary>Does nothing: emitters end with their actor system.</summary>
    public ValueTask DisposeAsync() => default;

    private ValueTask Send(Func<AkkaClusterAdapter, ValueTask> call, int size, BroadcastOptions options, CancellationToken ct)
    {
        return new ValueTask(Ask(SendAsync, size, options, ct));

        async Task<bool> SendAsync(AkkaClusterAdapter adapter)
        {
            await call(adapter).ConfigureAwait(false);
            return true;
        }
    }

    private Task<T> Ask<T>(Func<AkkaClusterAdapter, Task<T>> call, int size, BroadcastOptions options, CancellationToken ct)
    {
        if (options.IsLocal && Inner == _remote)
            throw new NotSupportedException("An emitter serves no sockets of its own, so nobody is local.");
        return gate.RunAsync(() => call(Inner), size, ct);
    }
}
