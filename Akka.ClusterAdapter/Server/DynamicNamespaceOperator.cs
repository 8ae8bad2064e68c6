using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter;

/// <summary>A selection of sockets in all namespaces made from one pattern or predicate, built by <see cref="DynamicNamespace.To"/> and its kin. Immutable; may be kept and reused.</summary>
public sealed class DynamicNamespaceOperator : EventEmitter
{
    private readonly DynamicNamespace _parent;
    private readonly BroadcastOptions _options;

    internal DynamicNamespaceOperator(DynamicNamespace parent, BroadcastOptions options)
    {
        _parent = parent;
        _options = options;
    }

    /// <inheritdoc cref="DynamicNamespace.Local"/>
    public DynamicNamespaceOperator Local => new(_parent, _options with { IsLocal = true });

    /// <inheritdoc cref="DynamicNamespace.Volatile"/>
    public DynamicNamespaceOperator Volatile => new(_parent, _options with { IsVolatile = true });

    internal override IPacketParser Parser => _parent.Parser;

    /// <summary>Members of these rooms, added to rooms named before.</summary>
    public DynamicNamespaceOperator To(params ReadOnlySpan<string> rooms) => new(_parent, _options.To(rooms));

    /// <summary>The same as <see cref="To"/>.</summary>
    public DynamicNamespaceOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <inheritdoc cref="DynamicNamespace.Except"/>
    public DynamicNamespaceOperator Except(params ReadOnlySpan<string> rooms) => new(_parent, _options.Without(rooms));

    /// <inheritdoc cref="DynamicNamespace.Compress"/>
    public DynamicNamespaceOperator Compress(bool compress) => new(_parent, _options with { Compress = compress });

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => _parent.BroadcastAsync(body, _options, ct);
}
