using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Authorization;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// A Socket.IO server. What is called on it directly is meant for its main namespace <c>/</c>. A singleton of the application's services, a named one with its
/// name as the key; may be used from anywhere, at any time, by any thread.
/// </summary>
public sealed class SocketIOServer : NamespaceTarget, IAsyncDisposable, IDisposable
{
    private const string BothSet =
        "JsonSerializerOptions are not used when Parser is set: give them to the parser, as in new MessagePackPacketParser(options).";

    /// <summary>A server; applications get theirs from <c>AddSocketIO</c>.</summary>
    /// <param name="options">Settings; copied, so that later changes have no effect.</param>
    /// <param name="adapters">Makes the adapter of each namespace.</param>
    /// <param name="time">Clock of heartbeats and time-outs.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="services">Where handler classes get their dependencies; without it there are none.</param>
    /// <exception cref="OptionsValidationException">A setting is out of its range, or does not go with another.</exception>
    public SocketIOServer(SocketIOOptions options, IAdapterFactory adapters, TimeProvider time, ILoggerFactory loggers, IServiceProvider? services = null)
        : this(ServerName.Unnamed, options, adapters, time, loggers, services)
    {
    }

    internal SocketIOServer(
        string name, SocketIOOptions options, IAdapterFactory adapters, TimeProvider time, ILoggerFactory loggers, IServiceProvider? services)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        options = (SocketIOOptions)options.Snapshot();
        if (new SocketIOOptionsValidator().Validate(null, options) is { Failed: true } invalid)
            throw new OptionsValidationException(nameof(SocketIOOptions), typeof(SocketIOOptions), invalid.Failures);

        if (options is { Parser: not null, JsonSerializerOptions: not null })
            throw new OptionsValidationException(nameof(SocketIOOptions), typeof(SocketIOOptions), [BothSet]);

        Name = name;
        Services = services;
        var meters = services?.GetService(typeof(IMeterFactory)) as IMeterFactory;
        Metrics = new(new(meters, name));
        loggers = ServerLoggers.Of(loggers, name);
        Options = options;
        Adapters = adapters;
        Time = time;
        Parser = options.Parser ?? new JsonPacketParser(options.JsonSerializerOptions);
        ServerSideFormat = PacketJson.ServerSide(adapters.ServerSideFormat, Parser);
        DecoderLimits = options.DecoderLimits();
        Logger = CarefulLoggers.Of(loggers, time).CreateLogger<SocketIOServer>();
        Guard = new(Logger, Metrics.Failed);
        Dispatcher = new(Metrics, Logger, options);
        Metrics.ListenerFailed = Guard.Fail;
        Targets = new(new(meters, name), Guard);
        Plans = new(this, services);
        Table = new(this);
        Metrics.Show(Guard, "socketio.server.sockets", "{socket}", "Connected sockets, by namespace.", () => ByKind(static ns => ns.Sockets.Count));
        Metrics.Show(
            Guard, "socketio.server.rooms", "{room}", "Rooms with members on this worker, those named by a socket's own id included, by namespace.",
            () => ByKind(static ns => ns.Members.RoomCount));
        Metrics.Show(
            Guard, "socketio.server.acks.pending", "{ack}", "Acknowledgements that clients owe, by namespace.", () => ByKind(static ns => ns.PendingAckCount));
        if (options.ConnectionStateRecovery is { } recovery)
            (Sessions, Recoveries) = (new SessionStores(recovery, Parser, time, Table.EndEmpty, Guard) { Moved = Metrics.Moved }, new RecoveryBudget(time));
        if (Sessions is not null)
            ShowRecovery(Sessions);
        Tokens = options.TokenScheme is { } scheme ? new(this, scheme) : null;
        Engine = new EngineServer(options, new EngineBridge(this), time, loggers, new(), new(meters, name));
        Main = Of("/");
        Shutdown = new(this);
    }

    /// <summary>Its name, as in <c>AddSocketIO("admin")</c>; empty for the unnamed one.</summary>
    public string Name { get; }

    /// <summary>The Engine.IO server below: its sessions, counters and hooks.</summary>
    public EngineServer Engine { get; }

    /// <summary>
    /// What was counted since the start, by name: <c>rejected.…</c> (connections, packets and calls refused), <c>failed.…</c> (exceptions of the application's
    /// code) and <c>recoveries.…</c> with the reason behind the dot. A name appears with its first count. A snapshot; the same numbers are instruments of the
    /// meter <c>Akka.ClusterAdapter</c>. Those of the connections are <see cref="EngineServer.Counters"/>.
    /// </summary>
    public IReadOnlyDictionary<string, long> Counters => Metrics.Snapshot();

    /// <summary>Name of this worker, unique in the cluster and for all time.</summary>
    public string WorkerId => Adapters.WorkerId;

    /// <summary>The main namespace <c>/</c>: what is called on the server directly is called on it.</summary>
    public Namespace Sockets => Main;

    /// <summary>Namespaces of this worker, those made from patterns included.</summary>
    public IReadOnlyCollection<Namespace> Namespaces => [.. Table.Present];

    /// <summary>Acknowledgements that clients of this worker owe now, in all namespaces.</summary>
    public int PendingAckCount => Table.Present.Sum(static ns => ns.PendingAckCount);

    /// <summary>
    /// A namespace was created on this worker; nobody is admitted to it before all handlers have returned. Raised outside all locks, on the thread
    /// that creates it: must not block. What a handler throws is logged and counted. A namespace made from a pattern is created before its
    /// middlewares decide about its first client, and goes again when they refuse it.
    /// </summary>
    public event Action<Namespace>? NamespaceCreated;

    /// <summary>Its namespaces.</summary>
    internal NamespaceTable Table { get; }

    internal SocketIOOptions Options { get; }

    internal ServerMetrics Metrics { get; }

    /// <summary>What is measured of broadcasts and questions.</summary>
    internal TargetMetrics Targets { get; }

    /// <summary>What clients that lost their connection may come back to; null when recovery is off.</summary>
    internal SessionStores? Sessions { get; }

    /// <summary>What clients may look for in vain; null when recovery is off.</summary>
    internal RecoveryBudget? Recoveries { get; }

    internal IServiceProvider? Services { get; }

    internal IAdapterFactory Adapters { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    /// <summary>The gate of everything that the runtime calls.</summary>
    internal Guard Guard { get; }

    /// <summary>Who is asked for the user of a token; null when tokens are left to the application.</summary>
    internal TokenAuthentication? Tokens { get; }

    /// <summary>Filters of all namespaces.</summary>
    internal FilterList Filters { get; } = new();

    /// <summary>How handlers are called.</summary>
    internal HandlerPlans Plans { get; }

    /// <summary>Runs the application's handlers.</summary>
    internal EventDispatcher Dispatcher { get; }

    /// <summary>Its end.</summary>
    internal ServerShutdown Shutdown { get; }

    /// <summary>Who hears of all its sockets; null while nobody looks, as a rule.</summary>
    internal ISocketObserver? Observer { get => System.Threading.Volatile.Read(ref field); set => System.Threading.Volatile.Write(ref field, value); }

    /// <summary>True once somebody listens to what a client of it is sent.</summary>
    internal bool HasOutgoingListeners { get => System.Threading.Volatile.Read(ref field); set => System.Threading.Volatile.Write(ref field, value); }

    internal PacketDecoderLimits DecoderLimits { get; }

    internal override IPacketParser Parser { get; }

    /// <summary>How arguments of server-side events travel.</summary>
    internal override IArgumentFormat ServerSideFormat { get; }

    internal override NamespaceOperator Operator => Main.Operator;

    private Namespace Main { get; }

    /// <inheritdoc cref="Namespace.Use"/>
    public SocketIOServer Use(Func<Socket, Func<ValueTask>, ValueTask> middleware)
    {
        Main.Use(middleware);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    public SocketIOServer OnConnection(Func<Socket, ValueTask> handler)
    {
        Main.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-1)]
    public SocketIOServer OnConnection(Func<Socket, Task> handler)
    {
        Main.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, ValueTask})"/>
    [OverloadResolutionPriority(-2)]
    public SocketIOServer OnConnection(Action<Socket> handler)
    {
        Main.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Delegate)"/>
    public SocketIOServer OnConnection(Delegate handler)
    {
        Main.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.On(string, Delegate)"/>
    public IDisposable On(string eventName, Delegate handler) => Main.On(eventName, handler);

    /// <inheritdoc cref="Namespace.OnServerSide(string, Delegate)"/>
    public IDisposable OnServerSide(string eventName, Delegate handler) => Main.OnServerSide(eventName, handler);

    /// <inheritdoc cref="Namespace.MapHandler"/>
    public SocketIOServer MapHandler<THandler>()
        where THandler : SocketHandler
    {
        Main.MapHandler<THandler>();
        return this;
    }

    /// <summary>
    /// Runs a filter around each handler of a client's event in <b>all</b> namespaces of this worker, from now on: see <see cref="IEventFilter"/>.
    /// </summary>
    public SocketIOServer AddFilter(IEventFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Filters.Add(filter);
        return this;
    }

    /// <summary>The same with a filter that is a service of the application; one that is not registered is made for each event from services.</summary>
    public SocketIOServer AddFilter<TFilter>()
        where TFilter : class, IEventFilter => AddFilter(new ServiceFilter<TFilter>());

    /// <summary>The same with a delegate: <c>async (context, next) => await next(context)</c>.</summary>
    public SocketIOServer AddFilter(Func<EventContext, EventFilterNext, ValueTask<object?>> filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        HandlerAttributes.Check(filter, "a filter");
        return AddFilter(new DelegateFilter(filter));
    }

    /// <inheritdoc cref="Namespace.RequireAuthorization(string[])"/>
    public SocketIOServer RequireAuthorization(params string[] policies)
    {
        Main.RequireAuthorization(policies);
        return this;
    }

    /// <inheritdoc cref="Namespace.RequireAuthorization(AuthorizationPolicy)"/>
    public SocketIOServer RequireAuthorization(AuthorizationPolicy policy)
    {
        Main.RequireAuthorization(policy);
        return this;
    }

    /// <summary>Workers of the cluster that are known and confirmed, this one included.</summary>
    public ValueTask<int> ServerCountAsync(CancellationToken ct = default) => Main.Adapter.ServerCountAsync(ct);

    /// <summary>The namespace of that name, made when it does not exist yet. A missing leading slash is added; an empty name is the main namespace.</summary>
    /// <remarks>
    /// A name that a pattern registered before matches becomes a namespace of that pattern, with its middlewares and handlers, as if a client had
    /// asked for it; a predicate is not asked. It exists on this worker; other workers make theirs. Once it has handlers or middlewares of its own it
    /// stays, whatever <see cref="SocketIOOptions.CleanupEmptyChildNamespaces"/> says.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// No client can ask for it: the name has a comma, or is longer than <see cref="SocketIOOptions.MaxNamespaceLength"/>.
    /// </exception>
    public Namespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Table.Of(name.StartsWith('/') ? name : "/" + name);
    }

    /// <summary>Namespaces whose whole name the pattern matches somewhere (anchor it), made when a client asks for one.</summary>
    public DynamicNamespace Of(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Table.Add(new DynamicNamespace(this, (name, _) => new ValueTask<bool>(pattern.IsMatch(name)), pattern));
    }

    /// <summary>
    /// Namespaces that a predicate accepts, by name and handshake, made when a client asks for one. Patterns and predicates are asked in the order
    /// they were registered.
    /// </summary>
    public DynamicNamespace Of(Func<string, Handshake?, ValueTask<bool>> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return Table.Add(new DynamicNamespace(this, accepts));
    }

    /// <summary>
    /// Closes the server gently: it takes no new sessions (a handshake is brought to another worker, or answered 503), tells the other workers that
    /// it leaves, and lets its clients go one after the other: from then on a client's events are not dispatched any more, its handlers that run end
    /// and their acknowledgements leave, then its connection is closed with what is queued for it and its close packet. Sockets leave with
    /// <see cref="DisconnectReason.ServerShuttingDown"/>, and clients reconnect elsewhere. Disconnect handlers, and all others that still run, are
    /// waited for, and only then the adapters are let go, so that they can still emit. All of that within <c>akka.cluster-adapter.drain-timeout</c>
    /// (2 s without a cluster): a handler that owes an acknowledgement holds its client for three quarters of it, any other event handler for half;
    /// at its end the rest is cut off, and disconnect handlers that begin only then have 1 s more. What has not ended then is named in a warning and
    /// left alone. What is broadcast meanwhile reaches those that are still there. Applications need not call it: a host that stops does, and so does
    /// an actor system that shuts down. Later calls wait for the first one.
    /// </summary>
    /// <param name="ct">Cuts off at once who is still there, and waits for no handler any more.</param>
    public Task DrainAsync(CancellationToken ct = default) => Shutdown.DrainAsync(ct);

    /// <summary>
    /// Closes the server at once: sockets leave with <see cref="DisconnectReason.ServerShuttingDown"/> (clients reconnect) and connections are
    /// closed. Then handlers that still run, those of the disconnects included, are waited for, at most <c>akka.cluster-adapter.drain-timeout</c> (2
    /// s without a cluster; a warning names those that have not ended), and the adapters are let go. Later calls wait for the first one. A handler
    /// that awaits it waits for itself: it should not.
    /// </summary>
    /// <param name="ct">Waits for no handler any more; the server is closed all the same.</param>
    public ValueTask CloseAsync(CancellationToken ct = default) => Shutdown.CloseAsync(ct);

    /// <summary>As <see cref="CloseAsync"/> without a token.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>
    /// As <see cref="CloseAsync"/> without a token, for containers that are disposed synchronously: blocks until the server is closed. Prefer
    /// <see cref="DisposeAsync"/>.
    /// </summary>
    public void Dispose() =>
        // IDisposable leaves no other way; nothing that is waited for needs this thread, and the wait has an end.
        CloseAsync().AsTask().GetAwaiter().GetResult();

    private IEnumerable<(string, long)> ByKind(Func<Namespace, int> count) =>
        Table.Present.GroupBy(static ns => ns.Kind).Select(kind => (kind.Key, (long)kind.Sum(count)));

    private void ShowRecovery(SessionStores sessions)
    {
        Metrics.Show(
            Guard, "socketio.server.sessions.away", "{session}",
            "Clients that are away and may come back, by namespace.", () => ByKind(static ns => ns.Recovery!.Sessions.SessionCount));
        Metrics.Show(
            Guard, "socketio.server.sessions.copied", "{session}", "Sessions of other workers that this one keeps a copy of, by namespace.",
            () => ByKind(static ns => ns.Recovery!.Sessions.Copies.Size.Sessions));
        Metrics.ShowRecovery(Guard, () =>
        [
            ("events", sessions.Size.Bytes),
            ("sessions", sessions.SessionBytes),
            ("copies", Table.Present.Sum(static ns => ns.Recovery!.Sessions.Copies.Size.Bytes)),
        ]);
    }

    internal void TellOfNew(Namespace ns) => Guard.Raise("namespace-created", NamespaceCreated, static (handler, ns) => handler(ns), ns);

    internal EngineMessage Encode(PacketHeader header, PacketBody? body)
    {
        var encoded = Parser.Encode(header, body);
        return encoded.IsText
            ? EngineMessage.Text(encoded.Head.Span, encoded.Attachments.IsDefaultOrEmpty ? default : encoded.Attachments.AsSpan())
            : EngineMessage.Binary(encoded.Head.Span);
    }

    internal static Handshake HandshakeOf(EngineRequest request, JsonElement auth, JsonSerializerOptions? json = null) => new()
    {
        Headers = request.Headers,
        Query = request.Query,
        Url = request.Url,
        Address = request.RemoteAddress?.ToString() ?? "",
        Time = request.Time,
        Secure = request.IsSecure,
        Xdomain = request.Headers.ContainsKey("origin"),
        Auth = auth,
        Items = request.Items,
        Json = json,
    };

    /// <summary>The Engine floor's view of this server.</summary>
    private sealed class EngineBridge(SocketIOServer server) : IEngineHandler
    {
        public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct) => server.Adapters.WaitUntilReadyAsync(ct);

        public void Opened(EngineSocket socket) => socket.State = new Client(server, socket);

        public void Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary) => (socket.State as Client)?.Message(message, isBinary);

        public void Closed(EngineSocket socket, CloseReason reason) => (socket.State as Client)?.Closed(reason switch
        {
            CloseReason.TransportClose => DisconnectReason.TransportClose,
            CloseReason.TransportError => DisconnectReason.TransportError,
            CloseReason.PingTimeout => DisconnectReason.PingTimeout,
            CloseReason.ParseError => DisconnectReason.ParseError,
            _ => DisconnectReason.ForcedClose,
        });
    }
}
