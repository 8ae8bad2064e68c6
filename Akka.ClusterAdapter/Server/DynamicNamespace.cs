using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Namespaces made when a client asks for one whose name a pattern or predicate accepts. Middlewares and connection handlers are copied to each at
/// its creation: those added later count for namespaces made later. Emitting on it, and whatever else is asked of it, reaches every namespace of the
/// kind that exists on this worker, and its sockets on every other worker: one packet between workers for each of them.
/// </summary>
public sealed class DynamicNamespace : BroadcastTarget
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
        Operator = new DynamicNamespaceOperator(this, server.Parser, BroadcastOptions.All);
    }

    /// <summary>Those that exist on this worker now.</summary>
    public IReadOnlyCollection<Namespace> Children => [.. _children.Values];

    /// <summary>The same, for a look at all of them.</summary>
    internal ICollection<Namespace> Present => _children.Values;

    /// <summary>The pattern; null when a predicate decides.</summary>
    internal Regex? Pattern { get; }

    internal Func<Socket, Func<ValueTask>, ValueTask>[] Middlewares { get; private set; } = [];

    internal Func<Socket, ValueTask>[] ConnectionHandlers { get; private set; } = [];

    internal override BroadcastOperator Operator { get; }

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

    internal ValueTask<bool> AcceptsAsync(string name, Handshake? handshake) => _accepts(name, handshake);

    internal void Add(Namespace child) => _children[child.Name] = child;

    internal void Remove(Namespace child) => _children.TryRemove(new KeyValuePair<string, Namespace>(child.Name, child));
}
