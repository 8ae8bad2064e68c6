using System.Collections.Concurrent;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Serialization;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>Whose code runs on the cluster's thread, and that nothing which blocks holds up the cluster.</summary>
[Collection(AloneTests.Name)]
public sealed class ClusterLoopTests : IAsyncLifetime
{
    private const string On = "akka.cluster-adapter.transport = epoll\nakka.cluster-adapter.loop = cluster\n";
    private const string Off = "akka.cluster-adapter.loop = off\n";

    /// <summary>How long a member may be silent before the others take it for dead.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly string Watched = $$"""
        akka.cluster.failure-detector { heartbeat-interval = 500ms, acceptable-heartbeat-pause = {{Pause.TotalSeconds}}s, expected-response-after = 500ms }
        akka.cluster.split-brain-resolver.stable-after = 60s
        akka.cluster-adapter.requests-timeout = 60s
        """;

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Theory]
    [InlineData("/user/socketio-adapter", true)]
    [InlineData("/user/socketio-adapter/ns-*", false)]
    [InlineData("/system/distributedPubSubMediator", true)]
    [InlineData("/system/distributedPubSubMediator/socketio", true)]
    [InlineData("/system/cluster/core/daemon", true)]
    [InlineData("/system/cluster/core/daemon/heartbeatSender", true)]
    [InlineData("/system/endpointManager", true)]
    [InlineData("/user/mine", false)]
    public async Task Only_the_clusters_own_actors_have_its_dispatcher(string path, bool isOwn)
    {
        var worker = (await _systems.AddWorkersAsync(1, overrides: On))[0];
        worker.System.ActorOf(Props.Create(() => new Telling()), "mine");

        var actor = await worker.System.ActorSelection(path).ResolveOne(Deadline);

        Assert.Equal(isOwn ? ClusterLoop.DispatcherId : Dispatchers.DefaultDispatcherId, DispatcherOf(actor));
    }

    [Theory]
    [InlineData(On, true)]
    [InlineData(Off, false)]
    [InlineData("akka.cluster-adapter.transport = dotnetty\nakka.cluster-adapter.loop = cluster\n", false)]
    [InlineData("akka.cluster-adapter.transport = select\nakka.cluster-adapter.loop = cluster\n", false)]
    public async Task The_thread_runs_them_where_there_is_one(string settings, bool runs)
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: settings);
        var own = workers[0].System.ActorOf(Props.Create(() => new Telling()).WithDispatcher(ClusterLoop.DispatcherId), "own");
        var theirs = workers[0].System.ActorOf(Props.Create(() => new Telling()), "theirs");

        Assert.Equal(runs, await own.Ask<string>("who?", Deadline) == Receiver.ThreadName);
        Assert.NotEqual(Receiver.ThreadName, await theirs.Ask<string>("who?", Deadline));
        var far = await workers[1].System.ActorSelection(theirs.Path.ToStringWithAddress(AkkaCluster.Get(workers[0].System).SelfAddress)).ResolveOne(Deadline);
        Assert.NotEqual(Receiver.ThreadName, await far.Ask<string>("who?", Deadline));
    }

    [Theory]
    [InlineData(On, true)]
    [InlineData(Off, false)]
    [InlineData("akka.cluster-adapter.transport = epoll\nakka.actor.default-dispatcher.executor = fork-join-executor\n", false)]
    public async Task A_lonely_handler_and_who_has_asked_run_on_the_thread_that_stands_by(string settings, bool standsBy)
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: settings);
        var handlers = new ConcurrentQueue<string?>();
        workers[1].Host.ServerSideAnswer = _ =>
        {
            handlers.Enqueue(Thread.CurrentThread.Name);
            return FakeHost.Body("[]");
        };
        var askers = new List<string?>();

        // One that is answered before anybody waits for it goes on where it is.
        for (var i = 0; i < 20 || (standsBy && i < 1_000 && !askers.Contains(Standby.ThreadName)); i++)
            askers.Add(await AskAsync(workers[0].Adapter));

        Assert.Equal(standsBy, handlers.Contains(Standby.ThreadName));
        // Its threads stay the application's own; who asks has none there.
        Assert.Equal(settings != Off, askers.Contains(Standby.ThreadName));
        Assert.DoesNotContain(Receiver.ThreadName, handlers.Concat(askers));
    }

    [Theory]
    [InlineData("select")]
    [InlineData("dotnetty")]
    public async Task Clients_on_a_thread_that_there_is_not_are_refused_at_the_start(string transport)
    {
        var system = _systems.Add($"akka.cluster-adapter.transport = {transport}\nakka.cluster-adapter.loop = clients\n");

        var refused = Assert.Throws<ConfigurationException>(() => ClusterAdapterExtension.Get(system));

        Assert.Contains("akka.cluster-adapter.loop is clients", refused.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    [Fact]
    public async Task What_is_said_of_dispatchers_stays()
    {
        const string Mine = "akka.cluster.use-dispatcher = akka.actor.internal-dispatcher\nakka.actor.default-dispatcher.type = Dispatcher\n";

        var worker = (await _systems.AddWorkersAsync(1, overrides: On + Mine))[0];

        var sender = await worker.System.ActorSelection("/system/cluster/core/daemon/heartbeatSender").ResolveOne(Deadline);
        Assert.Equal("akka.actor.internal-dispatcher", DispatcherOf(sender));
        Assert.Equal(Dispatchers.DefaultDispatcherId, DispatcherOf(await worker.System.ActorSelection("/system/cluster/core/daemon").ResolveOne(Deadline)));
        var topic = await worker.System.ActorSelection("/system/distributedPubSubMediator/socketio").ResolveOne(Deadline);
        Assert.Equal(Dispatchers.DefaultDispatcherId, DispatcherOf(topic));
    }

    [Fact]
    public async Task Whatever_the_application_blocks_the_cluster_goes_on()
    {
        string[] places = ["/delivery", "/rooms", "/data", "/handler", "/asked", "/answers"];
        var workers = await _systems.AddWorkersAsync(2, overrides: On + Watched);
        using var held = new Held();
        var (here, there) = (workers[0], workers[1]);
        var (asking, asked) = (new ConcurrentDictionary<string, FakeHost>(), new ConcurrentDictionary<string, FakeHost>());
        foreach (var place in places)
        {
            asking[place] = await ServeAsync(here, place);
            asked[place] = await ServeAsync(there, place);
        }

        await here.Host.ConnectAsync("c");
        await there.Host.ConnectAsync("c");
        asked["/delivery"].BeforeDelivery = () => held.Block("/delivery");
        asked["/rooms"].Adapter.RoomChanged += _ => held.Block("/rooms");
        asked["/data"].HandshakeOf = _ => held.Block("/data", "{}");
        asked["/handler"].ServerSideAnswer = _ => held.Block("/handler", FakeHost.Body("[]"));
        asked["/asked"].ClientAnswer = _ => held.Block("/asked", "[]");
        asking["/answers"].ClientAnswer = _ => "[1]";

        // Who asks has a client too, which never answers: longer than they are blocked, and not much.
        var (everybody, patience) = (new BroadcastOptions(), 4 * Pause);
        await asking["/delivery"].Adapter.BroadcastAsync(FakeHost.Body("x"), everybody);
        await asking["/rooms"].Adapter.SocketsJoinAsync(everybody, ["r"]);
        List<Task> open =
        [
            asking["/data"].Adapter.FetchSocketsAsync(everybody),
            asking["/handler"].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("x"), Deadline),
            asking["/asked"].Adapter.BroadcastWithAckAsync(FakeHost.Body("x"), everybody with { Timeout = patience }),
            asked["/answers"].Adapter.StreamAnswersAsync(FakeHost.Body("x"), everybody with { Timeout = patience }, _ => held.Block("/answers")),
        ];
        await Eventually.TrueAsync(() => held.Count == places.Length, () => $"all of them block, not only {held}");

        for (var (start, i) = (TimeProvider.System.GetTimestamp(), 0); TimeProvider.System.GetElapsedTime(start) < 3 * Pause; i++)
            await ExchangeAsync(here, there, $"{i}", bothAsk: true);

        held.Release();
        await Task.WhenAll(open);
    }

    [Theory]
    [InlineData("Write")]
    [InlineData("Read")]
    public async Task A_serializer_that_blocks_holds_up_nobody_but_its_own_link(string way)
    {
        var bound = $$"""
            akka.actor.serializers.slow = "{{typeof(SlowSerializer).FullName}}, {{typeof(SlowSerializer).Assembly.GetName().Name}}"
            akka.actor.serialization-bindings { "{{typeof(Slow).FullName}}, {{typeof(Slow).Assembly.GetName().Name}}" = slow }
            """;
        // Who is not heard by one is unreachable for all: that link is not what this is about.
        const string Patient = "akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s\nakka.cluster-adapter.requests-timeout = 60s\n";
        var workers = await _systems.AddWorkersAsync(3, overrides: On + Patient + bound);
        var (here, there, third) = (workers[0], workers[1], workers[2]);
        await here.Host.ConnectAsync("c");
        await there.Host.ConnectAsync("c");
        using var held = new Held();
        SlowSerializer.Held = held;
        var before = there.Counter(PeerCounter.TakeOvers);
        var (from, to) = way == "Write" ? (there, third) : (third, there);
        var target = to.System.ActorOf(Props.Create(() => new Telling()), "target");
        var far = await from.System.ActorSelection(target.Path.ToStringWithAddress(AkkaCluster.Get(to.System).SelfAddress)).ResolveOne(Deadline);

        far.Tell(new Slow(way));
        await Eventually.TrueAsync(() => held.Count == 1, "it blocks");

        // What the third one has to say to it does not come, so it does not ask.
        for (var i = 0; i < 50; i++)
            await ExchangeAsync(here, there, $"{i}", bothAsk: false);

        Assert.InRange(there.Counter(PeerCounter.TakeOvers), before + 1, before + 3);
        held.Release();
    }

    /// <summary>Asks the others; the thread on which who has asked goes on.</summary>
    private static async Task<string?> AskAsync(IAdapter adapter)
    {
        await adapter.ServerSideEmitWithAckAsync(FakeHost.Body("x"), Deadline).ConfigureAwait(false);
        var name = Thread.CurrentThread.Name;
        // The next one is not asked from there.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return name;
    }

    private static string DispatcherOf(IActorRef actor) => ((ActorCell)((ActorRefWithCell)actor).Underlying).Dispatcher.Id;

    private static async Task<FakeHost> ServeAsync(Worker worker, string @namespace)
    {
        var host = new FakeHost(@namespace);
        host.Adapter = worker.Extension.CreateAdapter(@namespace, host);
        await host.ConnectAsync("c");
        return host;
    }

    /// <summary>Messages and answers go both ways, and each takes the other to be alive.</summary>
    private static async Task ExchangeAsync(Worker here, Worker there, string text, bool bothAsk)
    {
        foreach (var (from, to) in ((Worker, Worker)[])[(here, there), (there, here)])
        {
            var sent = $"{from.Extension.WorkerId}/{text}";
            await from.Adapter.BroadcastAsync(FakeHost.Body(sent), new BroadcastOptions());
            await Eventually.TrueAsync(() => to.Host.TextsOf("c").Contains(sent), "it arrives");
            if (bothAsk || from == here)
                Assert.Contains((await from.Adapter.FetchSocketsAsync(new BroadcastOptions())).Answers, socket => socket.WorkerId == to.Extension.WorkerId);
            Assert.DoesNotContain(AkkaCluster.Get(from.System).State.Unreachable, member => member.Address == AkkaCluster.Get(to.System).SelfAddress);
        }
    }

    /// <summary>Places where somebody is held until the test lets go.</summary>
    internal sealed class Held : IDisposable
    {
        private readonly ConcurrentDictionary<string, bool> _places = new();
        private readonly ManualResetEventSlim _released = new();

        public int Count => _places.Count;

        public void Block(string place)
        {
            _places[place] = true;
            _released.Wait(2 * Deadline);
        }

        public T Block<T>(string place, T result)
        {
            Block(place);
            return result;
        }

        public void Release() => _released.Set();

        public void Dispose() => _released.Set();

        public override string ToString() => string.Join(' ', _places.Keys);
    }

    private sealed class Telling : ReceiveActor
    {
        public Telling()
        {
            Receive<string>(_ => Sender.Tell(Thread.CurrentThread.Name ?? "a thread of the pool"));
            ReceiveAny(_ => { });
        }
    }

    /// <summary>An application's message.</summary>
    internal sealed record Slow(string Way);

    /// <summary>An application's serializer.</summary>
    internal sealed class SlowSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        internal static Held? Held { get; set; }

        public override int Identifier => 99_001;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj)
        {
            if (((Slow)obj).Way == "Write")
                Held?.Block("Write");
            return System.Text.Encoding.UTF8.GetBytes(((Slow)obj).Way);
        }

        public override object FromBinary(byte[] bytes, Type type)
        {
            var way = System.Text.Encoding.UTF8.GetString(bytes);
            if (way == "Read")
                Held?.Block("Read");
            return new Slow(way);
        }
    }
}
