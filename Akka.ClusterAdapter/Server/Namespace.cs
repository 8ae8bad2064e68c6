using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <summary>
/// A channel of its own over the same connections: its own sockets, rooms, middlewares and handlers. Emitting on it reaches every socket in it, on every worker.
/// </summary>
public sealed partial class Namespace : NamespaceTarget
{
    private readonly ConcurrentDictionary<string, Socket> _sockets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Socket> _byPrivateId = new(StringComparer.Ordinal);

    /// <summary>How long a client that shows a secret waits for the end of the connection that still holds it.</summary>
    private static readonly TimeSpan GiveWayTimeout = TimeSpan.FromSeconds(5);

    private readonly SocketEvents _serverSide;
    private readonly DynamicNamespace? _parent;
    private readonly Lock _gate = new();
    private Func<Socket, Func<ValueTask>, ValueTask>[] _middlewares;
    private Func<Socket, ValueTask>[] _connection;
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _ackId = -1;
    private int _reserved;
    private bool _isOnesOwn;

    internal Namespace(SocketIOServer server, string name, DynamicNamespace? parent = null, DynamicNamespaceQuota.Place? place = null)
    {
        Server = server;
        Name = name;
        _parent = parent;
        Place = place;
        _serverSide = new(server.Parameters);
        _middlewares = parent?.Middlewares ?? [];
        _connection = parent?.ConnectionHandlers ?? [];
        Sessions = server.Sessions?.Create();
        Adapter = server.Adapters.Create(new NamespaceHost(this));
        Operator = new BroadcastOperator(() => Current, server.Parser, BroadcastOptions.All);
    }

    /// <summary>Its name, with the leading slash.</summary>
    public string Name { get; }

    /// <summary>The server it belongs to.</summary>
    public SocketIOServer Server { get; }

    /// <summary>Sockets of this worker that are connected now. Live: it changes as clients come and go.</summary>
    public IReadOnlyDictionary<string, Socket> Sockets => _sockets;

    /// <summary>The adapter that keeps its rooms and links it to the other workers.</summary>
    public IAdapter Adapter { get; }

    internal override BroadcastOperator Operator { get; }

    /// <summary>Its place among those made for clients; null when it was not.</summary>
    /// <summary>The pattern it was made from; null for one that the application made.</summary>
    internal DynamicNamespace? Parent => _parent;

    internal DynamicNamespaceQuota.Place? Place { get; }

    /// <summary>Completes when everybody who wants to know of new namespaces was told: what they add counts for its first client.</summary>
    internal Task Announced => _announced.Task;

    /// <summary>True when it was made from a pattern and nobody was left in it.</summary>
    internal bool IsCleanedUp => System.Threading.Volatile.Read(ref _reserved) < 0;

    /// <summary>Where what is sent goes: whoever kept a namespace that was cleaned up means the one that a client has asked for since, and until then its sockets on other workers.</summary>
    internal IAdapter Current => IsCleanedUp && Server.Successor(this) is { } successor ? successor.Adapter : Adapter;

    /// <summary>What clients that lost their connection may come back to; null when recovery is off.</summary>
    internal SessionStore? Sessions { get; }

    /// <summary>Runs for each client that connects, in the order added, before it is admitted: <c>await next()</c> goes on, throwing refuses. Those added later count for later clients.</summary>
    /// <remarks>
    /// A <see cref="ConnectErrorException"/> tells the client its message and data; any other exception is logged and the client learns nothing of it. While it waits, the connection's other
    /// namespaces go on; while it blocks, they do not.
    /// </remarks>
    public Namespace Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        HandlerAttributes.Check(middleware);
        lock (_gate)
            _middlewares = [.. _middlewares, middleware];
        Keep();
        return this;
    }

    /// <summary>
    /// Called for each client that was admitted to it on this worker, in the order added; its events wait until the handlers returned (not until they completed), so that none finds its handler missing.
    /// Their exceptions are logged and counted; the client stays.
    /// </summary>
    public Namespace OnConnection(Func<Socket, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler);
        lock (_gate)
            _connection = [.. _connection, handler];
        Keep();
        return this;
    }

    /// <inheritdoc cref="OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public Namespace OnConnection(Func<Socket, Task> handler) => OnConnection(ConnectionHandler.Of(handler));

    /// <inheritdoc cref="OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public Namespace OnConnection(Action<Socket> handler) => OnConnection(ConnectionHandler.Of(handler));

    /// <summary>Handles this namespace's events with a class: see <see cref="SocketHandler"/>.</summary>
    /// <exception cref="InvalidOperationException">A marked method is not public or returns something that cannot be awaited, the class has an attribute of ASP.NET Core (none of them is honoured), or the server was made without services.</exception>
    public Namespace MapHandler<THandler>()
        where THandler : SocketHandler => OnConnection(Server.HandlerOf<THandler>());

    internal long NextAckId() => Interlocked.Increment(ref _ackId);

    /// <summary>Keeps a namespace made from a pattern alive while a client is being admitted.</summary>
    internal bool TryReserve()
    {
        if (_parent is null)
            return true;
        lock (_gate)
        {
            if (_reserved < 0)
                return false;
            _reserved++;
            return true;
        }
    }

    internal void ReleaseReservation()
    {
        if (_parent is null)
            return;
        lock (_gate)
            _reserved--;
        RemoveIfEmpty();
    }

    /// <summary>The session a client shows the secret of. A connection that still holds it is as good as dead: it is closed first.</summary>
    internal async ValueTask<ClaimedSession?> ClaimAsync(Handshake handshake)
    {
        if (Sessions is null)
            return null;
        var auth = handshake.Auth;
        if (Text(auth, "pid") is not { } secret)
            return null;
        if (!Server.Recoveries!.MayAsk(handshake.Address))
        {
            Server.Metrics.Rejected(Rejections.RecoveryBudget);
            Log.LooksInVain(Server.Logger, handshake.Address);
            Server.Metrics.Recovered(false);
            return null;
        }

        if (_byPrivateId.TryGetValue(secret, out var halfDead))
            await halfDead.GiveWayAsync().WaitAsync(GiveWayTimeout, Server.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var claim = Sessions.Claim(secret, Text(auth, "offset"), out var visited);
        if (claim is not null)
            return claim;
        Server.Metrics.Recovered(false);
        Server.Recoveries.Failed(handshake.Address, visited);
        return null;
    }

    /// <summary>From its claim on, a socket holds the secret: a client that loses the connection again before it has entered is not forgotten.</summary>
    internal void Hold(Socket socket) => _byPrivateId[socket.PrivateId!] = socket;

    /// <summary>The secret is no longer this socket's.</summary>
    internal void Release(Socket socket)
    {
        if (socket.PrivateId is { } secret)
            _byPrivateId.TryRemove(new KeyValuePair<string, Socket>(secret, socket));
    }

    private static string? Text(JsonElement auth, string name) =>
        auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal void RaiseConnection(Socket socket)
    {
        foreach (var handler in _connection)
            Server.Start(static (h, s) => h(s), handler, socket, Name);
    }

    /// <summary>Removes a namespace made from a pattern when nobody is in it, or may come back to it.</summary>
    internal void RemoveIfEmpty()
    {
        if (_parent is null || (!Server.Options.CleanupEmptyChildNamespaces && Place is not { IsCounted: false }))
            return;
        lock (_gate)
        {
            if (_isOnesOwn || _reserved != 0 || !_sockets.IsEmpty || Sessions is { SessionCount: > 0 })
                return;
            _reserved = -1;
        }

        Server.Guard.Run("namespace clean-up", static ns => ns.Server.RemoveChild(ns, ns._parent!), this);
    }

    internal void Announce() => _announced.TrySetResult();

    /// <summary>What was added to it by hand would be lost with it. (What <see cref="SocketIOServer.NamespaceCreated"/> adds would not.)</summary>
    private void Keep()
    {
        if (_announced.Task.IsCompleted)
            _isOnesOwn = true;
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Warning, "Clients of {Address} show secrets of sessions that are not there, too often: for a while those of this address begin anew.")]
        public static partial void LooksInVain(ILogger logger, string address);
    }
}
