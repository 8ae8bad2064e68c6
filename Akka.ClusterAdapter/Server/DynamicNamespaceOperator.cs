using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A selection of the sockets of all namespaces made from one pattern or predicate: what is asked is asked of each that exists on this worker.
/// </summary>
internal sealed class DynamicNamespaceOperator(DynamicNamespace parent, IPacketParser parser, BroadcastOptions options) : BroadcastOperator(parser, options)
{
    internal override BroadcastOperator With(BroadcastOptions options) => new DynamicNamespaceOperator(parent, Parser, options);

    /// <summary>The same bytes to every child, or to none: the longest name decides whether they cross.</summary>
    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct)
    {
        ThrowIfTooLarge(body);
        return EachAsync(child => child.EmitBodyAsync(body, ct));
    }

    internal override Task<ClusterReply<SocketAnswer>> AskClientsAsync(PacketBody body, CancellationToken ct)
    {
        ThrowIfTooLarge(body);
        return GatherAsync(child => child.AskClientsAsync(body, ct));
    }

    internal override Task<ClusterReply<RemoteSocket>> FindSocketsAsync(CancellationToken ct) => GatherAsync(child => child.FindSocketsAsync(ct));

    internal override ValueTask JoinRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) => EachAsync(child => child.JoinRoomsAsync(rooms, ct));

    internal override ValueTask LeaveRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) => EachAsync(child => child.LeaveRoomsAsync(rooms, ct));

    internal override ValueTask DisconnectAsync(bool close, CancellationToken ct) => EachAsync(child => child.DisconnectAsync(close, ct));

    private void ThrowIfTooLarge(PacketBody body)
    {
        foreach (var child in parent.Children)
            (child.Adapter as IBoundedAdapter)?.ThrowIfTooLarge(body, Options);
    }

    private async ValueTask EachAsync(Func<BroadcastOperator, ValueTask> call)
    {
        foreach (var child in parent.Children)
            await call(child.Operator.With(Options)).ConfigureAwait(false);
    }

    private async Task<ClusterReply<T>> GatherAsync<T>(Func<BroadcastOperator, Task<ClusterReply<T>>> ask) =>
        ClusterReply<T>.Merge(await Task.WhenAll(parent.Children.Select(child => ask(child.Operator.With(Options)))).ConfigureAwait(false));
}
