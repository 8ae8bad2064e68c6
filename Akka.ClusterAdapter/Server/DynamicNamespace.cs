using System.Collections.Concurrent;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Namespaces made when a client asks for one whose name a pattern or predicate accepts. Middlewares and connection handlers are copied to each at its creation.
/// </summary>
public sealed class DynamicNamespace
{
    private readonly ConcurrentDictionary<string, Namespace> _children = new(StringComparer.Ordinal);
    private readonly Func<string, Handshake?, ValueTask<bool>> _accepts;
    private readonly Lock _gate = new();

    internal DynamicNamespace(Func<string, Handshake?, ValueTask<bool>> accepts) => _accepts = accepts;

    /// <summary>Those that exist on this worker now.</summary>
    public IReadOnlyCollection<Namespace> Children => [.. _children.Values];

    internal Func<Socket, Func<ValueTask>, ValueTask>[] Middlewares { get; private set; } = [];

    internal Func<Socket, ValueTask>[] ConnectionHandlers { get; private set; } = [];

    /// <inheritdoc cref="Namespace.Use"/>
    public DynamicNamespace Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        lock (_gate)
            Middlewares = [.. Middlewares, middleware];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    public DynamicNamespace OnConnection(Func<Socket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
            ConnectionHandlers = [.. ConnectionHandlers, handler];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    public DynamicNamespace OnConnection(Action<Socket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnConnection(socket =>
        {
            handler(socket);
            return default;
        });
    }

    /// <summary>Sends an event to every socket of every namespace that exists on this worker, and on the other workers of each of those.</summary>
    public async ValueTask EmitAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default)
    {
        foreach (var child in Children)
            await child.EmitArgsAsync(eventName, args, ct).ConfigureAwait(false);
    }

    internal ValueTask<bool> AcceptsAsync(string name, Handshake? handshake) => _accepts(name, handshake);

    internal void Add(Namespace child) => _children[child.Name] = child;

    internal void Remove(Namespace child) => _children.TryRemove(child.Name, out _);
}
