using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Two workers and an emitter; each test takes a namespace of its own.</summary>
public sealed class EmitterSystems : IAsyncLifetime
{
    private readonly TestSystems _systems = new();
    private SocketIOEmitter? _emitter;
    private Worker[] _workers = [];
    private int _namespaces;

    public async Task InitializeAsync()
    {
        _workers = await _systems.AddWorkersAsync(2);
        _emitter = _systems.AddEmitter();
        Assert.True(await _emitter.WaitUntilReadyAsync());
    }

    public Task DisposeAsync() => _systems.EndAsync();

    /// <summary>The namespace on both workers, with one socket on each, <c>s0</c> and <c>s1</c>, in the room <c>lobby</c>.</summary>
    internal async Task<(SocketIOEmitter Emitter, FakeHost[] Hosts)> NewNamespaceAsync()
    {
        var name = $"/emitted {Interlocked.Increment(ref _namespaces)}";
        var hosts = _workers.Select(worker => Host(worker, name)).ToArray();
        for (var i = 0; i < hosts.Length; i++)
            await hosts[i].ConnectAsync($"s{i}", "lobby");
        return (_emitter!.Of(name), hosts);
    }

    private static FakeHost Host(Worker worker, string name)
    {
        var host = new FakeHost(name);
        host.Adapter = worker.Extension.CreateAdapter(host);
        return host;
    }
}

/// <summary>What an emitter sends, and what comes back to it.</summary>
public sealed class EmitterTests(EmitterSystems systems) : IClassFixture<EmitterSystems>
{
    [Fact]
    public async Task A_broadcast_reaches_the_selected_sockets_of_every_worker()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        await hosts[0].ConnectAsync("muted", "lobby", "quiet");
        await hosts[1].ConnectAsync("elsewhere");

        await emitter.To("lobby").Except("quiet").EmitAsync("news", 1, "two");
        await emitter.Volatile.Compress(false).EmitAsync("end");

        await Eventually.TrueAsync(() => hosts.All(host => host.Deliveries.Any(delivery => delivery.Text == "[\"end\"]")));
        Assert.Equal(["s0"], ReachedBy("[\"news\",1,\"two\"]", hosts[0]));
        Assert.Equal(["s1"], ReachedBy("[\"news\",1,\"two\"]", hosts[1]));
        var end = hosts[1].Deliveries.Last().Options;
        Assert.Equal((true, false), (end.IsVolatile, end.Compress));
    }

    [Fact]
    public async Task Its_namespace_hears_everything_in_the_order_it_was_sent_large_packets_included()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        var large = new string('x', 900_000);

        for (var i = 0; i < 300; i++)
            await emitter.EmitAsync("n", i, i % 100 == 0 ? large : "");
        await emitter.SocketsLeaveAsync("lobby");
        await emitter.To("lobby").EmitAsync("nobody");
        await emitter.SocketsJoinAsync("late");
        await emitter.To("late").EmitAsync("end");
        await emitter.DisconnectSocketsAsync(close: true);
        await emitter.EmitAsync("too late");

        await Eventually.TrueAsync(() => hosts.All(host => !host.Disconnected.IsEmpty));
        foreach (var (host, i) in hosts.Select((host, i) => (host, i)))
        {
            var texts = host.TextsOf($"s{i}").ToArray();
            Assert.Equal(301, texts.Length);
            Assert.All(
                texts[..300].Select((text, number) => (text, number)),
                sent => Assert.StartsWith($"[\"n\",{sent.number},", sent.text, StringComparison.Ordinal));
            Assert.Equal("[\"end\"]", texts[^1]);
            Assert.Equal(($"s{i}", true), Assert.Single(host.Disconnected));
        }
    }

    [Fact]
    public async Task Clients_of_every_worker_answer_it()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        foreach (var host in hosts)
            host.ClientAnswer = id => $"[\"{id}\"]";

        var all = await emitter.EmitWithAckAsync<string>("who", []);
        var one = await emitter.To("s1").EmitWithAnswersAsync<string>("who", []);
        var nobody = await emitter.To("nowhere").EmitWithAckAsync<string>("who", []);

        Assert.Equal(["s0", "s1"], all.Order());
        Assert.Equal(("s1", SocketAnswerState.Answered, "s1"), Assert.Single(one.Answers.Select(answer => (answer.SocketId, answer.State, answer.Value))));
        Assert.Empty(nobody);
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_waited_for_and_one_that_is_mute_is_named()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();

        var asking = emitter.Timeout(TimeSpan.FromMinutes(5)).EmitWithAnswersAsync<int>("who", []);
        await Eventually.TrueAsync(() => hosts[0].IsAsked("s0") && hosts[1].IsAsked("s1"));
        hosts[0].Answer("s0", "[7]");
        await hosts[1].LeaveAsync("s1");
        var reply = await asking;
        var late = await Assert.ThrowsAsync<AckTimeoutException>(() => emitter.Timeout(TimeSpan.FromMilliseconds(300)).EmitWithAckAsync<int>("who", []));

        Assert.Equal(
            [("s0", SocketAnswerState.Answered, 7), ("s1", SocketAnswerState.Lost, 0)],
            reply.Answers.Select(answer => (answer.SocketId, answer.State, answer.Value)).Order());
        Assert.False(reply.IsTimedOut);
        Assert.Equal(["s0"], late.MissingSockets);
    }

    [Fact]
    public async Task It_fetches_sockets_and_acts_on_each()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        foreach (var host in hosts)
            host.ClientAnswer = id => $"[\"{id}\"]";

        var sockets = await emitter.In("lobby").FetchSocketsAsync();
        var remote = sockets.Single(socket => socket.Id == "s1");
        await remote.JoinAsync("vip");
        await emitter.To("vip").EmitAsync("hi");
        var answer = await remote.EmitWithAckAsync<string>("who", []);
        await remote.LeaveAsync("vip");
        await emitter.To("vip").EmitAsync("nobody");
        await remote.DisconnectAsync();

        await Eventually.TrueAsync(() => !hosts[1].Disconnected.IsEmpty);
        Assert.Equal(["s0", "s1"], sockets.Select(socket => socket.Id).Order());
        Assert.Equal("s1", answer);
        Assert.Equal(["[\"hi\"]", "[\"who\"]"], hosts[1].TextsOf("s1"));
        Assert.Equal(("s1", false), Assert.Single(hosts[1].Disconnected));
        Assert.Empty(hosts[0].Disconnected);
        await Assert.ThrowsAsync<OperationCanceledException>(() => remote.EmitWithAckAsync<string>("who", []));
    }

    [Fact]
    public async Task A_server_side_event_reaches_every_worker_and_every_worker_answers()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        hosts[0].ServerSideAnswer = _ => FakeHost.Body("[10]");
        hosts[1].ServerSideAnswer = _ => FakeHost.Body("[20]");

        await emitter.ServerSideEmitAsync("reload", "settings");
        var answers = await emitter.ServerSideEmitWithAckAsync<int>("who", []);
        var workers = await emitter.ServerSideEmitWithAnswersAsync<int>("who", []);

        Assert.Equal([10, 20], answers.Order());
        Assert.All(hosts, host => Assert.Equal("[\"reload\",\"settings\"]", host.ServerSideEvents.First()));
        Assert.Equal([10, 20], workers.Answers.Select(answer => answer.Value).Order());
        Assert.Equal(2, workers.Answers.Select(answer => answer.WorkerId).Distinct().Count());
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_is_named_with_the_answers_of_the_others()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();
        hosts[0].ServerSideAnswer = _ => FakeHost.Body("[10]");

        var late = await Assert.ThrowsAsync<ClusterRequestTimeoutException>(
            () => emitter.ServerSideEmitWithAckAsync<int>("who", [], TimeSpan.FromMilliseconds(300)));

        var answer = Assert.Single(late.Answers<int>());
        Assert.Equal(10, answer.Value);
        Assert.Single(late.Missing);
        Assert.NotEqual(answer.WorkerId, late.Missing[0]);
    }

    [Fact]
    public async Task It_counts_the_workers_and_not_itself()
    {
        var (emitter, hosts) = await systems.NewNamespaceAsync();

        Assert.Equal(2, await emitter.ServerCountAsync());
        Assert.All(await Task.WhenAll(hosts.Select(host => host.Adapter.ServerCountAsync().AsTask())), count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task Nobody_is_local_to_it()
    {
        var (emitter, _) = await systems.NewNamespaceAsync();

        await Assert.ThrowsAsync<NotSupportedException>(() => emitter.Local.EmitAsync("x").AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => emitter.Local.FetchSocketsAsync());
    }

    [Fact]
    public async Task A_reserved_name_and_a_packet_that_is_too_large_are_refused()
    {
        var (emitter, _) = await systems.NewNamespaceAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => emitter.EmitAsync("disconnect").AsTask());
        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => emitter.EmitAsync("x", new string('x', 2_000_000)).AsTask());
    }

    private static IEnumerable<string> ReachedBy(string text, FakeHost host) =>
        host.Deliveries.Where(delivery => delivery.Text == text).Select(delivery => delivery.SocketId);
}
