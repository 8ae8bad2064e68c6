using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestKitExample;

/// <summary>Three actor systems in one process form a cluster; each is one worker, as three processes would be.</summary>
public sealed class PresenceInAClusterTests() : TestKit(Settings, "chat")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Port 0: a free one for each system.
    private static readonly Config Settings = ConfigurationFactory.ParseString(
        """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.cluster.roles = ["socketio"]
        """).WithFallback(ClusterAdapterHocon.Hardened()).WithFallback(ClusterAdapterExtension.DefaultConfig);

    private readonly List<ActorSystem> _others = [];

    [Fact]
    public async Task The_lobby_is_told_on_every_worker()
    {
        ActorSystem[] systems = [Sys, StartAnother(), StartAnother()];
        var workers = systems.Select(system => new Worker(this, system)).ToArray();
        await JoinAsync(systems);
        for (var i = 0; i < workers.Length; i++)
            await workers[i].Namespace.ConnectAsync(workers[i].Adapter, $"socket-{i}", "lobby");
        var presence = systems[2].ActorOf(PresenceActor.Props(workers[2].Adapter, workers[2].Namespace.Parser));

        presence.Tell(new CameOnline("Ada"), TestActor);

        for (var i = 0; i < workers.Length; i++)
            await workers[i].Clients.ExpectMsgAsync(new Received($"socket-{i}", "online", "Ada"), Patience);
    }

    protected override void AfterAll()
    {
        foreach (var system in _others)
            Shutdown(system);
        base.AfterAll();
    }

    private ActorSystem StartAnother()
    {
        var system = ActorSystem.Create(Sys.Name, Sys.Settings.Config);
        _others.Add(system);
        return system;
    }

    /// <summary>Returns when every worker knows every other and is known by it: from then on nothing that is broadcast is missed.</summary>
    private async Task JoinAsync(ActorSystem[] systems)
    {
        var first = AkkaCluster.Get(Sys).SelfAddress;
        foreach (var system in systems)
            await AkkaCluster.Get(system).JoinAsync(first).WaitAsync(Patience);
        await AwaitConditionAsync(
            () => Task.FromResult(systems.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 3 })), Patience);
    }

    private sealed class Worker
    {
        public Worker(TestKit test, ActorSystem system)
        {
            Clients = test.CreateTestProbe(system);
            Namespace = new FakeNamespace("/chat", Clients);
            Adapter = ClusterAdapterExtension.Get(system).CreateAdapter("/chat", Namespace);
        }

        public TestProbe Clients { get; }

        public FakeNamespace Namespace { get; }

        public IAdapter Adapter { get; }
    }
}
