using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators;

/// <summary>A selection of the sockets of one namespace.</summary>
/// <param name="adapter">The namespace's adapter.</param>
/// <param name="parser">The server's parser.</param>
/// <param name="options">The selection.</param>
internal sealed class NamespaceOperator(IAdapter adapter, IPacketParser parser, BroadcastOptions options) : BroadcastOperator(parser, options)
{
    public IAdapter Adapter => adapter;

    internal override NamespaceOperator With(BroadcastOptions options) => new(adapter, Parser, options);

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => adapter.BroadcastAsync(body, Options, ct);

    internal override Task<ClusterReply<SocketAnswer>> AskClientsAsync(PacketBody body, CancellationToken ct) =>
        adapter.BroadcastWithAckAsync(body, Options, ct);

    internal override async Task<ClusterReply<RemoteSocket>> FindSocketsAsync(CancellationToken ct)
    {
        var reply = await adapter.FetchSocketsAsync(Options, ct).ConfigureAwait(false);
        return reply.Select(details => new RemoteSocket(details, adapter, Parser));
    }

    internal override Task<ClusterReply<SocketAnswer>> StreamClientsAsync(PacketBody body, Action<SocketAnswer> answered, CancellationToken ct) =>
        adapter.StreamAnswersAsync(body, Options, answered, ct);

    internal override Task<ClusterReply<SocketDetails>> StreamFoundAsync(Action<RemoteSocket> found, CancellationToken ct) =>
        adapter.StreamSocketsAsync(Options, details => found(new RemoteSocket(details, adapter, Parser)), ct);

    internal override ValueTask JoinRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) => adapter.SocketsJoinAsync(Options, rooms, ct);

    internal override ValueTask LeaveRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) => adapter.SocketsLeaveAsync(Options, rooms, ct);

    internal override ValueTask DisconnectAsync(bool close, CancellationToken ct) => adapter.DisconnectSocketsAsync(Options, close, ct);
}
