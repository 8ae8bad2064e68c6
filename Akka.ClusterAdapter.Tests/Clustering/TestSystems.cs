using Akka.Actor;
using Akka.Actor.Setup;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Actor systems of one cluster in this process, on ports the system chooses, gossiping fast.</summary>
internal sealed class TestSystems
{
    private const string Name = "sio";

    private static readonly Config Fast = ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = cluster
          actor.serialization-settings.allow-unregistered-types = false
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.exit-clr = off
          cluster-adapter.drain-timeout = 500ms
          remote.dot-netty.tcp.hostname = "127.0.0.1"
          remote.dot-netty.tcp.port = 0
          cluster {
            roles = [socketio]
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            periodic-tasks-initial-delay = 100ms
            pub-sub.gossip-interval = 100ms
          }
        }
        """);

    /// <summary>
    /// How members are linked in this run of the tests: <c>CLUSTER_TRANSPORT</c> is a value of <c>akka.cluster-adapter.transport</c>, <c>CLUSTER_LOOP</c> of
    /// <c>akka.cluster-adapter.loop</c>.
    /// </summary>
    private static readonly Config Linked = ConfigurationFactory.ParseString($"""
        akka.cluster-adapter.transport = {Environment.GetEnvironmentVariable("CLUSTER_TRANSPORT") ?? "auto"}
        akka.cluster-adapter.loop = {Environment.GetEnvironmentVariable("CLUSTER_LOOP") ?? "cluster"}
        """);

    private readonly List<ActorSystem> _systems = [];

    public IReadOnlyList<ActorSystem> All => _systems;

    /// <summary>Another system of the cluster; the first one forms it.</summary>
    public ActorSystem Add(string overrides = "")
    {
        var config = ConfigurationFactory.ParseString(overrides).WithFallback(Fast).WithFallback(Linked).WithFallback(ClusterAdapterHocon.Hardened());
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config));
        var system = ActorSystem.Create(Name, ClusterTls.From(config) is { } tls ? setup.And(tls) : setup);
        _systems.Add(system);
        return system;
    }

    /// <summary>Lets a system into the cluster.</summary>
    public void Join(ActorSystem system) => AkkaCluster.Get(system).Join(AkkaCluster.Get(_systems[0]).SelfAddress);

    /// <summary>A worker with one namespace that joins the cluster.</summary>
    public Worker AddWorker(string @namespace = "/", string overrides = "")
    {
        var system = Add(overrides);
        var worker = new Worker(system, @namespace);
        Join(system);
        return worker;
    }

    public async Task<Worker[]> AddWorkersAsync(int count, string @namespace = "/", string overrides = "")
    {
        var workers = new Worker[count];
        for (var i = 0; i < count; i++)
            workers[i] = AddWorker(@namespace, overrides);
        await Eventually.TrueAsync(
            () => workers.All(worker => worker.Extension is { IsReady: true, IsDegraded: false } && worker.Extension.ServerCount == count),
            "The cluster never became ready.");
        return workers;
    }

    /// <summary>A member that only publishes; it joins the cluster.</summary>
    public SocketIOEmitter AddEmitter(string overrides = "", IPacketParser? parser = null)
    {
        var system = Add(overrides);
        var emitter = SocketIOEmitter.Create(system, parser);
        Join(system);
        return emitter;
    }

    public async Task EndAsync() => await Task.WhenAll(_systems.Select(system => system.Terminate()));
}

/// <summary>One system with the adapter of one namespace.</summary>
internal sealed class Worker
{
    public Worker(ActorSystem system, string @namespace)
    {
        System = system;
        Extension = ClusterAdapterExtension.Get(system);
        Host = new FakeHost(@namespace);
        Adapter = Host.Adapter = Extension.CreateAdapter(@namespace, Host);
    }

    public ActorSystem System { get; }

    public ClusterAdapterExtension Extension { get; }

    public FakeHost Host { get; }

    public IAdapter Adapter { get; }

    public long Counter(PeerCounter counter) => Extension.State.Counters[counter];

    public AdapterWorker AsAdapterWorker() => new(Extension.WorkerId, Adapter, Host);
}
