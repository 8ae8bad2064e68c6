using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class AkkaClusterAdapterTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task Two_thousand_packets_arrive_in_order_and_none_is_missing()
    {
        var workers = await _systems.AddWorkersAsync(3);
        await workers[1].Host.ConnectAsync("b");
        await workers[2].Host.ConnectAsync("c");
        var sent = Enumerable.Range(0, 2_000).Select(number => $"{number}").ToArray();

        foreach (var text in sent)
            await workers[0].Adapter.BroadcastAsync(FakeHost.Body(text), BroadcastOptions.All);

        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 2_000 && workers[2].Host.Deliveries.Count == 2_000);
        Assert.Equal(sent, workers[1].Host.TextsOf("b"));
        Assert.Equal(sent, workers[2].Host.TextsOf("c"));
        Assert.Equal((0, 0), (workers[1].Counter(PeerCounter.Gaps), workers[1].Counter(PeerCounter.Duplicates)));
        Assert.Equal((2_000, 2_000), (workers[0].Counter(PeerCounter.Published), workers[1].Counter(PeerCounter.Received)));
    }

    [Fact]
    public async Task What_is_said_in_one_breath_leaves_together_and_is_done_in_its_order()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Host.ConnectAsync("b");

        for (var i = 0; i < 200; i++)
        {
            await workers[0].Adapter.SocketsJoinAsync(BroadcastOptions.All, [$"r{i}"]);
            await workers[0].Adapter.BroadcastAsync(FakeHost.Body($"{i}"), new BroadcastOptions { Rooms = [$"r{i}"] });
            await workers[0].Adapter.SocketsLeaveAsync(BroadcastOptions.All, [$"r{i}"]);
        }

        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").Count() == 200 && workers[1].Adapter.RoomsOf("b").Count == 1);
        Assert.Equal(Enumerable.Range(0, 200).Select(number => $"{number}"), workers[1].Host.TextsOf("b"));
        Assert.Equal((600, 0), (workers[1].Counter(PeerCounter.Received), workers[1].Counter(PeerCounter.Gaps)));
        Assert.NotEqual(0, workers[0].Counter(PeerCounter.Batches));
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_dropped_from_its_batch_alone()
    {
        var workers = await _systems.AddWorkersAsync(1);
        await workers[0].Host.ConnectAsync("a");
        var broadcast = new Broadcast("/", BroadcastOptions.All, FakeHost.Body("hi"));
        broadcast.Stamp(12, 1);

        workers[0].Extension.Actor.Tell(new PeerBatch(12, [new UnknownPeerMessage("Z9", new byte[] { 1 }), broadcast]), Akka.Actor.ActorRefs.NoSender);

        await Eventually.TrueAsync(() => workers[0].Host.TextsOf("a").SequenceEqual(["hi"]));
        Assert.Equal(1, workers[0].Counter(PeerCounter.UnknownMessages));
    }

    [Fact]
    public async Task What_came_for_the_clients_that_have_left_does_not_overtake_what_comes_for_the_next()
    {
        var workers = await _systems.AddWorkersAsync(1);
        var adapter = (Akka.ClusterAdapter.Clustering.AkkaClusterAdapter)workers[0].Adapter;
        var old = adapter.Local;
        var late = new Broadcast("/", BroadcastOptions.All, FakeHost.Body("late"));
        late.Stamp(12, 1);

        adapter.Suspend();
        adapter.Resume();
        await workers[0].Host.ConnectAsync("a");
        Assert.NotSame(old, adapter.Local);
        Assert.True(adapter.Receives(adapter.Local));
        Assert.False(adapter.Receives(old));
        await old.BroadcastAsync(late.Body, late.Options);

        Assert.Empty(workers[0].Host.TextsOf("a"));
        Assert.Throws<InvalidOperationException>(() => workers[0].Extension.CreateAdapter(new FakeHost("/")));
    }

    [Fact]
    public async Task A_join_followed_at_once_by_a_broadcast_of_another_worker_is_heard()
    {
        var workers = await _systems.AddWorkersAsync(2);

        await workers[1].Host.ConnectAsync("b", "fresh");
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), new BroadcastOptions { Rooms = ["fresh"] });

        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").SequenceEqual(["hi"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/a b/ü?x=1#%2F")]
    [InlineData("/\0\n")]
    public async Task A_namespace_may_have_any_name(string name)
    {
        var workers = await _systems.AddWorkersAsync(2, name);
        await workers[1].Host.ConnectAsync("b");

        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").SequenceEqual(["hi"]));
    }

    [Fact]
    public async Task A_namespace_that_a_worker_does_not_have_is_no_reason_to_wait_for_it()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var host = new FakeHost("/only-here");
        host.Adapter = workers[0].Extension.CreateAdapter(host);
        await host.ConnectAsync("a");
        host.ClientAnswer = _ => "[1]";

        await host.Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        var sockets = await host.Adapter.FetchSocketsAsync(BroadcastOptions.All);
        var clients = await host.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All);
        var servers = await host.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("?"), null);

        Assert.Equal((1, 1, 0), (sockets.Answers.Count, clients.Answers.Count, servers.Answers.Count));
        Assert.Equal((false, false, false), (sockets.IsTimedOut, clients.IsTimedOut, servers.IsTimedOut));
        Assert.Equal(4, workers[1].Counter(PeerCounter.UnknownNamespace));
    }

    [Fact]
    public async Task A_namespace_can_go_and_come_back()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Adapter.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => workers[1].Adapter.BroadcastAsync(FakeHost.Body("x"), BroadcastOptions.All).AsTask());

        var host = new FakeHost("/");
        host.Adapter = workers[1].Extension.CreateAdapter(host);
        await host.ConnectAsync("b");
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => host.TextsOf("b").SequenceEqual(["hi"]));
        Assert.Empty(workers[1].Host.Deliveries);
    }

    [Fact]
    public void A_second_adapter_of_a_namespace_or_another_parser_is_refused()
    {
        var worker = new Worker(_systems.Add(), "/");

        Assert.Throws<InvalidOperationException>(() => worker.Extension.CreateAdapter(new FakeHost("/")));
        Assert.Throws<InvalidOperationException>(() => worker.Extension.ParserName = "msgpack");
        Assert.Throws<ArgumentException>(() => worker.Extension.CreateAdapter("/a", new FakeHost("/b")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_packet_that_cannot_cross_is_refused_with_and_without_others(int count)
    {
        var workers = await _systems.AddWorkersAsync(count);
        await workers[0].Host.ConnectAsync("a");
        var large = new PacketBody(new byte[2_000_000]);

        var refused = await Assert.ThrowsAsync<BroadcastTooLargeException>(() => workers[0].Adapter.BroadcastAsync(large, BroadcastOptions.All).AsTask());
        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => workers[0].Adapter.BroadcastWithAckAsync(large, BroadcastOptions.All));
        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => workers[0].Adapter.ServerSideEmitAsync(large).AsTask());
        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => workers[0].Adapter.ServerSideEmitWithAckAsync(large, null));

        Assert.Equal(2_000_000, refused.Limit);
        Assert.True(refused.Size > refused.Limit);
        Assert.Empty(workers[0].Host.Deliveries);
    }

    [Fact]
    public async Task What_stays_on_its_worker_may_be_larger()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[0].Host.ConnectAsync("a");

        await workers[0].Adapter.BroadcastAsync(new PacketBody(new byte[3_000_000]), new BroadcastOptions { IsLocal = true });

        Assert.Single(workers[0].Host.Deliveries);
    }

    [Fact]
    public async Task The_largest_packet_crosses_and_leaves_the_link_alone()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Host.ConnectAsync("b");

        await workers[0].Adapter.BroadcastAsync(new PacketBody(new byte[1_999_900]), BroadcastOptions.All);
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("after"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 2);
        Assert.Equal(0, workers[1].Counter(PeerCounter.Gaps));
    }

    [Fact]
    public async Task A_thousand_sockets_are_fetched_in_parts()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Host.DataSize = 1_000;
        for (var i = 0; i < 1_000; i++)
            await workers[1].Host.ConnectAsync($"b{i}");

        var reply = await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All);

        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(i => $"b{i}").Order(StringComparer.Ordinal),
            reply.Answers.Select(socket => socket.Id).Order(StringComparer.Ordinal));
        Assert.All(reply.Answers, socket => Assert.Equal(1_000, socket.Data.Length));
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_thousand_clients_of_another_worker_answer()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Host.ClientAnswer = id => new string('x', 500) + id;
        for (var i = 0; i < 1_000; i++)
            await workers[1].Host.ConnectAsync($"b{i}");

        var reply = await workers[0].Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All);

        Assert.Equal(1_000, reply.Answers.Count(answer => answer.State == SocketAnswerState.Answered));
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_socket_with_too_much_data_is_described_without_them()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Host.DataSize = 2_100_000;
        await workers[1].Host.ConnectAsync("b");

        var reply = await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All);

        Assert.Equal("{}"u8.ToArray(), Assert.Single(reply.Answers).Data.ToArray());
        Assert.Equal(1, workers[1].Counter(PeerCounter.AnswersTooLarge));
    }

    [Fact]
    public async Task Answers_that_are_too_large_to_cross_end_the_wait()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Host.ClientAnswer = _ => new string('x', 2_100_000);
        workers[1].Host.ServerSideAnswer = _ => new PacketBody(new byte[2_100_000]);
        await workers[1].Host.ConnectAsync("b");

        var clients = await workers[0].Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All);
        var servers = await workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("?"), null);

        Assert.Equal(SocketAnswerState.Lost, Assert.Single(clients.Answers).State);
        Assert.Equal([workers[1].Extension.WorkerId], servers.MissingWorkers);
    }

    [Fact]
    public async Task A_question_without_a_time_of_its_own_waits_as_long_as_the_settings_say()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: "akka.cluster-adapter.requests-timeout = 200ms");

        var servers = await workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("?"), null);

        Assert.True(servers.IsTimedOut);
        Assert.Equal([workers[1].Extension.WorkerId], servers.MissingWorkers);
        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
    }

    [Fact]
    public async Task There_is_a_limit_to_questions_that_wait()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: "akka.cluster-adapter.max-outstanding-requests = 1");
        using var cancel = new CancellationTokenSource();
        var waiting = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("?"), TimeSpan.FromMinutes(5), cancel.Token);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var fetched = await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All);

        Assert.Contains("akka.cluster-adapter.max-outstanding-requests", refused.Message, StringComparison.Ordinal);
        Assert.False(fetched.IsTimedOut);
    }

    [Fact]
    public async Task What_a_namespace_throws_does_not_stop_the_next_message()
    {
        var workers = await _systems.AddWorkersAsync(2);
        workers[1].Host.ServerSideAnswer = text => text == "boom" ? throw new InvalidOperationException("boom") : FakeHost.Body("fine");

        _ = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("boom"), TimeSpan.FromMilliseconds(1));
        var reply = await workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("next"), null);

        Assert.Single(reply.Answers);
        Assert.Equal(1, workers[1].Counter(PeerCounter.DeliveryErrors));
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_counted_and_dropped()
    {
        var worker = (await _systems.AddWorkersAsync(1))[0];

        worker.Extension.Actor.Tell(new UnknownPeerMessage("Z9", new byte[] { 1 }), Akka.Actor.ActorRefs.NoSender);

        await Eventually.TrueAsync(() => worker.Counter(PeerCounter.UnknownMessages) == 1);
        Assert.Equal(1, worker.Extension.Counters["unknown-messages"]);
    }

    [Fact]
    public async Task Everything_can_be_serialised()
    {
        // Akka's own messages need the fallback serialiser under this setting, so it is on here; elsewhere it is off.
        var workers = await _systems.AddWorkersAsync(
            2, overrides: "akka.actor.serialize-messages = on\nakka.actor.serialization-settings.allow-unregistered-types = true");
        await workers[1].Host.ConnectAsync("b");
        workers[1].Host.ClientAnswer = _ => "[1]";
        workers[1].Host.ServerSideAnswer = _ => FakeHost.Body("here");

        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        await workers[0].Adapter.SocketsJoinAsync(BroadcastOptions.All, ["r"]);
        await workers[0].Adapter.SocketsLeaveAsync(BroadcastOptions.All, ["r"]);
        await workers[0].Adapter.ServerSideEmitAsync(new PacketBody(new byte[300_000]));
        var clients = await workers[0].Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All);
        var sockets = await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All);
        var servers = await workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("?"), null);

        await workers[0].Adapter.DisconnectSocketsAsync(BroadcastOptions.All, close: true);

        Assert.Equal((1, 1, 1), (clients.Answers.Count, sockets.Answers.Count, servers.Answers.Count));
        await Eventually.TrueAsync(() => !workers[1].Host.Disconnected.IsEmpty);
        Assert.Equal(["hi", "?"], workers[1].Host.TextsOf("b"));
        Assert.Equal(2, workers[1].Host.ServerSideEvents.Count);
    }
}
