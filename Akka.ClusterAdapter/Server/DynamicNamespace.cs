using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter;

/// <summary>
/// Namespaces made when a client asks for one whose name a pattern or predicate accepts. Middlewares and connection handlers are copied to each at its creation:
/// those added later count for namespaces made later. Emitting on it reaches every namespace of the kind that exists on this worker, and its sockets on every other worker.
/// </summary>
public sealed class DynamicNamespace : EventEmitter
{
    private readonly ConcurrentDictionary<string, Namespace> _children = new(StringComparer.Ordinal);
    private readonly SocketIOServer _server;
    private readonly Func<string, Handshake?, ValueTask<bool>> _accepts;
    private readonly Lock _gate = new();

    internal DynamicNamespace(SocketIOServer server, Func<string, Handshake?, ValueTask<bool>> accepts, Regex? pattern = null)
    {
        _server = server;
        _accepts = accepts;
        Pattern = pattern;
    }

    /// <summary>Those that exist on this worker now.</summary>
    public IReadOnlyCollection<Namespace> Children => [.. _children.Values];

    /// <summary>Only sockets of this worker.</summary>
    public DynamicNamespaceOperator Local => Narrow(new BroadcastOptions { IsLocal = true });

    /// <summary>Drops the packet for each client whose connection cannot take it at once.</summary>
    public DynamicNamespaceOperator Volatile => Narrow(new BroadcastOptions { IsVolatile = true });

    /// <summary>The pattern; null when a predicate decides.</summary>
    internal Regex? Pattern { get; }

    internal Func<Socket, Func<ValueTask>, ValueTask>[] Middlewares { get; private set; } = [];

    internal Func<Socket, ValueTask>[] ConnectionHandlers { get; private set; } = [];

    internal override IPacketParser Parser => _server.Parser;

    /// <inheritdoc cref="Namespace.Use"/>
    public DynamicNamespace Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware);
        lock (_gate)
            Middlewares = [.. Middlewares, middleware];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    public DynamicNamespace OnConnection(Func<Socket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler);
        lock (_gate)
            ConnectionHandlers = [.. ConnectionHandlers, handler];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public DynamicNamespace OnConnection(Func<Socket, Task> handler) => OnConnection(ConnectionHandler.Of(handler));

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public DynamicNamespace OnConnection(Action<Socket> handler) => OnConnection(ConnectionHandler.Of(handler));

    /// <inheritdoc cref="Namespace.MapHandler"/>
    public DynamicNamespace MapHandler<THandler>()
        where THandler : SocketHandler => OnConnection(_server.HandlerOf<THandler>());

    /// <summary>Only members of these rooms, in each namespace of the kind.</summary>
    public DynamicNamespaceOperator To(params ReadOnlySpan<string> rooms) => Narrow(BroadcastOptions.All.To(rooms));

    /// <summary>The same as <see cref="To"/>.</summary>
    public DynamicNamespaceOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Nobody who is in one of these rooms.</summary>
    public DynamicNamespaceOperator Except(params ReadOnlySpan<string> rooms) => Narrow(BroadcastOptions.All.Without(rooms));

    /// <summary>Whether HTTP long-polling responses that carry the packet may be compressed. Default true.</summary>
    public DynamicNamespaceOperator Compress(bool compress) => Narrow(new BroadcastOptions { Compress = compress });

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => BroadcastAsync(body, BroadcastOptions.All, ct);

    /// <summary>The same bytes to every child, or to none: the longest name decides whether they cross.</summary>
    internal async ValueTask BroadcastAsync(PacketBody body, BroadcastOptions options, CancellationToken ct)
    {
        var children = _children.Values;
        foreach (var child in children)
            (child.Adapter as IBoundedAdapter)?.ThrowIfTooLarge(body, options);
        foreach (var child in children)
        {
            try
            {
                await child.Adapter.BroadcastAsync(body, options, ct).ConfigureAwait(false);
            }
            catch (ObjectDisposedException) when (!_children.ContainsKey(child.Name))
            {
                // Its last socket has left meanwhile.
            }
        }
    }

    internal ValueTask<bool> AcceptsAsync(string name, Handshake? handshake) => _accepts(name, handshake);

    internal void Add(Namespace child) => _children[child.Name] = child;

    internal void Remove(Namespace child) => _children.TryRemove(new KeyValuePair<string, Namespace>(child.Name, child));

    private DynamicNamespaceOperator Narrow(BroadcastOptions options) => new(this, options);
}
