using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter;

/// <summary>
/// A Socket.IO server. What is called on it directly is meant for its main namespace <c>/</c>. A singleton of the application's services;
/// may be used from anywhere, at any time, by any thread.
/// </summary>
public sealed partial class SocketIOServer : BroadcastTarget, IAsyncDisposable, IDisposable
{
    private const string BothSet = "JsonSerializerOptions are not used when Parser is set: give them to the parser, as in new MessagePackPacketParser(options).";

    private readonly Lock _gate = new();

    /// <summary>A server; applications get theirs from <c>AddSocketIO</c>.</summary>
    /// <param name="options">Settings; must not change any more.</param>
    /// <param name="adapters">Makes the adapter of each namespace.</param>
    /// <param name="time">Clock of heartbeats and time-outs.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="services">Where handler classes get their dependencies; without it there are none.</param>
    /// <exception cref="OptionsValidationException">A setting is out of its range, or does not go with another.</exception>
    public SocketIOServer(SocketIOOptions options, IAdapterFactory adapters, TimeProvider time, ILoggerFactory loggers, IServiceProvider? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(loggers);
        if (new SocketIOOptionsValidator().Validate(null, options) is { Failed: true } invalid)
            throw new OptionsValidationException(nameof(SocketIOOptions), typeof(SocketIOOptions), invalid.Failures);

        if (options is { Parser: not null, JsonSerializerOptions: not null })
            throw new OptionsValidationException(nameof(SocketIOOptions), typeof(SocketIOOptions), [BothSet]);

        Services = services;
        Options = options;
        Adapters = adapters;
        Time = time;
        Parser = options.Parser ?? new JsonPacketParser(options.JsonSerializerOptions);
        ServerSideFormat = PacketJson.ServerSide(adapters.ServerSideFormat, Parser);
        DecoderLimits = options.DecoderLimits();
        Logger = CarefulLoggers.Of(loggers, time).CreateLogger<SocketIOServer>();
        Guard = new(Logger, Metrics.Failed);
        Metrics.ListenerFailed = Guard.Fail;
        Parameters = new(services);
        Table = new(this);
        if (options.ConnectionStateRecovery is { } recovery)
            (Sessions, Recoveries) = (new SessionStores(recovery, Parser, time, Table.EndEmpty, Guard), new RecoveryBudget(time));
        Engine = new EngineServer(options, new EngineBridge(this), time, loggers);
        Main = Of("/");
        _drain = new(() => Task.Run(LetGoAsync));
        adapters.Leaving += DrainAsync;
    }

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

    /// <summary>Namespaces of this worker, those made from patterns included.</summary>
    public IReadOnlyCollection<Namespace> Namespaces => [.. Table.Present];

    /// <summary>Acknowledgements that clients of this worker owe now, in all namespaces.</summary>
    public int PendingAckCount => Table.Present.Sum(ns => ns.Sockets.Values.Sum(socket => socket.PendingAckCount));

    /// <summary>
    /// A namespace was created on this worker; nobody is admitted to it before all handlers have returned. Raised outside all locks, on the thread that creates it: must not block. What a handler throws is
    /// logged and counted. A namespace made from a pattern is created before its middlewares decide about its first client, and goes again when they refuse it.
    /// </summary>
    public event Action<Namespace>? NamespaceCreated;

    /// <summary>Its namespaces.</summary>
    internal NamespaceTable Table { get; }

    internal SocketIOOptions Options { get; }

    internal ServerMetrics Metrics { get; } = new();

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

    /// <summary>Which parameters a handler may have.</summary>
    internal ParameterRule Parameters { get; }

    /// <summary>The application's code that runs now.</summary>
    internal RunningHandlers Running { get; } = new();

    internal PacketDecoderLimits DecoderLimits { get; }

    internal override IPacketParser Parser { get; }

    /// <summary>How arguments of server-side events travel.</summary>
    internal IArgumentFormat ServerSideFormat { get; }

    internal override BroadcastOperator Operator => Main.Operator;

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

    /// <inheritdoc cref="Namespace.MapHandler"/>
    public SocketIOServer MapHandler<THandler>()
        where THandler : SocketHandler
    {
        Main.MapHandler<THandler>();
        return this;
    }

    /// <summary>Workers of the cluster that are known and confirmed, this one included.</summary>
    public ValueTask<int> ServerCountAsync(CancellationToken ct = default) => Main.Adapter.ServerCountAsync(ct);

    /// <summary>The namespace of that name, made when it does not exist yet. A missing leading slash is added; an empty name is the main namespace.</summary>
    /// <remarks>
    /// A name that a pattern registered before matches becomes a namespace of that pattern, with its middlewares and handlers, as if a client had asked for it; a predicate
    /// is not asked. It exists on this worker; other workers make theirs. Once it has handlers or middlewares of its own it stays, whatever
    /// <see cref="SocketIOOptions.CleanupEmptyChildNamespaces"/> says.
    /// </remarks>
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

    /// <summary>Namespaces that a predicate accepts, by name and handshake, made when a client asks for one. Patterns and predicates are asked in the order they were registered.</summary>
    public DynamicNamespace Of(Func<string, Handshake?, ValueTask<bool>> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return Table.Add(new DynamicNamespace(this, accepts));
    }

    internal void TellOfNew(Namespace ns) => Guard.Raise("namespace-created", NamespaceCreated, static (handler, ns) => handler(ns), ns);

    internal EngineMessage Encode(PacketHeader header, PacketBody? body)
    {
        var encoded = Parser.Encode(header, body);
        return encoded.IsText
            ? EngineMessage.Text(encoded.Head.Span, encoded.Attachments.IsDefaultOrEmpty ? default : encoded.Attachments.AsSpan())
            : EngineMessage.Binary(encoded.Head.Span);
    }

    internal static Handshake HandshakeOf(EngineRequest request, JsonElement auth) => new()
    {
        Headers = request.Headers,
        Query = request.Query,
        Url = request.Url,
        Address = request.RemoteAddress?.ToString() ?? "",
        Time = request.Time,
        Secure = request.IsSecure,
        Xdomain = request.Headers.ContainsKey("origin"),
        Auth = auth,
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
