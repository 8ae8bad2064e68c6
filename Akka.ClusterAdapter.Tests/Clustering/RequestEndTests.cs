using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Whoever asks other workers gets an end, whatever becomes of those who gather: nothing but the aggregator has a clock.</summary>
public sealed class RequestEndTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task When_the_actor_system_terminates_in_the_middle_who_asked_hears_who_is_missing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var asking = await AskAsync(workers);

        await workers[0].System.Terminate();

        var reply = await asking.WaitAsync(Deadline);
        Assert.True(reply.IsTimedOut);
        Assert.Equal([workers[1].Extension.WorkerId], reply.MissingWorkers);
        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
    }

    /// <summary>Akka's last words when a node leaves are that all others were removed. Nobody was lost by that.</summary>
    [Fact]
    public async Task When_this_worker_is_out_of_the_cluster_the_others_are_late_and_not_lost()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var asking = await AskAsync(workers);
        var cluster = Akka.Cluster.Cluster.Get(workers[0].System);
        var other = cluster.State.Members.Single(member => !member.UniqueAddress.Equals(cluster.SelfUniqueAddress));

        workers[0].Extension.Actor.Tell(ClusterEvent.ClusterShuttingDown.Instance);
        workers[0].Extension.Actor.Tell(new ClusterEvent.MemberRemoved(other.Copy(MemberStatus.Down).Copy(MemberStatus.Removed), MemberStatus.Down));
        await workers[0].Extension.Actor.GracefulStop(Deadline);

        var reply = await asking.WaitAsync(Deadline);
        Assert.Equal((true, 0), (reply.IsTimedOut, reply.LostWorkers.Count));
        Assert.Equal([workers[1].Extension.WorkerId], reply.MissingWorkers);
    }

    [Fact]
    public async Task When_an_aggregator_crashes_who_asked_gets_its_exception()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Host.ConnectAsync("b");
        var asking = workers[0].Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), new BroadcastOptions { Timeout = Day });
        await Eventually.TrueAsync(() => workers[1].Host.IsAsked("b"));

        // An answer that cannot be read.
        var firstLife = (workers[1].Extension.State.NextOrigin() & ~0xFFFFL) | 1;
        workers[0].System.ActorSelection(workers[0].Extension.Actor.Path / "*").Tell(new AckAnswers(firstLife, 1, default));

        await Assert.ThrowsAsync<NullReferenceException>(() => asking.WaitAsync(Deadline));
        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
    }

    [Fact]
    public async Task When_an_aggregator_is_stopped_who_asked_hears_who_is_missing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var asking = await AskAsync(workers);

        workers[0].System.ActorSelection(workers[0].Extension.Actor.Path / "*").Tell(PoisonPill.Instance);

        var reply = await asking.WaitAsync(Deadline);
        Assert.Equal([workers[1].Extension.WorkerId], reply.MissingWorkers);
    }

    [Fact]
    public async Task When_the_adapter_actor_crashes_at_a_request_who_asked_gets_the_exception()
    {
        var workers = await _systems.AddWorkersAsync(2);

        var asking = workers[0].Extension.Actor.Ask<object>(new Outgoing(new BreakingRequest(), 1), Day);

        await Assert.ThrowsAsync<ArgumentException>(() => asking.WaitAsync(Deadline));
    }

    [Fact]
    public async Task When_the_adapter_actor_crashes_in_the_middle_who_asked_hears_who_is_missing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var asking = await AskAsync(workers);

        workers[0].Extension.Actor.Tell(new Outgoing(new BreakingRequest(), 1), ActorRefs.NoSender);

        var reply = await asking.WaitAsync(Deadline);
        Assert.Equal([workers[1].Extension.WorkerId], reply.MissingWorkers);
    }

    /// <summary>Some crashes come before an aggregator has begun.</summary>
    [Fact]
    public async Task When_the_adapter_actor_crashes_right_behind_requests_who_asked_hears_who_is_missing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var (actor, missing) = (workers[0].Extension.Actor, workers[1].Extension.WorkerId);
        var asked = 0;
        for (var i = 0; i < 20; i++)
        {
            await Eventually.TrueAsync(() => workers[0].Extension.State.HasPeers);
            var first = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Day);
            var second = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Day);
            actor.Tell(new Outgoing(new BreakingRequest(), 1), ActorRefs.NoSender);

            foreach (var asking in new[] { first, second })
            {
                var reply = await asking.WaitAsync(Deadline);
                Assert.Equal(reply.IsTimedOut ? [missing] : [], reply.MissingWorkers);
                asked += reply.IsTimedOut ? 1 : 0;
            }
        }

        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
        Assert.True(asked > 0, "Nobody was asked.");
    }

    /// <summary>The next request may go to an aggregator that is being stopped.</summary>
    [Fact]
    public async Task When_waiting_aggregators_are_stopped_the_next_requests_end_too()
    {
        var workers = await _systems.AddWorkersAsync(2);
        for (var i = 0; i < 20; i++)
        {
            var asking = workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline);
            workers[0].System.ActorSelection(workers[0].Extension.Actor.Path / "*").Tell(PoisonPill.Instance);
            var next = workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline);

            await asking;
            await next;
        }

        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
        var last = await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline);
        Assert.False(last.IsTimedOut);
    }

    /// <summary>One request after the other needs one aggregator, and many at once leave no more than are kept.</summary>
    [Fact]
    public async Task Aggregators_are_used_again_and_few_are_kept()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline);
        var before = (await AggregatorsAsync(workers[0])).Single();
        for (var i = 0; i < 10; i++)
            await workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline);
        Assert.Equal(before, (await AggregatorsAsync(workers[0])).Single());

        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => workers[0].Adapter.FetchSocketsAsync(BroadcastOptions.All).WaitAsync(Deadline)));

        await Eventually.TrueAsync(async () => (await AggregatorsAsync(workers[0])).Count <= PendingRequests.MaxFree);
    }

    [Fact]
    public async Task When_there_is_no_adapter_actor_any_more_who_asks_is_told_so()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[0].Extension.Actor.GracefulStop(Deadline);
        await Eventually.TrueAsync(() => workers[0].Extension.State.ActorEnded.IsCancellationRequested);

        // As if the request had passed the actor on its way.
        workers[0].Extension.State.HasPeers = true;
        var asking = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Day);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => asking.WaitAsync(Deadline));
        Assert.Equal(0, workers[0].Extension.OutstandingRequests);
    }

    [Fact]
    public async Task Who_waits_for_an_adapter_actor_that_ends_without_a_word_is_told_so()
    {
        var workers = await _systems.AddWorkersAsync(2);
        using var stop = new CancellationTokenSource();
        workers[0].Extension.State.ActorEnded = stop.Token;
        var silent = new AkkaClusterAdapter(workers[0].Host, workers[0].Extension.State, workers[0].System.ActorOf<Silent>());
        var asking = silent.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Day);

        await stop.CancelAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => asking.WaitAsync(Deadline));
    }

    /// <summary>A request of the first worker that nobody answers, and that is on its way.</summary>
    private static async Task<Task<ClusterReply<WorkerAnswer>>> AskAsync(Worker[] workers)
    {
        var asking = workers[0].Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("who"), Day);
        await Eventually.TrueAsync(() => !workers[1].Host.ServerSideEvents.IsEmpty);
        return asking;
    }

    /// <summary>The paths of the aggregators of a worker, which are those of its adapter actor's children that gather.</summary>
    private static async Task<List<string>> AggregatorsAsync(Worker worker)
    {
        var cell = (ActorRefWithCell)worker.Extension.Actor;
        await worker.Extension.Actor.Ask<ActorIdentity>(new Identify(null), Deadline);
        return [.. cell.Children.OfType<ActorRefWithCell>().Where(static child => child.Underlying.Props.Type == typeof(RequestAggregator))
            .Select(static child => child.Path.ToString())];
    }

    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }

    /// <summary>No aggregator is for it.</summary>
    private sealed class BreakingRequest() : RequestMessage("/", 1, Day)
    {
        public override string Manifest => "Z1";

        protected override void WriteQuestion(ref PeerWriter writer)
        {
        }
    }
}
