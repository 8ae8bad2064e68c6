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
        var children = parent.Present;
        ThrowIfTooLarge(children, body);
        return EachAsync(children, child => child.EmitBodyAsync(body, ct));
    }

    internal override Task<ClusterReply<SocketAnswer>> AskClientsAsync(PacketBody body, CancellationToken ct)
    {
        var children = parent.Present;
        ThrowIfTooLarge(children, body);
        return GatherAsync(children, child => child.AskClientsAsync(body, ct));
    }

    internal override Task<ClusterReply<RemoteSocket>> FindSocketsAsync(CancellationToken ct) =>
        GatherAsync(parent.Present, child => child.FindSocketsAsync(ct));

    internal override Task<ClusterReply<SocketAnswer>> StreamClientsAsync(PacketBody body, Action<SocketAnswer> answered, CancellationToken ct)
    {
        var children = parent.Present;
        ThrowIfTooLarge(children, body);
        return GatherAsync(children, child => child.StreamClientsAsync(body, answered, ct));
    }

    internal override Task<ClusterReply<SocketDetails>> StreamFoundAsync(Action<RemoteSocket> found, CancellationToken ct) =>
        GatherAsync(parent.Present, child => child.StreamFoundAsync(found, ct));

    internal override ValueTask JoinRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) =>
        EachAsync(parent.Present, child => child.JoinRoomsAsync(rooms, ct));

    internal override ValueTask LeaveRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) =>
        EachAsync(parent.Present, child => child.LeaveRoomsAsync(rooms, ct));

    internal override ValueTask DisconnectAsync(bool close, CancellationToken ct) => EachAsync(parent.Present, child => child.DisconnectAsync(close, ct));

    private void ThrowIfTooLarge(ICollection<Namespace> children, PacketBody body)
    {
        foreach (var child in children)
            (child.Adapter as IBoundedAdapter)?.ThrowIfTooLarge(body, Options);
    }

    private async ValueTask EachAsync(ICollection<Namespace> children, Func<BroadcastOperator, ValueTask> call)
    {
        foreach (var child in children)
            await call(child.Operator.With(Options)).ConfigureAwait(false);
    }

    private async Task<ClusterReply<T>> GatherAsync<T>(ICollection<Namespace> children, Func<BroadcastOperator, Task<ClusterReply<T>>> ask) =>
        ClusterReply<T>.Merge(await Task.WhenAll(children.Select(child => ask(child.Operator.With(Options)))).ConfigureAwait(false));
}
