using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server.Authorization;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;
using Microsoft.AspNetCore.Authorization;

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
    private readonly HandlerClasses _classes = new();

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

    /// <summary>Handlers of the clients' events in all of them.</summary>
    internal EventHandlers Events { get; } = new();

    internal FilterList Filters { get; } = new();

    internal AuthorizationRule[] Authorization { get; private set; } = [];

    internal Func<Socket, DisconnectReason, ValueTask>[] DisconnectHandlers { get; private set; } = [];

    internal override BroadcastOperator Operator { get; }

    /// <inheritdoc cref="Namespace.Use"/>
    public DynamicNamespace Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware, "a middleware");
        lock (_gate)
            Middlewares = [.. Middlewares, middleware];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    public DynamicNamespace OnConnection(Func<Socket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a connection handler");
        lock (_gate)
            ConnectionHandlers = [.. ConnectionHandlers, handler];
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public DynamicNamespace OnConnection(Func<Socket, Task> handler) => OnConnection(LifeHandlers.Connection(handler));

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public DynamicNamespace OnConnection(Action<Socket> handler) => OnConnection(LifeHandlers.Connection(handler));

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    /// <param name="handler">
    /// Any method or lambda. Its parameters: <see cref="Socket"/>, <see cref="Namespace"/>, <see cref="SocketIOServer"/>,
    /// <see cref="System.Security.Claims.ClaimsPrincipal"/> (the socket's user), <see cref="CancellationToken"/> (cancelled when the socket leaves), and
    /// services of the application, of a scope that ends with the handler.
    /// </param>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public DynamicNamespace OnConnection(Delegate handler) => OnConnection(LifeHandlers.Connection(handler, _server.Plans));

    /// <inheritdoc cref="Namespace.MapHandler"/>
    public DynamicNamespace MapHandler<THandler>()
        where THandler : SocketHandler
    {
        var handlers = new HandlerClass<THandler>(_server);
        _classes.Add(typeof(THandler), Pattern is null ? "the namespaces of this predicate" : $"the namespaces of the pattern {Pattern}");
        if (handlers.Authorization is { } rule)
            Require(rule);
        foreach (var (eventName, plan) in handlers.Methods)
            Events.Add(eventName, plan, handlers);
        if (handlers.Connected is { } connected)
            OnConnection(connected);
        if (handlers.Disconnected is { } disconnected)
        {
            lock (_gate)
                DisconnectHandlers = [.. DisconnectHandlers, disconnected];
        }

        return this;
    }

    /// <summary>
    /// Handles an event of every client in namespaces of the kind on this worker, from now on: those that exist included. They are called before the handlers
    /// of the namespace and of the socket.
    /// </summary>
    /// <inheritdoc cref="Namespace.On(string, Delegate)"/>
    public IDisposable On(string eventName, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return Events.Add(eventName, EventHandlers.Wanted(_server.Plans.Of(handler, HandlerSite.Event, eventName), eventName), handler);
    }

    /// <summary>
    /// Runs a filter around each handler of a client's event in namespaces of the kind on this worker, from now on: see <see cref="IEventFilter"/>.
    /// </summary>
    public DynamicNamespace AddFilter(IEventFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Filters.Add(filter);
        return this;
    }

    /// <summary>The same with a filter that is a service of the application; one that is not registered is made for each event from services.</summary>
    public DynamicNamespace AddFilter<TFilter>()
        where TFilter : class, IEventFilter => AddFilter(new ServiceFilter<TFilter>());

    /// <summary>The same with a delegate: <c>async (context, next) => await next(context)</c>.</summary>
    public DynamicNamespace AddFilter(Func<EventContext, EventFilterNext, ValueTask<object?>> filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        HandlerAttributes.Check(filter, "a filter");
        return AddFilter(new DelegateFilter(filter));
    }

    /// <inheritdoc cref="Namespace.RequireAuthorization(string[])"/>
    public DynamicNamespace RequireAuthorization(params string[] policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        return Require(new(_server.Services, What, AuthorizeData.Of(policies)));
    }

    /// <inheritdoc cref="Namespace.RequireAuthorization(AuthorizationPolicy)"/>
    public DynamicNamespace RequireAuthorization(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Require(new(_server.Services, What, [], policy));
    }

    internal ValueTask<bool> AcceptsAsync(string name, Handshake? handshake) => _accepts(name, handshake);

    internal void Add(Namespace child) => _children[child.Name] = child;

    internal void Remove(Namespace child) => _children.TryRemove(new KeyValuePair<string, Namespace>(child.Name, child));

    private string What => Pattern is null ? "Namespaces of a predicate" : $"Namespaces of the pattern {Pattern}";

    private DynamicNamespace Require(AuthorizationRule rule)
    {
        lock (_gate)
            Authorization = [.. Authorization, rule];
        return this;
    }
}
