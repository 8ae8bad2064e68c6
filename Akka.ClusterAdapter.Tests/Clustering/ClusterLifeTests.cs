using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Tests.Adapters;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Workers that come, go, die and do not fit.</summary>
public sealed class ClusterLifeTests : IAsyncLifetime, IDisposable
{
    private const string Patient = "akka.cluster-adapter.ready-timeout = 60s";
    private const string WeaklyUpSoon = "akka.cluster.allow-weakly-up-members = 500ms\nakka.cluster.split-brain-resolver.stable-after = 10m\n";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestSystems _systems = new();
    private TcpListener? _deaf;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    public void Dispose() => _deaf?.Dispose();

    [Fact]
    public async Task Nothing_is_lost_once_a_worker_that_joins_under_load_is_ready()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: Patient);
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(workers.Select(worker => BroadcastUntilAsync(worker, enough.Token)));
        var newcomer = _systems.AddWorker(overrides: Patient);
        await newcomer.Host.ConnectAsync("c");

        await Eventually.TrueAsync(() => newcomer.Extension.IsReady);
        var seenWhenReady = newcomer.Host.TextsOf("c").ToArray();
        await Eventually.TrueAsync(() => newcomer.Host.Deliveries.Count > seenWhenReady.Length + 2_000);
        await enough.CancelAsync();
        var sent = await load;

        await Eventually.TrueAsync(
            () => workers.Select((worker, i) => newcomer.Host.TextsOf("c").Contains($"{worker.Extension.WorkerId}/{sent[i] - 1}")).All(last => last));
        Assert.All(workers.Select((worker, i) => (worker.Extension.WorkerId, Sent: sent[i])), origin =>
        {
            var numbers = newcomer.Host.TextsOf("c").Where(text => text.StartsWith(origin.WorkerId + "/", StringComparison.Ordinal))
                .Select(text => int.Parse(text.Split('/')[1])).ToArray();
            Assert.Equal(Enumerable.Range(numbers[0], origin.Sent - numbers[0]), numbers);
        });
        Assert.Equal(0, newcomer.Counter(PeerCounter.Gaps));
    }

    [Fact]
    public async Task A_worker_that_dies_in_the_middle_of_a_request_ends_it_early()
    {
        var workers = await _systems.AddWorkersAsync(3);
        workers[1].Host.ServerSideAnswer = _ => FakeHost.Body("here");

        var asking = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Long);
        await Eventually.TrueAsync(() => !workers[2].Host.ServerSideEvents.IsEmpty);
        ((ExtendedActorSystem)workers[2].System).Abort();

        var reply = await asking.WaitAsync(Deadline);
        Assert.Equal([workers[1].Extension.WorkerId], reply.Answers.Select(answer => answer.WorkerId));
        Assert.Equal([workers[2].Extension.WorkerId], reply.LostWorkers);
        Assert.False(reply.IsTimedOut);
        Assert.Equal(2, workers[0].Extension.ServerCount);
    }

    [Fact]
    public async Task Clients_that_a_dead_worker_asked_are_not_waited_for()
    {
        var workers = await _systems.AddWorkersAsync(3);
        await workers[1].Host.ConnectAsync("b");
        _ = workers[0].Adapter.BroadcastWithAckAsync(FakeHost.Body("who"), new BroadcastOptions { Timeout = Long });
        await Eventually.TrueAsync(() => workers[1].Host.IsAsked("b"));

        ((ExtendedActorSystem)workers[0].System).Abort();
        AkkaCluster.Get(workers[2].System).Down(AkkaCluster.Get(workers[0].System).SelfAddress);

        await Eventually.TrueAsync(() => workers[1].Host.Forgotten == 1, "the question is forgotten");
    }

    [Fact]
    public async Task A_worker_that_somebody_lets_leave_takes_no_clients_and_misses_nothing_it_is_meant_to_hear()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: "akka.cluster-adapter.beat-interval = 100ms");

        AkkaCluster.Get(workers[0].System).Leave(AkkaCluster.Get(workers[1].System).SelfAddress);

        await Eventually.TrueAsync(() => workers[1].Extension.NotReadyBecause is not null);
        var end = await workers[1].Extension.Terminated.WaitAsync(Deadline);
        Assert.False(end.IsFailure);
        Assert.Equal(0, workers[1].Counter(PeerCounter.Resubscriptions));
        await Eventually.TrueAsync(() => workers[0].Extension.ServerCount == 1);
    }

    [Fact]
    public async Task A_new_process_on_the_same_port_is_another_worker()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var address = AkkaCluster.Get(workers[1].System).SelfAddress;
        ((ExtendedActorSystem)workers[1].System).Abort();
        await workers[1].System.WhenTerminated;

        var again = _systems.AddWorker(overrides: $"akka.remote.dot-netty.tcp.port = {address.Port}");
        await Eventually.TrueAsync(
            () => again.Extension is { IsReady: true, IsDegraded: false } && workers[0].Extension.Peers.SequenceEqual([again.Extension.WorkerId]));

        await again.Host.ConnectAsync("b");
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => again.Host.TextsOf("b").SequenceEqual(["hi"]));
    }

    [Fact]
    public async Task A_subscription_that_a_users_mistake_killed_is_made_anew()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: "akka.cluster-adapter.beat-interval = 200ms");
        await workers[1].Host.ConnectAsync("b");

        DistributedPubSub.Get(workers[1].System).Mediator.Tell(new Publish("", "oops"));

        await Eventually.TrueAsync(() => workers[1].Counter(PeerCounter.Resubscriptions) > 0);
        await Eventually.TrueAsync(() => workers[1].Extension.IsReady);
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").SequenceEqual(["hi"]));
    }

    [Fact]
    public async Task A_worker_with_another_frame_size_is_refused()
    {
        var workers = await _systems.AddWorkersAsync(2);

        var stranger = _systems.AddWorker(overrides: "akka.remote.dot-netty.tcp.maximum-frame-size = 300000b");

        await Eventually.TrueAsync(() => stranger.Extension.NotReadyBecause is not null);
        Assert.Contains("maximum-frame-size", stranger.Extension.NotReadyBecause, StringComparison.Ordinal);
        Assert.False(await stranger.Extension.WaitUntilReadyAsync());
        Assert.All(workers, worker => Assert.Equal((true, 2), (worker.Extension.IsReady, worker.Extension.ServerCount)));
    }

    [Fact]
    public async Task A_worker_with_other_server_side_values_is_refused()
    {
        var worker = (await _systems.AddWorkersAsync(1))[0];

        var stranger = _systems.AddWorker(overrides: "akka.cluster-adapter.server-side-values = hyperion");

        await Eventually.TrueAsync(() => stranger.Extension.NotReadyBecause is not null);
        Assert.Contains("akka.cluster-adapter.server-side-values", stranger.Extension.NotReadyBecause, StringComparison.Ordinal);
        Assert.Equal((true, 1), (worker.Extension.IsReady, worker.Extension.ServerCount));
    }

    [Fact]
    public async Task A_worker_with_another_parser_is_refused_and_not_heard()
    {
        var workers = await _systems.AddWorkersAsync(1);
        await workers[0].Host.ConnectAsync("a");
        var system = _systems.Add();
        var extension = ClusterAdapterExtension.Get(system);
        extension.ParserName = "msgpack";
        _systems.Join(system);

        await Eventually.TrueAsync(() => extension.NotReadyBecause is not null);

        Assert.Contains("'json'", extension.NotReadyBecause, StringComparison.Ordinal);
        Assert.Contains("'msgpack'", extension.NotReadyBecause, StringComparison.Ordinal);
        Assert.Equal((true, 1), (workers[0].Extension.IsReady, workers[0].Extension.ServerCount));
    }

    [Fact]
    public async Task A_worker_that_waits_in_vain_takes_clients_all_the_same()
    {
        var mute = _systems.Add();
        _systems.Join(mute);

        var worker = _systems.AddWorker(overrides: "akka.cluster-adapter.ready-timeout = 2s");

        await Eventually.TrueAsync(() => worker.Extension.IsReady);
        Assert.True(worker.Extension.IsDegraded);
        Assert.Equal(1, worker.Extension.ServerCount);
    }

    [Fact]
    public async Task A_worker_that_is_let_in_late_still_has_its_time_to_be_heard()
    {
        var mute = _systems.Add();
        _systems.Join(mute);
        var system = _systems.Add("akka.cluster-adapter.ready-timeout = 2s");
        var worker = new Worker(system, "/");
        Assert.False(await worker.Extension.WaitUntilReadyAsync());

        var joins = TimeProvider.System.GetTimestamp();
        _systems.Join(system);

        await Eventually.TrueAsync(() => worker.Extension is { IsReady: true, IsDegraded: true });
        Assert.True(TimeProvider.System.GetElapsedTime(joins) >= TimeSpan.FromSeconds(2));
    }

    /// <summary>While one member is unreachable the cluster makes nobody Up: nobody could ever be started in the place of a worker that died.</summary>
    [Fact]
    public async Task A_worker_that_is_WeaklyUp_takes_clients_when_its_time_is_over()
    {
        var survivor = await SurvivorAsync();

        var worker = _systems.AddWorker(overrides: WeaklyUpSoon + "akka.cluster-adapter.ready-timeout = 1s");

        await Eventually.TrueAsync(() => worker.Extension is { IsReady: true, IsDegraded: true });
        Assert.Equal(MemberStatus.WeaklyUp, AkkaCluster.Get(worker.System).SelfMember.Status);
        Assert.Contains($"{worker.Extension.WorkerId} (this worker itself is only WeaklyUp in the cluster)", worker.Extension.Missing);
        await survivor.Host.ConnectAsync("a");
        await Eventually.TrueAsync(async () =>
        {
            await worker.Adapter.BroadcastAsync(FakeHost.Body("from the new one"), BroadcastOptions.All);
            return !survivor.Host.Deliveries.IsEmpty;
        });
    }

    [Fact]
    public async Task A_worker_that_does_not_fit_is_refused_while_it_is_WeaklyUp_too()
    {
        await SurvivorAsync();

        var stranger = _systems.AddWorker(overrides: WeaklyUpSoon + Patient + "\nakka.remote.dot-netty.tcp.maximum-frame-size = 300000b");

        await Eventually.TrueAsync(() => stranger.Extension.NotReadyBecause is not null);
        Assert.Equal(MemberStatus.WeaklyUp, AkkaCluster.Get(stranger.System).SelfMember.Status);
        Assert.Contains("maximum-frame-size", stranger.Extension.NotReadyBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_without_the_role_are_neither_counted_nor_waited_for()
    {
        _systems.Join(_systems.Add("akka.cluster.roles = [other]\nakka.cluster.pub-sub.role = other"));

        var workers = await _systems.AddWorkersAsync(2, overrides: Patient);

        Assert.All(workers, worker => Assert.Equal((true, false, 2), (worker.Extension.IsReady, worker.Extension.IsDegraded, worker.Extension.ServerCount)));
    }

    [Fact]
    public async Task Two_servers_with_topics_and_roles_of_their_own_live_in_one_cluster()
    {
        const string other = "akka.cluster.roles = [other]\nakka.cluster.pub-sub.role = other\nakka.cluster-adapter.role = other\n"
            + "akka.cluster-adapter.topic = other\n" + Patient;
        var ones = new[] { _systems.AddWorker(overrides: Patient), _systems.AddWorker(overrides: Patient) };
        var others = new[] { _systems.AddWorker(overrides: other), _systems.AddWorker(overrides: other) };
        await Eventually.TrueAsync(() => ones.Concat(others).All(worker => worker.Extension is { IsReady: true, ServerCount: 2 }));
        await ones[1].Host.ConnectAsync("one");
        await others[1].Host.ConnectAsync("other");

        await ones[0].Adapter.BroadcastAsync(FakeHost.Body("to one"), BroadcastOptions.All);
        await others[0].Adapter.BroadcastAsync(FakeHost.Body("to other"), BroadcastOptions.All);
        var sockets = await ones[0].Adapter.FetchSocketsAsync(BroadcastOptions.All);

        await Eventually.TrueAsync(() => !ones[1].Host.Deliveries.IsEmpty && !others[1].Host.Deliveries.IsEmpty);
        Assert.Equal(["one"], sockets.Answers.Select(socket => socket.Id));
        Assert.Equal(["to one"], ones[1].Host.TextsOf("one"));
        Assert.Equal(["to other"], others[1].Host.TextsOf("other"));
    }

    [Fact]
    public async Task A_worker_that_drains_is_not_counted_and_still_hears_everything()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Host.ConnectAsync("b");

        await workers[1].Extension.DrainAsync();

        await Eventually.TrueAsync(() => workers[0].Extension.ServerCount == 1);
        Assert.False(workers[1].Extension.IsReady);
        Assert.False(await workers[1].Extension.WaitUntilReadyAsync());
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").SequenceEqual(["hi"]));
    }

    [Fact]
    public async Task A_worker_that_is_downed_tells_its_host()
    {
        var workers = await _systems.AddWorkersAsync(2);

        AkkaCluster.Get(workers[0].System).Down(AkkaCluster.Get(workers[1].System).SelfAddress);

        var end = await workers[1].Extension.Terminated.WaitAsync(Deadline);
        Assert.True(end.IsFailure);
        Assert.False(workers[1].Extension.IsReady);
        await Eventually.TrueAsync(() => workers[0].Extension.ServerCount == 1);
    }

    [Fact]
    public async Task A_worker_that_leaves_on_purpose_is_no_failure()
    {
        var workers = await _systems.AddWorkersAsync(2);

        await workers[1].System.Terminate();

        var end = await workers[1].Extension.Terminated.WaitAsync(Deadline);
        Assert.False(end.IsFailure);
        await Eventually.TrueAsync(() => workers[0].Extension.ServerCount == 1);
    }

    private static async Task<int> BroadcastUntilAsync(Worker worker, CancellationToken enough)
    {
        var number = 0;
        while (!enough.IsCancellationRequested)
        {
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.Extension.WorkerId}/{number++}"), BroadcastOptions.All, CancellationToken.None);
            if (number % 10 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }

        return number;
    }

    /// <summary>One worker of two. The other does not answer and stays a member, because its port still listens, as that of a frozen process does.</summary>
    private async Task<Worker> SurvivorAsync()
    {
        var workers = await _systems.AddWorkersAsync(2, overrides: WeaklyUpSoon);
        var port = AkkaCluster.Get(workers[1].System).SelfAddress.Port!.Value;
        ((ExtendedActorSystem)workers[1].System).Abort();
        await workers[1].System.WhenTerminated;
        await Eventually.TrueAsync(() => TryListen(port), "the port is free");
        return workers[0];
    }

    private bool TryListen(int port)
    {
        try
        {
            _deaf = new TcpListener(IPAddress.Loopback, port);
            _deaf.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
