using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>A selection of sockets on all workers, built by <see cref="BroadcastTarget.To"/> and its kin. Immutable; may be kept and reused.</summary>
public abstract class BroadcastOperator : BroadcastTarget
{
    private protected BroadcastOperator(IPacketParser parser, BroadcastOptions options)
    {
        Parser = parser;
        Options = options;
    }

    internal BroadcastOptions Options { get; }

    internal override IPacketParser Parser { get; }

    internal override BroadcastOperator Operator => this;

    /// <summary>The same sockets, selected otherwise.</summary>
    internal abstract BroadcastOperator With(BroadcastOptions options);

    internal abstract override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct);

    /// <summary>Sends an event and gathers the clients' answers. Does not throw on time-out.</summary>
    internal abstract Task<ClusterReply<SocketAnswer>> AskClientsAsync(PacketBody body, CancellationToken ct);

    /// <summary>Finds the selected sockets. Does not throw on time-out.</summary>
    internal abstract Task<ClusterReply<RemoteSocket>> FindSocketsAsync(CancellationToken ct);

    /// <summary>As <see cref="AskClientsAsync"/>, but tells of each client as it comes; the reply has no answers.</summary>
    internal abstract Task<ClusterReply<SocketAnswer>> StreamClientsAsync(PacketBody body, Action<SocketAnswer> answered, CancellationToken ct);

    /// <summary>As <see cref="FindSocketsAsync"/>, but tells of each socket as it comes; the reply has no answers.</summary>
    internal abstract Task<ClusterReply<SocketDetails>> StreamFoundAsync(Action<RemoteSocket> found, CancellationToken ct);

    internal abstract ValueTask JoinRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct);

    internal abstract ValueTask LeaveRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct);

    internal abstract ValueTask DisconnectAsync(bool close, CancellationToken ct);
}
