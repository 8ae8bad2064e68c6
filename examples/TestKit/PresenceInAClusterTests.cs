using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestKitExample;

/// <summary>Three actor systems in one process form a cluster; each is one worker (or an emitter), as three processes would be.</summary>
public sealed class PresenceInAClusterTests() : TestKit(Settings, "chat")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Port 0: a free one for each system. The rest makes a small cluster in one process fast.
    private static readonly Config Settings = ConfigurationFactory.ParseString(
        """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.cluster.roles = ["socketio"]
        akka.cluster.gossip-interval = 200ms
        akka.cluster.leader-actions-interval = 200ms
        akka.cluster.pub-sub.gossip-interval = 100ms
        """).WithFallback(ClusterAdapterHocon.Hardened()).WithFallback(ClusterAdapterExtension.DefaultConfig);

    private readonly List<ActorSystem> _others = [];

    [Fact]
    public async Task The_lobby_is_told_on_every_worker_until_it_leaves()
    {
        ActorSystem[] systems = [Sys, StartAnother(), StartAnother()];
        var workers = systems.Select(system => new Worker(this, system)).ToArray();
        await JoinAsync(systems, workers: 3);
        for (var i = 0; i < workers.Length; i++)
            await workers[i].Namespace.ConnectAsync($"socket-{i}", "lobby");
        var presence = systems[2].ActorOf(PresenceActor.Props());

        presence.Tell(new CameOnline("Ada"), TestActor);
        for (var i = 0; i < workers.Length; i++)
            await workers[i].Clients.ExpectMsgAsync(new Received($"socket-{i}", "online", "Ada"), Patience);

        await systems[1].Terminate();
        await WorkersAreAsync(2, Sys, systems[2]);
        presence.Tell(new WhoIsThere(), TestActor);
        Assert.Equal(["socket-0", "socket-2"], (await ExpectMsgAsync<Lobby>(Patience)).Users.Order());
    }

    [Fact]
    public async Task An_actor_on_a_member_without_sockets_reaches_them_as_well()
    {
        ActorSystem[] systems = [Sys, StartAnother(), StartAnother()];
        var workers = systems[..2].Select(system => new Worker(this, system)).ToArray();
        // What is told before the member has joined waits.
        var presence = systems[2].ActorOf(PresenceActor.Props());
        presence.Tell(new WhoIsThere(), TestActor);
        for (var i = 0; i < workers.Length; i++)
            await workers[i].Namespace.ConnectAsync($"socket-{i}", "lobby");

        await JoinAsync(systems, workers: 2);

        Assert.Equal(["socket-0", "socket-1"], (await ExpectMsgAsync<Lobby>(Patience)).Users.Order());
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
    private async Task JoinAsync(ActorSystem[] systems, int workers)
    {
        var first = AkkaCluster.Get(Sys).SelfAddress;
        foreach (var system in systems)
            await AkkaCluster.Get(system).JoinAsync(first).WaitAsync(Patience);
        await WorkersAreAsync(workers, systems);
    }

    private Task WorkersAreAsync(int count, params ActorSystem[] systems) => AwaitConditionAsync(
        () => Task.FromResult(systems.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true } worker && worker.ServerCount == count)), Patience);

    private sealed class Worker
    {
        public Worker(TestKit test, ActorSystem system)
        {
            Clients = test.CreateTestProbe(system);
            Namespace = new FakeNamespace("/chat", Clients);
            Namespace.Adapter = ClusterAdapterExtension.Get(system).CreateAdapter(Namespace);
        }

        public TestProbe Clients { get; }

        public FakeNamespace Namespace { get; }
    }
}
