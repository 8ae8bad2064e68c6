using Akka.ClusterAdapter.Server.Authorization;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A namespace from the moment it is made until it is emptied: what was added to it, who is being admitted, its place among those made for clients.
/// The next client that asks for the name begins another life of the same namespace. Thread-safe.
/// </summary>
/// <param name="parent">The pattern or predicate it was made from; null for one that the application made: that one never ends.</param>
/// <param name="place">Its place among those made for clients; null when the application asked for it.</param>
internal sealed class NamespaceLife(DynamicNamespace? parent, DynamicNamespaceQuota.Place? place)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maker = Environment.CurrentManagedThreadId;
    private int _reserved;
    private bool _isOnesOwn;
    private bool _isOver;

    public DynamicNamespace? Parent => parent;

    public DynamicNamespaceQuota.Place? Place => place;

    public Func<Socket, Func<ValueTask>, ValueTask>[] Middlewares { get; private set; } = parent?.Middlewares ?? [];

    public Func<Socket, ValueTask>[] ConnectionHandlers { get; private set; } = parent?.ConnectionHandlers ?? [];

    /// <summary>Handlers of events from other workers.</summary>
    public EventHandlers ServerSide { get; } = new();

    /// <summary>Handlers of its clients' events.</summary>
    public EventHandlers Events { get; } = new();

    public FilterList Filters { get; } = new();

    private HandlerClasses Classes { get; } = new();

    /// <summary>Who may connect: what all of them allow.</summary>
    public AuthorizationRule[] Rules => parent is null ? Authorization : [.. parent.Authorization, .. Authorization];

    private AuthorizationRule[] Authorization { get; set; } = [];

    /// <summary>Told of each client that has left.</summary>
    public Func<Socket, DisconnectReason, ValueTask>[] DisconnectHandlers { get; private set; } = parent?.DisconnectHandlers ?? [];

    /// <summary>Completes when everybody who wants to know of new namespaces was told: what they add counts for its first client.</summary>
    public Task Announced => _announced.Task;

    /// <summary>True when it was emptied.</summary>
    public bool IsOver => Volatile.Read(ref _isOver);

    public void Announce() => _announced.TrySetResult();

    /// <summary>Adds a middleware; false when this life is over.</summary>
    public bool TryAdd(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            Middlewares = [.. Middlewares, middleware];
            return true;
        }
    }

    /// <summary>Adds a connection handler; false when this life is over.</summary>
    public bool TryAdd(Func<Socket, ValueTask> handler)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            ConnectionHandlers = [.. ConnectionHandlers, handler];
            return true;
        }
    }

    /// <summary>Adds a rule of who may connect; false when this life is over.</summary>
    public bool TryAdd(AuthorizationRule rule)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            Authorization = [.. Authorization, rule];
            return true;
        }
    }

    /// <summary>Adds a filter; false when this life is over.</summary>
    public bool TryAdd(IEventFilter filter)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            Filters.Add(filter);
            return true;
        }
    }

    /// <summary>Takes note of a handler class; false when this life is over.</summary>
    /// <exception cref="InvalidOperationException">It is there already.</exception>
    public bool TryAdd(Type handlerClass, string name)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            Classes.Add(handlerClass, $"the namespace {name}");
            return true;
        }
    }

    /// <summary>Adds one that is told of each client that has left; false when this life is over.</summary>
    public bool TryAdd(Func<Socket, DisconnectReason, ValueTask> handler)
    {
        lock (_gate)
        {
            if (!TryKeep())
                return false;
            DisconnectHandlers = [.. DisconnectHandlers, handler];
            return true;
        }
    }

    /// <summary>Adds a handler of an event to one of its tables; null when this life is over.</summary>
    public IDisposable? TryAdd(EventHandlers table, string eventName, HandlerPlan plan, object target)
    {
        lock (_gate)
            return TryKeep() ? table.Add(eventName, plan, target) : null;
    }

    /// <summary>Keeps it from ending while a client is being admitted; false when it is over.</summary>
    public bool TryReserve()
    {
        if (parent is null)
            return true;
        lock (_gate)
        {
            if (_isOver)
                return false;
            _reserved++;
            return true;
        }
    }

    public void Release()
    {
        if (parent is null)
            return;
        lock (_gate)
            _reserved--;
    }

    /// <summary>Ends it when it was made from a pattern, nobody is being admitted and nothing was added to it by hand.</summary>
    /// <param name="isCleanedUp">False keeps one that somebody was admitted to.</param>
    /// <param name="isEmpty">Whether nobody is in the namespace or may come back to it. Called under this lock.</param>
    public bool TryEnd(bool isCleanedUp, Func<bool> isEmpty)
    {
        if (parent is null || (!isCleanedUp && place is not { IsCounted: false }))
            return false;
        lock (_gate)
        {
            if (_isOver || _isOnesOwn || _reserved != 0 || !isEmpty())
                return false;
            return _isOver = true;
        }
    }

    /// <summary>
    /// What is added by hand would be lost with it. (What handlers of <see cref="SocketIOServer.NamespaceCreated"/> add would not: they are called
    /// again. They are called on the thread that makes it; whoever adds something meanwhile on another one does it by hand.)
    /// </summary>
    private bool TryKeep()
    {
        _isOnesOwn |= _announced.Task.IsCompleted || Environment.CurrentManagedThreadId != _maker;
        return !_isOver;
    }
}
