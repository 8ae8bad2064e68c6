using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.TestKit;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>In virtual time, without a cluster: the workers are numbers, the requester and the parent are probes.</summary>
public sealed class RequestAggregatorTests() : TestKit.Xunit2.TestKit(VirtualTime)
{
    private const string VirtualTime =
        """
        akka.loglevel = OFF
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """;

    private const long Request = 5;
    private const int MaxPacket = 300_000;

    private static readonly Dictionary<long, string> TwoWorkers = new() { [1] = "one", [2] = "two" };
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private readonly PeerCounters _counters = new();

    private AggregatorContext Shared => new(_counters, MaxPacket);

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task It_ends_as_soon_as_the_last_answer_is_in()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));

        aggregator.Tell(Sockets(1, 0, 1, "a"));
        aggregator.Tell(Sockets(2, 0, 1, "b"));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal([("a", "one"), ("b", "two")], reply.Answers.Select(socket => (socket.Id, socket.WorkerId)));
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_worker_in_parts_is_complete_with_the_last_part_in_any_order()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));

        aggregator.Tell(Sockets(1, 0, 1, "a"));
        aggregator.Tell(Sockets(2, 2, 3, "d"));
        aggregator.Tell(Sockets(2, 0, 3, "b"));
        await ExpectNoMsgAsync(TimeSpan.Zero);
        aggregator.Tell(Sockets(2, 1, 3, "c"));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["a", "d", "b", "c"], reply.Answers.Select(socket => socket.Id));
    }

    [Fact]
    public async Task The_time_ends_it_with_what_is_there_and_names_who_is_missing()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));
        aggregator.Tell(Sockets(1, 0, 1, "a"));
        await SettleAsync(aggregator);

        Clock.Advance(Budget - TimeSpan.FromMilliseconds(1));
        await ExpectNoMsgAsync(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromMilliseconds(1));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["a"], reply.Answers.Select(socket => socket.Id));
        Assert.Equal(["two"], reply.MissingWorkers);
        Assert.True(reply.IsTimedOut);
        Assert.Equal(1, _counters[PeerCounter.RequestsTimedOut]);
    }

    [Fact]
    public async Task A_worker_that_goes_is_not_waited_for()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));
        aggregator.Tell(Sockets(1, 0, 1, "a"));

        aggregator.Tell(new PeerGone(2));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["two"], reply.LostWorkers);
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_worker_that_goes_after_its_answer_changes_nothing()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));
        aggregator.Tell(Sockets(1, 0, 1, "a"));

        aggregator.Tell(new PeerGone(1));
        aggregator.Tell(Sockets(2, 0, 1, "b"));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Empty(reply.LostWorkers);
        Assert.Equal(2, reply.Answers.Count);
    }

    [Fact]
    public async Task Answers_that_come_twice_or_from_strangers_are_ignored()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));

        aggregator.Tell(Sockets(1, 0, 2, "a"));
        aggregator.Tell(Sockets(1, 0, 2, "a"));
        aggregator.Tell(Sockets(3, 0, 1, "stranger"));
        aggregator.Tell(new SocketsPart(2, Request + 1, 0, 1, []));
        aggregator.Tell(new ServerSideAnswer(2, Request, null));
        aggregator.Tell(Sockets(1, 1, 2, "b"));
        aggregator.Tell(Sockets(2, 0, 1, "c"));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["a", "b", "c"], reply.Answers.Select(socket => socket.Id));
        Assert.Equal(4, _counters[PeerCounter.AnswersIgnored]);
    }

    [Fact]
    public async Task Clients_are_waited_for_once_they_are_named()
    {
        var aggregator = Start(new BroadcastWithAck("/", Request, Budget, BroadcastOptions.All, SampleMessages.Body));

        aggregator.Tell(new AckAsked(1, Request, 0, 1, []));
        aggregator.Tell(new AckAsked(2, Request, 0, 1, ["s", "t"]));
        aggregator.Tell(new AckAnswers(2, Request, [new ClientAnswer("s", SampleMessages.Body)]));
        await ExpectNoMsgAsync(TimeSpan.Zero);
        aggregator.Tell(new AckAnswers(2, Request, [new ClientAnswer("t", null)]));

        var reply = await ExpectMsgAsync<ClusterReply<SocketAnswer>>();
        Assert.Equal([("s", SocketAnswerState.Answered), ("t", SocketAnswerState.Lost)], reply.Answers.Select(answer => (answer.SocketId, answer.State)));
    }

    [Fact]
    public async Task Clients_of_a_worker_that_goes_are_lost_with_it()
    {
        var aggregator = Start(new BroadcastWithAck("/", Request, Budget, BroadcastOptions.All, SampleMessages.Body));
        aggregator.Tell(new AckAsked(1, Request, 0, 1, []));
        aggregator.Tell(new AckAsked(2, Request, 0, 1, ["s"]));

        aggregator.Tell(new PeerGone(2));

        var reply = await ExpectMsgAsync<ClusterReply<SocketAnswer>>();
        Assert.Equal(("s", "two", SocketAnswerState.Lost), Assert.Single(reply.Answers.Select(answer => (answer.SocketId, answer.WorkerId, answer.State))));
        Assert.Equal(["two"], reply.LostWorkers);
    }

    [Fact]
    public async Task A_worker_that_named_its_clients_is_not_missing_when_they_are_late()
    {
        var aggregator = Start(new BroadcastWithAck("/", Request, Budget, BroadcastOptions.All, SampleMessages.Body));
        aggregator.Tell(new AckAsked(2, Request, 0, 1, ["s"]));
        await SettleAsync(aggregator);

        Clock.Advance(Budget);

        var reply = await ExpectMsgAsync<ClusterReply<SocketAnswer>>();
        Assert.Equal(SocketAnswerState.TimedOut, Assert.Single(reply.Answers).State);
        Assert.Equal(["one"], reply.MissingWorkers);
        Assert.True(reply.IsTimedOut);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_to_cross_makes_its_worker_missing_at_once()
    {
        var aggregator = Start(new ServerSideRequest("/", Request, Budget, SampleMessages.Body));

        aggregator.Tell(new ServerSideAnswer(1, Request, SampleMessages.Body));
        aggregator.Tell(new ServerSideAnswer(2, Request, null, isTooLarge: true));

        var reply = await ExpectMsgAsync<ClusterReply<WorkerAnswer>>();
        Assert.Equal(["one"], reply.Answers.Select(answer => answer.WorkerId));
        Assert.Equal(["two"], reply.MissingWorkers);
        Assert.True(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_worker_without_the_namespace_has_nothing_to_say_and_is_not_missing()
    {
        var aggregator = Start(new ServerSideRequest("/", Request, Budget, SampleMessages.Body));

        aggregator.Tell(new ServerSideAnswer(1, Request, null));
        aggregator.Tell(new ServerSideAnswer(2, Request, SampleMessages.Body));

        var reply = await ExpectMsgAsync<ClusterReply<WorkerAnswer>>();
        Assert.Equal(["two"], reply.Answers.Select(answer => answer.WorkerId));
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task It_tells_its_parent_when_it_is_done_and_gathers_for_the_next_request()
    {
        var parent = CreateTestProbe();
        var aggregator = parent.ChildActorOf(RequestAggregator.Props(Shared));
        aggregator.Tell(Gather(new ServerSideRequest("/", Request, Budget, SampleMessages.Body)));
        aggregator.Tell(new PeerGone(1));
        aggregator.Tell(new PeerGone(2));
        Assert.Equal(["one", "two"], (await ExpectMsgAsync<ClusterReply<WorkerAnswer>>()).LostWorkers);
        Assert.Equal(Request, (await parent.ExpectMsgAsync<RequestEnded>()).RequestId);

        aggregator.Tell(Gather(new FetchSockets("/", Request + 1, Budget, BroadcastOptions.All)));
        aggregator.Tell(new SocketsPart(1, Request + 1, 0, 1, []));
        aggregator.Tell(new SocketsPart(2, Request + 1, 0, 1, []));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Empty(reply.LostWorkers);
        Assert.Empty(reply.MissingWorkers);
        Assert.Equal(Request + 1, (await parent.ExpectMsgAsync<RequestEnded>()).RequestId);
    }

    [Fact]
    public async Task What_belongs_to_the_request_before_does_not_touch_the_next()
    {
        var aggregator = Start(new FetchSockets("/", Request - 1, Budget, BroadcastOptions.All));
        aggregator.Tell(new SocketsPart(1, Request - 1, 0, 1, []));
        aggregator.Tell(new AnswerChunk(2, Request - 1, Chunk.Cut(1, new ServerSideAnswer(2, Request - 1, new PacketBody(new byte[200_000])), 0, 60_000)));
        await SettleAsync(aggregator);
        Clock.Advance(Budget);
        Assert.Equal(["two"], (await ExpectMsgAsync<ClusterReply<SocketDetails>>()).MissingWorkers);

        aggregator.Tell(new PeerGone(2));
        aggregator.Tell(Gather(new FetchSockets("/", Request, Budget, BroadcastOptions.All)));
        aggregator.Tell(new SocketsPart(2, Request - 1, 0, 1, []));
        aggregator.Tell(new CancelRequest(Request - 1));
        aggregator.Tell(Sockets(1, 0, 1, "a"));
        aggregator.Tell(Sockets(2, 0, 1, "b"));

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["a", "b"], reply.Answers.Select(socket => socket.Id));
        Assert.Equal(1, _counters[PeerCounter.AnswersIgnored]);
        Assert.Equal(1, _counters[PeerCounter.RequestsTimedOut]);
    }

    [Fact]
    public async Task Each_request_has_its_whole_time()
    {
        var aggregator = Start(new FetchSockets("/", Request - 1, Budget, BroadcastOptions.All));
        await SettleAsync(aggregator);
        Clock.Advance(Budget - TimeSpan.FromMilliseconds(1));
        aggregator.Tell(new SocketsPart(1, Request - 1, 0, 1, []));
        aggregator.Tell(new SocketsPart(2, Request - 1, 0, 1, []));
        await ExpectMsgAsync<ClusterReply<SocketDetails>>();

        aggregator.Tell(Gather(new FetchSockets("/", Request, Budget, BroadcastOptions.All)));
        await SettleAsync(aggregator);
        Clock.Advance(Budget - TimeSpan.FromMilliseconds(1));
        await SettleAsync(aggregator);
        await ExpectNoMsgAsync(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["one", "two"], (await ExpectMsgAsync<ClusterReply<SocketDetails>>()).MissingWorkers);
    }

    [Fact]
    public async Task Who_stops_it_in_the_middle_of_what_the_application_is_told_hears_what_that_throws()
    {
        var parent = CreateTestProbe();
        var aggregator = parent.ChildActorOf(RequestAggregator.Props(Shared));
        var request = new BroadcastWithAck("/", Request, Budget, BroadcastOptions.All, SampleMessages.Body);
        Action<SocketAnswer> answered = static _ => throw new InvalidTimeZoneException("thrown by the application");
        aggregator.Tell(new GatherRequest(request, AnswerCollector.For(request, TwoWorkers, answered), TestActor));
        aggregator.Tell(new AckAsked(1, Request, 0, 1, ["s"]));

        aggregator.Tell(PoisonPill.Instance);

        Assert.IsType<InvalidTimeZoneException>((await ExpectMsgAsync<Status.Failure>()).Cause);
        await parent.ExpectMsgAsync<AggregatorStopped>();
    }

    /// <summary>Its parent gives it nothing any more before it hears that the request has ended.</summary>
    [Fact]
    public async Task One_that_is_stopped_says_so_first()
    {
        var parent = CreateTestProbe();
        var aggregator = parent.ChildActorOf(RequestAggregator.Props(Shared));
        aggregator.Tell(Gather(new FetchSockets("/", Request, Budget, BroadcastOptions.All)));

        aggregator.Tell(PoisonPill.Instance);

        await parent.ExpectMsgAsync<AggregatorStopped>();
        await parent.ExpectMsgAsync<RequestEnded>();
        await ExpectMsgAsync<ClusterReply<SocketDetails>>();
    }

    [Fact]
    public async Task Where_one_answer_is_enough_the_others_are_not_late()
    {
        var aggregator = Start(new ClaimSession("/", Request, Budget, "private", null));

        aggregator.Tell(new SessionClaimed(1, Request, null, ClaimOutcome.LogTooShort));
        aggregator.Tell(new SessionClaimed(2, Request, null, ClaimOutcome.Unknown));

        await ExpectMsgAsync<SessionReply>();
        await SettleAsync(aggregator);
        Assert.Equal(0, _counters[PeerCounter.AnswersIgnored]);
    }

    [Fact]
    public async Task A_cancelled_request_ends_without_a_reply()
    {
        var parent = CreateTestProbe();
        var aggregator = parent.ChildActorOf(RequestAggregator.Props(Shared));
        aggregator.Tell(Gather(new FetchSockets("/", Request, Budget, BroadcastOptions.All)));

        aggregator.Tell(new CancelRequest(Request));

        Assert.Equal(Request, (await parent.ExpectMsgAsync<RequestEnded>()).RequestId);
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_worker_that_stops_in_the_middle_ends_its_requests()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));
        await SettleAsync(aggregator);

        Sys.Stop(aggregator);

        var reply = await ExpectMsgAsync<ClusterReply<SocketDetails>>();
        Assert.Equal(["one", "two"], reply.MissingWorkers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_request_whose_aggregator_crashes_ends_with_the_exception()
    {
        var aggregator = Start(new FetchSockets("/", Request, Budget, BroadcastOptions.All));
        Watch(aggregator);

        aggregator.Tell(new SocketsPart(1, Request, 0, 1, default));

        var failure = await ExpectMsgAsync<Status.Failure>();
        Assert.IsAssignableFrom<SystemException>(failure.Cause);
        await ExpectTerminatedAsync(aggregator);
    }

    [Fact]
    public async Task A_long_answer_comes_in_chunks()
    {
        var aggregator = Start(new ServerSideRequest("/", Request, Budget, SampleMessages.Body));
        var one = new ServerSideAnswer(1, Request, new PacketBody(new byte[200_000]));
        var two = new ServerSideAnswer(2, Request, new PacketBody(new byte[150_000]));

        AnswerParts.Tell(aggregator, two);
        AnswerParts.Tell(aggregator, one);

        var reply = await ExpectMsgAsync<ClusterReply<WorkerAnswer>>();
        Assert.Equal([("two", 150_000), ("one", 200_000)], reply.Answers.Select(answer => (answer.WorkerId, answer.Body.Data.Length)));
    }

    [Fact]
    public async Task A_worker_that_goes_in_the_middle_of_its_answer_is_lost()
    {
        var aggregator = Start(new ServerSideRequest("/", Request, Budget, SampleMessages.Body));
        var answer = new ServerSideAnswer(1, Request, new PacketBody(new byte[200_000]));

        aggregator.Tell(new AnswerChunk(1, Request, Chunk.Cut(1, answer, 0, 60_000)));
        aggregator.Tell(new PeerGone(1));
        aggregator.Tell(new ServerSideAnswer(2, Request, SampleMessages.Body));

        var reply = await ExpectMsgAsync<ClusterReply<WorkerAnswer>>();
        Assert.Equal(["one"], reply.LostWorkers);
        Assert.Equal(1, _counters[PeerCounter.Incomplete]);
    }

    private static SocketsPart Sockets(long origin, int index, int count, params string[] ids) =>
        new(origin, Request, index, count, [.. ids.Select(id => new SocketDetails(id, "", [], default, default))]);

    private IActorRef Start(RequestMessage request)
    {
        var aggregator = Sys.ActorOf(RequestAggregator.Props(Shared));
        aggregator.Tell(Gather(request));
        return aggregator;
    }

    private GatherRequest Gather(RequestMessage request) => new(request, AnswerCollector.For(request, TwoWorkers, null), TestActor);

    /// <summary>Virtual time must not pass before the actor has set its timer and seen what it was sent.</summary>
    private static async Task SettleAsync(IActorRef aggregator) => await aggregator.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(30));
}
