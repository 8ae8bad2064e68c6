using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Operators;

/// <summary>How an event reaches exactly one socket: written directly on the worker that serves it, or sent there by the adapter.</summary>
internal interface ISocketRoute
{
    IPacketParser Parser { get; }

    ValueTask EmitAsync(PacketBody body, BroadcastOptions options, CancellationToken ct);

    Task<PacketBody> EmitWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct);
}
