using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Gateway;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Emitters that come, go, do not fit or become workers, and workers that do so before an emitter's eyes.</summary>
public sealed class EmitterLifeTests : IAsyncLifetime
{
    private const string Patient = "akka.cluster-adapter.ready-timeout = 60s";

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task What_is_sent_before_it_has_joined_arrives_in_order()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[0].Host.ConnectAsync("a");
        await workers[1].Host.ConnectAsync("b");
        workers[1].Host.ServerSideAnswer = workers[0].Host.ServerSideAnswer = _ => FakeHost.Body("[1]");
        var system = _systems.Add(Patient);
        var emitter = SocketIOEmitter.Create(system);

        var sent = Enumerable.Range(0, 100).Select(i => emitter.EmitAsync("n", i).AsTask()).ToArray();
        var answers = emitter.ServerSideEmitWithAckAsync<int>("who", []);
        var last = emitter.EmitAsync("n", 100).AsTask();
        Assert.All([.. sent, answers, last], waiting => Assert.False(waiting.IsCompleted));
        _systems.Join(system);
        await Task.WhenAll([.. sent, answers, last]);

        Assert.Equal([1, 1], await answers);
        await Eventually.TrueAsync(() => workers.All(worker => worker.Host.Deliveries.Count == 101));
        Assert.Equal(Enumerable.Range(0, 101).Select(i => $"[\"n\",{i}]"), workers[0].Host.TextsOf("a"));
        Assert.Equal(Enumerable.Range(0, 101).Select(i => $"[\"n\",{i}]"), workers[1].Host.TextsOf("b"));
        Assert.Equal((0, 0), (workers[0].Counter(PeerCounter.Gaps), workers[1].Counter(PeerCounter.Gaps)));
    }

    [Fact]
    public async Task Workers_and_emitters_that_start_do_not_wait_for_emitters()
    {
        await _systems.AddWorkersAsync(1, overrides: Patient);
        var emitters = new[] { _systems.AddEmitter(Patient), _systems.AddEmitter(Patient) };

        var newcomer = _systems.AddWorker(overrides: Patient);
        var last = _systems.AddEmitter(Patient);

        await Eventually.TrueAsync(() => newcomer.Extension.IsReady && emitters.Append(last).All(emitter => emitter.IsReady));
        Assert.False(newcomer.Extension.IsDegraded);
        Assert.Equal(2, newcomer.Extension.ServerCount);
        Assert.Single(newcomer.Extension.Peers);
        await Eventually.TrueAsync(async () => await last.ServerCountAsync() == 2 && await emitters[0].ServerCountAsync() == 2);
    }

    [Fact]
    public async Task A_worker_that_joins_later_is_reached_and_one_that_dies_is_not_waited_for()
    {
        var first = (await _systems.AddWorkersAsync(1))[0];
        var emitter = _systems.AddEmitter();
        await emitter.EmitAsync("early");
        var second = _systems.AddWorker();
        second.Host.ClientAnswer = _ => null;
        await second.Host.ConnectAsync("b");
        await Eventually.TrueAsync(async () => await emitter.ServerCountAsync() == 2);

        await emitter.EmitAsync("hi");
        await Eventually.TrueAsync(() => second.Host.TextsOf("b").SequenceEqual(["[\"hi\"]"]));
        var asking = emitter.Timeout(TimeSpan.FromMinutes(5)).EmitWithAnswersAsync<int>("who", []);
        await Eventually.TrueAsync(() => second.Host.IsAsked("b"));
        ((ExtendedActorSystem)second.System).Abort();

        var reply = await asking.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(
            ("b", second.Extension.WorkerId, SocketAnswerState.Lost),
            Assert.Single(reply.Answers.Select(answer => (answer.SocketId, answer.WorkerId, answer.State))));
        Assert.Equal([second.Extension.WorkerId], reply.LostWorkers);
        Assert.Equal(1, await emitter.ServerCountAsync());
        await Eventually.TrueAsync(() => first.Extension.ServerCount == 1);
    }

    [Fact]
    public async Task A_worker_that_stands_still_costs_it_a_bounded_queue_and_the_others_nothing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[0].Host.ConnectAsync("a");
        await workers[1].Host.ConnectAsync("b");
        // The other worker is not taken for one that stands still when the machine is busy.
        var emitter = _systems.AddEmitter("akka.cluster-adapter { peer-window = 128kB, peer-queue = 256kB, peer-stall-timeout = 5s }");
        Assert.True(await emitter.WaitUntilReadyAsync());
        var own = ClusterAdapterExtension.Get(_systems.All[^1]);
        using var gate = new ManualResetEventSlim();
        workers[1].Host.BeforeDelivery = () => gate.Wait();

        var filler = new string('x', 4_000);
        for (var i = 0; i < 1_000; i++)
            await emitter.EmitAsync("n", i, filler);
        await Eventually.TrueAsync(
            () => workers[0].Host.Deliveries.Count == 1_000,
            () => $"{workers[0].Host.Deliveries.Count} delivered, {own.Counters["dropped"]} dropped, {workers[0].Counter(PeerCounter.Gaps)} missing");
        gate.Set();

        await Eventually.TrueAsync(() => !own.State.IsDirect);
        var dropped = own.Counters["dropped"];
        Assert.InRange(dropped, 1, 999);
        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 1_000 - dropped);
        await emitter.EmitAsync("end");
        await Eventually.TrueAsync(() => workers.All(worker => worker.Host.Deliveries.Any(delivery => delivery.Text == "[\"end\"]")));
        Assert.Equal(dropped, workers[1].Counter(PeerCounter.Gaps));
        Assert.Equal(0, workers[0].Counter(PeerCounter.Gaps));
    }

    [Fact]
    public async Task It_is_told_how_far_the_workers_are_in_time_for_its_own_window()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var emitter = _systems.AddEmitter("akka.cluster-adapter.peer-window = 128KiB");
        Assert.True(await emitter.WaitUntilReadyAsync());

        for (var i = 0; i < 20; i++)
            await emitter.EmitAsync("n", i, new string('x', 4_000));

        await Eventually.TrueAsync(() => workers.All(worker => worker.Counter(PeerCounter.Credits) > 0));
        Assert.Equal(0, ClusterAdapterExtension.Get(_systems.All[^1]).Counters["direct-periods"]);
    }

    [Fact]
    public async Task An_emitter_with_another_parser_is_told_so_and_not_heard()
    {
        var worker = (await _systems.AddWorkersAsync(1))[0];
        await worker.Host.ConnectAsync("a");
        var emitter = _systems.AddEmitter(parser: new MessagePackPacketParser());

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => emitter.EmitAsync("x").AsTask());

        Assert.Contains("'json'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'msgpack'", refused.Message, StringComparison.Ordinal);
        Assert.False(await emitter.WaitUntilReadyAsync());
        Assert.Equal((true, 1), (worker.Extension.IsReady, worker.Extension.ServerCount));
        Assert.Empty(worker.Host.Deliveries);
    }

    [Fact]
    public async Task A_worker_does_not_yield_to_an_older_emitter_with_another_parser()
    {
        var emitter = _systems.AddEmitter(parser: new MessagePackPacketParser());
        Assert.True(await emitter.WaitUntilReadyAsync());

        var worker = _systems.AddWorker(overrides: Patient);

        await Eventually.TrueAsync(() => worker.Extension.IsReady);
        await Eventually.TrueAsync(() => !emitter.IsReady);
        await Assert.ThrowsAsync<InvalidOperationException>(() => emitter.EmitAsync("x").AsTask());
    }

    [Fact]
    public async Task The_msgpack_parser_serves_as_well()
    {
        var parser = new MessagePackPacketParser();
        var system = _systems.Add();
        var host = new FakeHost("/", parser);
        host.Adapter = ClusterAdapterExtension.Get(system).CreateAdapter(host);
        _systems.Join(system);
        await host.ConnectAsync("a");
        var emitter = _systems.AddEmitter(parser: parser);

        await emitter.EmitAsync("n", new byte[] { 1, 2 });

        await Eventually.TrueAsync(() => !host.Bodies.IsEmpty);
        Assert.Equal([1, 2], parser.Read(PacketType.Event, host.Bodies.First()).Get<byte[]>(0)!);
    }

    [Fact]
    public void Without_the_workers_role_it_is_refused_by_the_name_of_the_key()
    {
        var system = _systems.Add("akka.cluster.roles = [other]");

        var refused = Assert.Throws<ConfigurationException>(() => SocketIOEmitter.Create(system));

        Assert.Contains("'socketio'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("akka.cluster.roles", refused.Message, StringComparison.Ordinal);
        Assert.Contains("akka.cluster-adapter.role", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_never_joins_says_so_and_keeps_a_bounded_number_of_bytes()
    {
        var emitter = SocketIOEmitter.Create(_systems.Add("akka.cluster-adapter { ready-timeout = 200ms, peer-queue = 64KiB }"));

        var waiting = emitter.EmitAsync("x", new string('x', 40_000)).AsTask();
        var more = await Assert.ThrowsAsync<InvalidOperationException>(() => emitter.EmitAsync("x", new string('x', 40_000)).AsTask());
        using var cancel = new CancellationTokenSource();
        var cancelled = emitter.EmitAsync("x", cancel.Token).AsTask();
        await cancel.CancelAsync();

        Assert.Contains("akka.cluster-adapter.peer-queue", more.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Contains("akka.cluster-adapter.ready-timeout", (await Assert.ThrowsAsync<TimeoutException>(() => waiting)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(() => emitter.FetchSocketsAsync());
    }

    [Fact]
    public async Task After_its_actor_system_it_is_disposed()
    {
        await _systems.AddWorkersAsync(1);
        var emitter = _systems.AddEmitter();
        Assert.True(await emitter.WaitUntilReadyAsync());

        await _systems.All[^1].Terminate();

        await Eventually.TrueAsync(() => !emitter.IsReady);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => emitter.EmitAsync("x").AsTask());
    }

    [Fact]
    public async Task A_member_that_begins_to_serve_sockets_becomes_a_worker()
    {
        var first = (await _systems.AddWorkersAsync(1, overrides: Patient))[0];
        await first.Host.ConnectAsync("a");
        var emitter = _systems.AddEmitter(Patient);
        await emitter.EmitAsync("as an emitter");

        var second = new Worker(_systems.All[^1], "/");
        await second.Host.ConnectAsync("b");
        await Eventually.TrueAsync(() => second.Extension is { IsReady: true, IsDegraded: false, ServerCount: 2 } && first.Extension.ServerCount == 2);
        await emitter.EmitAsync("as a worker");
        await emitter.Local.EmitAsync("only here");
        await Eventually.TrueAsync(() => first.Host.Deliveries.Count == 2);
        await first.Adapter.BroadcastAsync(FakeHost.Body("from the other"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => second.Host.Deliveries.Count == 3 && first.Host.Deliveries.Count == 3);
        Assert.Equal(["[\"as an emitter\"]", "[\"as a worker\"]", "from the other"], first.Host.TextsOf("a"));
        Assert.Equal(["[\"as a worker\"]", "[\"only here\"]", "from the other"], second.Host.TextsOf("b"));
        Assert.Throws<InvalidOperationException>(() => SocketIOEmitter.Create(_systems.All[^1], new MessagePackPacketParser()));
    }

    [Fact]
    public async Task In_a_cluster_of_one_it_reaches_the_sockets_of_its_own_system()
    {
        var system = ActorSystem.Create("alone", "akka.loglevel = OFF");
        var worker = new Worker(system, "/");
        await worker.Host.ConnectAsync("a");

        await SocketIOEmitter.Create(system).To("a").EmitAsync("hi");

        Assert.Equal(["[\"hi\"]"], worker.Host.TextsOf("a"));
        await system.Terminate();
    }

    [Fact]
    public async Task A_gateway_does_not_take_it_for_a_worker()
    {
        await _systems.AddWorkersAsync(1);
        var emitter = _systems.AddEmitter();
        Assert.True(await emitter.WaitUntilReadyAsync());
        var system = _systems.Add("akka.cluster.roles = [gateway]\nakka.cluster.pub-sub.role = socketio");
        var gateway = GatewayExtension.Get(system);

        _systems.Join(system);

        var id = ClusterAdapterExtension.Get(_systems.All[0]).WorkerId;
        await Eventually.TrueAsync(() => gateway.Workers.Workers.Select(worker => worker.Id).SequenceEqual([id]), "only the worker remains");
    }
}
