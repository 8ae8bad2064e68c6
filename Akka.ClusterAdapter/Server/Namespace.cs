using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A channel of its own over the same connections: its own sockets, rooms, middlewares and handlers. Emitting on it reaches every socket in it, on
/// every worker.
/// </summary>
/// <remarks>
/// One that was made from a pattern is emptied when its last client leaves. It stays the same object for whoever kept it: what is emitted on it
/// reaches its sockets on other workers, and those of clients that ask for it again.
/// </remarks>
public sealed partial class Namespace : NamespaceTarget
{
    private volatile NamespaceLife _life;
    private long _ackId = -1;

    internal Namespace(SocketIOServer server, string name, NamespaceLife life)
    {
        Server = server;
        Name = name;
        _life = life;
        Recovery = server.Sessions is null ? null : new(this);
        Members = new(this);
        Adapter = MakeAdapter();
        Operator = new NamespaceOperator(Adapter, server.Parser, new TargetTelemetry(server.Targets, name, () => Kind, server.Name), BroadcastOptions.All);
    }

    /// <summary>Its name, with the leading slash.</summary>
    public string Name { get; }

    /// <summary>The server it belongs to.</summary>
    public SocketIOServer Server { get; }

    /// <summary>Its name where measurements are told apart; of a namespace that was made for a client, the pattern: clients choose the names.</summary>
    internal string Kind => Life.Parent is { } parent ? parent.Pattern?.ToString() ?? ServerMetrics.Other : Name;

    /// <summary>Sockets of this worker that are connected now. Live: it changes as clients come and go.</summary>
    public IReadOnlyDictionary<string, Socket> Sockets => Members.Sockets;

    /// <summary>
    /// Rooms were created or deleted on this worker, sockets of this worker joined or left. Raised outside all locks, on the thread that joins or
    /// leaves: must not block. What a handler throws is logged and counted. A namespace that is made anew has no handlers: add them in
    /// <see cref="SocketIOServer.NamespaceCreated"/>.
    /// </summary>
    public event Action<RoomEvent>? RoomChanged
    {
        add => Adapter.RoomChanged += value;
        remove => Adapter.RoomChanged -= value;
    }

    /// <summary>The adapter that keeps its rooms and links it to the other workers.</summary>
    public IAdapter Adapter { get; }

    internal override NamespaceOperator Operator { get; }

    internal override IArgumentFormat ServerSideFormat => Server.ServerSideFormat;

    /// <summary>What was added to it and who is being admitted. Another one each time that it is made anew.</summary>
    internal NamespaceLife Life => _life;

    internal NamespaceMembers Members { get; }

    /// <summary>Null without connection state recovery.</summary>
    internal NamespaceRecovery? Recovery { get; }

    /// <summary>True asks its middlewares about recovered clients too, whatever the settings say.</summary>
    internal bool AlwaysAsksMiddlewares { get; set; }

    /// <summary>
    /// Runs for each client that connects, in the order added, before it is admitted: <c>await next()</c> goes on, throwing refuses. Those added
    /// later count for later clients.
    /// </summary>
    /// <remarks>
    /// A <see cref="ConnectErrorException"/> tells the client its message and data; any other exception is logged and the client learns nothing of
    /// it. While it waits, the connection's other namespaces go on; while it blocks, they do not. Added to a namespace that was emptied, it makes it
    /// anew.
    /// </remarks>
    public Namespace Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware, "a middleware");
        while (!Life.TryAdd(middleware))
            Server.Table.Revive(this);
        return this;
    }

    /// <summary>
    /// Called for each client that was admitted to it on this worker, in the order added; its events wait until the handlers returned (not until they
    /// completed), so that none finds its handler missing. Their exceptions are logged and counted; the client stays.
    /// </summary>
    public Namespace OnConnection(Func<Socket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler, "a connection handler");
        while (!Life.TryAdd(handler))
            Server.Table.Revive(this);
        return this;
    }

    /// <inheritdoc cref="OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public Namespace OnConnection(Func<Socket, Task> handler) => OnConnection(LifeHandlers.Connection(handler));

    /// <inheritdoc cref="OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public Namespace OnConnection(Action<Socket> handler) => OnConnection(LifeHandlers.Connection(handler));

    /// <inheritdoc cref="OnConnection(Func{Socket, ValueTask})"/>
    /// <param name="handler">
    /// Any method or lambda. Its parameters: <see cref="Socket"/>, <see cref="Namespace"/>, <see cref="SocketIOServer"/>,
    /// <see cref="System.Security.Claims.ClaimsPrincipal"/> (the socket's user), <see cref="CancellationToken"/> (cancelled when the socket leaves), and
    /// services of the application, of a scope that ends with the handler.
    /// </param>
    /// <exception cref="InvalidOperationException">The handler cannot work: the message names it, the parameter or result, and the remedy.</exception>
    public Namespace OnConnection(Delegate handler) => OnConnection(LifeHandlers.Connection(handler, Server.Plans));

    /// <summary>Handles this namespace's events with a class: see <see cref="SocketHandler"/>.</summary>
    /// <exception cref="InvalidOperationException">
    /// A marked method is not public or cannot work, two methods are for one event, the class has an attribute of ASP.NET Core that is not honoured here,
    /// the class is registered for the namespace already, or the server was made without services.
    /// </exception>
    public Namespace MapHandler<THandler>()
        where THandler : SocketHandler
    {
        Map(new HandlerClass<THandler>(Server));
        return this;
    }

    /// <summary>This worker's rooms with their members, those that are named by a socket's own id included. A snapshot.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LocalRooms() => Adapter.LocalRooms();

    /// <summary>Acknowledgements that its clients of this worker owe.</summary>
    internal int PendingAckCount => Sockets.Values.Sum(static socket => socket.PendingAckCount);

    internal long NextAckId() => Interlocked.Increment(ref _ackId);

    /// <summary>It is made, again perhaps: with what its parent has for it, and nothing of what was added before.</summary>
    internal void Begin(NamespaceLife life)
    {
        Adapter.Resume();
        if (Recovery is not null)
            Server.Sessions!.Resume(Recovery.Sessions);
        _life = life;
    }

    /// <summary>Nobody is in it or may come back to it.</summary>
    internal void End()
    {
        if (Recovery is not null)
            Server.Sessions!.Suspend(Recovery.Sessions);
        Adapter.Suspend();
    }

    /// <summary>A client that was being admitted is in it, or is not.</summary>
    internal void ReleaseReservation()
    {
        Life.Release();
        EndIfEmpty();
    }

    /// <summary>Ends a namespace made from a pattern when nobody is in it, or may come back to it.</summary>
    internal void EndIfEmpty()
    {
        if (Life.Parent is not null && (Recovery is null ? TryEnd() : Recovery.Sessions.Decide(TryEnd)))
            Server.Guard.Run("namespace clean-up", static ns => ns.Server.Table.Remove(ns), this);
    }

    private IAdapter MakeAdapter()
    {
        try
        {
            return Server.Adapters.Create(new NamespaceHost(this));
        }
        catch
        {
            if (Recovery is not null)
                Server.Sessions!.Suspend(Recovery.Sessions);
            throw;
        }
    }

    private bool TryEnd() => Life.TryEnd(Server.Options.CleanupEmptyChildNamespaces, IsEmpty);

    private bool IsEmpty() => Members.IsEmpty && (Recovery is null || Recovery.Sessions.SessionCount == 0);
}
