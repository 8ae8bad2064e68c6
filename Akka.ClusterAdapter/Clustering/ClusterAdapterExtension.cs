using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes an actor system a worker of a Socket.IO cluster: one adapter actor for all namespaces, the adapters, and what is known about the other workers.
/// With the local actor provider it is a cluster of one that is ready at once. A member that has only a <see cref="SocketIOEmitter"/> is no worker: nobody
/// counts it or waits for it.
/// </summary>
public sealed class ClusterAdapterExtension : IExtension
{
    /// <summary>The adapter actor's name among the actor system's own children.</summary>
    internal const string ActorName = "socketio-adapter";

    private readonly Lock _publishing = new();
    private readonly ClusterState _state;
    private readonly IActorRef _actor = ActorRefs.Nobody;
    private readonly StartChecks _checks;
    private readonly int _frameSize;
    private readonly WorkerServers _servers;
    private volatile bool _isHeld;

    internal ClusterAdapterExtension(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(DefaultConfig);
        Loop = ClusterLoop.Of(system);
        var settings = ClusterAdapterSettings.Read(system.Settings.Config);
        var log = Logging.GetLogger(system, nameof(ClusterAdapterExtension));
        var careful = new CarefulLogger(new AkkaLogger(log), TimeProvider.System);
        var guard = new Guard(careful);
        var isClustered = system.Provider is IClusterActorRefProvider;
        _checks = new StartChecks(system, settings, log);
        AdvertisedUrl = settings.AdvertisedUrl;
        ServerSideFormat = settings.ServerSideValues == ServerSideValues.Hyperion
            ? new HyperionFormat(ServerSideTypes.Load(settings.ServerSideTypes), settings.MaxPacketSize)
            : new JsonPacketParser();
        _servers = new(this);
        Adapters = _servers.FactoryOf(ServerName.Unnamed);
        if (!isClustered)
        {
            RefuseSilence(system, settings);
            var life = RandomNumberGenerator.GetHexString(16, lowercase: true);
            _state = new ClusterState($"{system.Name}#{life}", isClustered: false, settings, TimeProvider.System)
            {
                Guard = guard,
                Logger = careful,
                IsServed = _servers.IsServed,
            };
            _state.Readiness.Set(degraded: false);
            guard.When("actor-system", system.WhenTerminated, static state => state.Metrics.End(), _state);
            WorkerShutdown.Register(system, this, _state);
            return;
        }

        _checks.Run();
        _frameSize = _checks.FrameSize;
        Host = AkkaCluster.Get(system).SelfAddress.Host;
        _state = new ClusterState(Membership.Peers.IdOf(AkkaCluster.Get(system).SelfUniqueAddress), isClustered: true, settings, TimeProvider.System)
        {
            Guard = guard,
            Loop = Loop,
            Logger = careful,
            IsServed = _servers.IsServed,
        };
        Loop.TookOver = () => _state.Counters.Add(PeerCounter.TakeOvers);
        var props = AdapterActor.Props(_state, new MediatorBus(Mediator(system, settings), settings.Topic)).WithDispatcher(ClusterLoop.DispatcherOf(system));
        _actor = system.ActorOf(props, ActorName);
        var ended = new CancellationTokenSource();
        _state.ActorEnded = ended.Token;
        _state.Detached = server =>
        {
            if (_servers.TryEnd(server))
                PublishCard();
        };
        guard.When("actor-system", system.WhenTerminated, static state => state.Metrics.End(), _state);
        guard.When("adapter-actor", _actor.WatchAsync(), static ended => ended.Cancel(), ended);
        _state.Overflowed = () => log.Error(
            "The application emits faster than its messages leave, without awaiting: {0} bytes of them wait (akka.cluster-adapter.peer-queue). "
            + "What does not fit does not reach the other workers. Await what emits.",
            settings.PeerQueue);
        WorkerShutdown.Register(system, this, _state);
        OrphanedAssociations.Watch(system);
        DnsJoining.Begin(system, log);
        SeedAddresses.Watch(system, guard, island => _state.Island = island, _state.EndLife);
    }

    /// <summary>The settings this adapter falls back on, <c>HOCON/reference.conf</c>.</summary>
    public static Config DefaultConfig { get; } = ConfigurationFactory.FromResource<ClusterAdapterExtension>("Akka.ClusterAdapter.reference.conf");

    /// <summary>The thread that receives from the other members.</summary>
    internal ClusterLoop Loop { get; }

    /// <summary>Makes the adapters; the server uses it.</summary>
    public IAdapterFactory Factory => Adapters;

    /// <summary>Makes the adapters of a named server; the server uses it.</summary>
    /// <param name="server">The server's name.</param>
    /// <exception cref="ArgumentException">It is no name for a server.</exception>
    public IAdapterFactory FactoryOf(string server)
    {
        ServerName.Check(server);
        return _servers.FactoryOf(server);
    }

    /// <inheritdoc cref="Factory"/>
    internal AkkaClusterAdapterFactory Adapters { get; }

    /// <summary>Name of this worker: its address in the cluster and the life of its process. A restarted process on the same port is another worker.</summary>
    public string WorkerId => _state.WorkerId;

    /// <summary>
    /// Name of the packet parser of this worker's unnamed server; every worker must use the same. Set it before the first adapter is made;
    /// otherwise the first adapter's host names it. Until then this worker does not greet the others and is not ready.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another parser is in use already.</exception>
    public string? ParserName
    {
        get => _servers.ParserOf(ServerName.Unnamed);
        set => Serve(ServerName.Unnamed, value ?? throw new ArgumentNullException(nameof(value)));
    }

    /// <summary>True while the cluster counts this member in: it is Up or WeaklyUp. Before that it takes no clients, however long it waits.</summary>
    internal bool IsMember => _state.IsMember;

    /// <summary>True when this worker may take clients.</summary>
    public bool IsReady => _state.Readiness.IsReady;

    /// <summary>
    /// True when it takes clients although messages may not reach some workers: <c>akka.cluster-adapter.ready-timeout</c> has passed, or there is a second
    /// cluster of the same name.
    /// </summary>
    public bool IsDegraded => _state.Readiness.IsDegraded || (IsReady && _state.Island is not null);

    /// <summary>
    /// While <see cref="IsDegraded"/>: names of the workers that messages may not reach, what this worker itself is missing, or a sentence about the
    /// second cluster. Otherwise empty. A snapshot.
    /// </summary>
    public IReadOnlyList<string> Missing => _state switch
    {
        _ when !IsDegraded => [],
        { Island: { } island } => [.. _state.Readiness.IsDegraded ? _state.Readiness.Missing : [], island],
        _ => _state.Readiness.Missing,
    };

    /// <summary>Why this worker will never be ready (again), in one sentence: it leaves, was refused or was declared dead. Null while it may.</summary>
    public string? NotReadyBecause => _state.Readiness.EndedBecause;

    /// <summary>Names of the other workers that are confirmed. A snapshot.</summary>
    public IReadOnlyList<string> Peers => [.. _state.Peers.Select(peer => peer.WorkerId)];

    /// <summary>Confirmed workers, this one included unless this member is an emitter.</summary>
    public int ServerCount => _state.ServerCount;

    /// <summary>Questions of this worker that wait for the others' answers now; at most <c>akka.cluster-adapter.max-outstanding-requests</c>.</summary>
    public int OutstandingRequests => _state.OutstandingRequests;

    /// <summary>Counters of the traffic between workers by name. A snapshot.</summary>
    public IReadOnlyDictionary<string, long> Counters => _state.Counters.Snapshot();

    /// <summary>What is measured.</summary>
    internal ClusterMetrics Metrics => _state.Metrics;

    /// <summary>Makes its numbers instruments, until that is disposed of or the factory is.</summary>
    internal IDisposable ShowMetrics(IMeterFactory? factory) => _state.Metrics.Show(factory);

    /// <summary>
    /// Ends when this worker is no member of the cluster any more. When the others gave it up, a host should stop the process
    /// with an exit code other than 0.
    /// </summary>
    public Task<WorkerEnd> Terminated => _state.Ended;

    /// <summary>How long a worker that stops takes to close its sockets, <c>akka.cluster-adapter.drain-timeout</c>.</summary>
    public TimeSpan DrainTimeout => _state.Settings.DrainTimeout;

    /// <summary>The part of this worker's session ids that names it, for the other workers' directories.</summary>
    internal string Tag { get; private set; } = "";

    /// <summary>Where other workers can forward HTTP requests to, from HOCON or what <see cref="Announce"/> was told.</summary>
    internal string AdvertisedUrl { get; private set; } = "";

    /// <summary>Whether a server of this worker still takes clients, as far as servers end by themselves.</summary>
    internal bool IsServing => _servers.IsServing;

    /// <summary>Lets every server let its clients go.</summary>
    internal Task LetGoAsync() => _servers.LetGoAsync();

    /// <summary>The secret a forwarded request must carry.</summary>
    internal string ForwardToken { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Where other members reach this one, without a port; null outside a cluster.</summary>
    internal string? Host { get; }

    /// <summary>What the confirmed workers told about themselves. A snapshot.</summary>
    internal IReadOnlyList<PeerInfo> PeerInfos => _state.Peers;

    /// <summary>How the values of server-side events travel.</summary>
    internal IArgumentFormat ServerSideFormat { get; }

    internal ClusterState State => _state;

    internal IActorRef Actor => _actor;

    /// <summary>The extension of an actor system; started by the first call.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong, would lose messages or is not safe; the message says what to do.</exception>
    public static ClusterAdapterExtension Get(ActorSystem system) => system.WithExtension<ClusterAdapterExtension, ClusterAdapterProvider>();

    /// <summary>The adapter of a namespace that was just created on this worker.</summary>
    /// <param name="host">The namespace.</param>
    /// <exception cref="InvalidOperationException">The namespace has an adapter already, or its parser is not the worker's.</exception>
    [Experimental(AdapterContract.Id)]
    public IAdapter CreateAdapter(IAdapterHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return CreateAdapter(host, ServerName.Unnamed);
    }

    /// <summary>The adapter of a server's namespace.</summary>
    internal AkkaClusterAdapter CreateAdapter(IAdapterHost host, string server)
    {
        Serve(server, host.Parser.Name);
        var adapter = new AkkaClusterAdapter(host, _state, _actor, server);
        adapter.Resume();
        // Another one may have been its last namespace for a moment.
        Serve(server, host.Parser.Name);
        return adapter;
    }

    /// <inheritdoc cref="CreateAdapter(IAdapterHost)"/>
    /// <param name="name">The namespace's name, the same as the host's.</param>
    /// <param name="host">The namespace.</param>
    /// <exception cref="ArgumentException">The host is another namespace's.</exception>
    [Experimental(AdapterContract.Id)]
    public IAdapter CreateAdapter(string name, IAdapterHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return name == host.Name ? CreateAdapter(host) : throw new ArgumentException($"The host is the one of namespace '{host.Name}'.", nameof(name));
    }

    /// <summary>
    /// Waits until this worker may take clients, at most <c>akka.cluster-adapter.ready-timeout</c>; false when it may not (yet, or ever again).
    /// </summary>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => _state.Readiness.WaitAsync(_state.Settings.ReadyTimeout, ct);

    /// <summary>
    /// Ends readiness for good and tells the other workers not to count on this one any more; its sockets still get everything until it leaves the cluster.
    /// The first step of shutting down; coordinated shutdown does the same before the cluster is left. Harmless when repeated.
    /// </summary>
    public async Task DrainAsync(CancellationToken ct = default)
    {
        const string reason = "This worker is shutting down.";
        _state.Readiness.End(reason);
        if (_actor.IsNobody())
            return;
        try
        {
            await _actor.Ask<Drained>(new Drain(reason), TimeSpan.FromSeconds(1), ct).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // The actor is gone or far behind: the others will see the member leave.
        }
    }

    /// <summary>Keeps this worker from greeting the others before <see cref="Announce"/>: who knows it shall know where its sessions are.</summary>
    internal void HoldHello() => _isHeld = true;

    /// <summary>Tells the other workers where this one's sessions are.</summary>
    /// <param name="tag">The part of its session ids that names it.</param>
    /// <param name="url">Where its HTTP endpoint is; empty when the others cannot reach it. What HOCON says goes first.</param>
    /// <param name="maxPayloads">The largest body of a request that each server takes, in bytes; one that is not in it does not tell.</param>
    internal void Announce(string tag, string url, IReadOnlyDictionary<string, int>? maxPayloads = null)
    {
        Tag = tag;
        _servers.MaxPayloads = maxPayloads ?? new Dictionary<string, int>();
        if (AdvertisedUrl.Length == 0)
            AdvertisedUrl = url;
        _isHeld = false;
        PublishCard();
    }

    /// <summary>This member publishes. When it serves sockets too, now or later, it remains, or becomes, a worker.</summary>
    /// <exception cref="InvalidOperationException">Another parser is in use already.</exception>
    internal void Emit(string server, string parserName)
    {
        if (_servers.Emit(server, parserName))
            PublishCard();
    }

    /// <summary>For hosts that stop the server themselves: warns when Akka would leave the cluster before.</summary>
    internal void VerifyHosted() => _checks.WarnWhenHosted();

    private static IActorRef Mediator(ActorSystem system, ClusterAdapterSettings settings)
    {
        var pubSub = DistributedPubSub.Get(system);
        return pubSub.IsTerminated
            ? throw new ConfigurationException($"Distributed publish-subscribe does not run on this member: set akka.cluster.pub-sub.role to {settings.Role}.")
            : pubSub.Mediator;
    }

    /// <summary>
    /// Remoting without the cluster is a line that was forgotten; neither is an actor test, or a single worker, unless somebody has said otherwise.
    /// </summary>
    private static void RefuseSilence(ExtendedActorSystem system, ClusterAdapterSettings settings)
    {
        var isRemote = system.Provider is Akka.Remote.IRemoteActorRefProvider;
        if (!isRemote && !settings.RequireCluster)
            return;
        throw new ConfigurationException(
            $"The cluster adapter is on an actor system {(isRemote ? "with remoting but without" : "without")} the cluster: it would be a worker for itself, "
            + "and say nothing. Add WithClustering(…) in front of WithSocketIOClusterAdapter, "
            + "or in HOCON akka.actor.provider = cluster; for a single worker leave the adapter out, "
            + "or set akka.cluster-adapter.require-cluster = off and the local provider.");
    }

    /// <summary>This member serves sockets.</summary>
    private void Serve(string server, string parserName)
    {
        if (_servers.Serve(server, parserName))
            PublishCard();
    }

    private void PublishCard()
    {
        if (_actor.IsNobody())
            return;
        // Two at once must not leave the older one.
        lock (_publishing)
            _state.Card = _isHeld ? null : _servers.Card() is { } card ? card with { FrameSize = _frameSize, Values = _state.Settings.ServerSideValues } : null;
        _actor.Tell(CardChanged.Instance, ActorRefs.NoSender);
    }
}

/// <summary>Lets HOCON start the extension with the actor system (<c>akka.extensions</c>), so that the serializer is there before the first message.</summary>
public sealed class ClusterAdapterProvider : ExtensionIdProvider<ClusterAdapterExtension>
{
    /// <inheritdoc/>
    public override ClusterAdapterExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
