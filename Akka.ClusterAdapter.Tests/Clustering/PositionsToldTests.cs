using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>A worker recovers clients that come from elsewhere when all others have told how far they are; not before.</summary>
public class PositionsToldTests
{
    private const long Origin = 0x70000;

    [Fact]
    public async Task A_worker_that_is_ready_knows_how_far_all_are_also_those_that_have_sent_nothing()
    {
        await using var cluster = await StartAsync(3, static io => io.Of("/chat"));
        await cluster[0].Server.EmitAsync("first");

        var joined = await cluster.AddWorkerAsync();

        Assert.Equal(3, ClusterAdapterExtension.Get(joined.System).State.Tellers.Length);
        Assert.All(["/", "/chat"], name => Assert.True(Sessions(joined, name).KnowsAll, name));
        Assert.Equal(1, Sessions(joined).Size.Packets);
    }

    [Fact]
    public async Task A_namespace_that_begins_later_is_told_also_by_workers_that_do_not_have_it()
    {
        await using var cluster = await StartAsync(3, static _ => { });
        var (early, late) = (cluster[0].Server.Of("/late"), cluster[1].Server.Of("/late"));
        await early.EmitAsync("before");
        var sessions = late.Recovery!.Sessions;
        await Eventually.TrueAsync(() => sessions.KnowsAll, "all have told it");

        await early.EmitAsync("after");
        await Eventually.TrueAsync(() => sessions.Size.Packets > 0, "it is heard");
        Assert.True(sessions.KnowsAll);
    }

    [Fact]
    public async Task Emitters_tell_as_well()
    {
        await using var cluster = await StartAsync(1, static _ => { });
        var sessions = Sessions(cluster[0]);
        var system = ActorSystem.Create(cluster[0].System.Name, cluster[0].System.Settings.Config);
        try
        {
            AkkaCluster.Get(system).Join(AkkaCluster.Get(cluster[0].System).SelfAddress);
            await SocketIOEmitter.Create(system).EmitAsync("hi");
            var state = ClusterAdapterExtension.Get(cluster[0].System).State;
            await Eventually.TrueAsync(() => state.Tellers.Length == 1 && sessions.KnowsAll, "the emitter has told");

            var joined = await cluster.AddWorkerAsync();

            var others = ClusterAdapterExtension.Get(joined.System).State;
            await Eventually.TrueAsync(() => others.Tellers.Length == 2 && Sessions(joined).KnowsAll, "both have told");
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task A_namespace_that_was_emptied_and_goes_on_sending_tells_as_well()
    {
        const string Name = "/tenant-1";
        await using var cluster = await StartAsync(2, static io => io.Of(new Regex("^/tenant-")));
        Namespace kept;
        await using (var client = await WireClient.OpenAsync(cluster[0].Url))
        {
            await client.ConnectAsync(Name);
            kept = cluster[0].Server.Of(Name);
            await kept.EmitAsync("while there was somebody");
            await client.SendAsync($"41{Name},");
            await Eventually.TrueAsync(() => cluster[0].Server.Namespaces.All(static ns => ns.Name != Name), "the namespace is emptied");
        }

        await kept.EmitAsync("when there was nobody");
        await using var other = await WireClient.OpenAsync(cluster[1].Url);
        await other.ConnectAsync(Name);
        var sessions = Sessions(cluster[1], Name);
        await Eventually.TrueAsync(() => sessions.KnowsAll, "it has told");

        Assert.Contains(2, sessions.Lacks.All.Select(static told => told.Value));
    }

    [Fact]
    public async Task Nobody_waits_for_a_member_that_says_nothing_any_more()
    {
        await using var cluster = await StartAsync(1, static _ => { });
        var (worker, sessions) = (ClusterAdapterExtension.Get(cluster[0].System), Sessions(cluster[0]));
        var member = ActorSystem.Create(cluster[0].System.Name, cluster[0].System.Settings.Config);
        try
        {
            AkkaCluster.Get(member).Join(AkkaCluster.Get(cluster[0].System).SelfAddress);
            var (id, inbox) = (Peers.IdOf(AkkaCluster.Get(member).SelfUniqueAddress), Inbox.Create(cluster[0].System));
            var self = await worker.Actor.Ask<WorkerStatus>(StatusRequest.Instance, TimeSpan.FromSeconds(30));
            worker.Actor.Tell(new HelloReply(Origin, id, worker.State.Card! with { Tag = "abcdef" }) { HelloOrigin = self.Origin }, inbox.Receiver);
            await Eventually.TrueAsync(() => worker.State.Tellers.Length == 1, "it is counted");
            Assert.False(sessions.KnowsAll);

            await Eventually.TrueAsync(() => sessions.KnowsAll, "it counts no more");

            Assert.Single(worker.State.Peers);
        }
        finally
        {
            await member.Terminate();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task That_a_member_has_sent_nothing_counts_only_when_what_it_sends_is_heard_also_of_one_that_is_about_to_leave(bool isLeaving)
    {
        await using var cluster = await StartAsync(1, static _ => { });
        var (worker, sessions) = (ClusterAdapterExtension.Get(cluster[0].System), Sessions(cluster[0]));
        var member = ActorSystem.Create(cluster[0].System.Name, cluster[0].System.Settings.Config);
        try
        {
            AkkaCluster.Get(member).Join(AkkaCluster.Get(cluster[0].System).SelfAddress);
            var (id, inbox) = (Peers.IdOf(AkkaCluster.Get(member).SelfUniqueAddress), Inbox.Create(cluster[0].System));
            var card = worker.State.Card! with { Tag = "abcdef" };
            var self = await worker.Actor.Ask<WorkerStatus>(StatusRequest.Instance, TimeSpan.FromSeconds(30));
            // It hears this worker, and this worker does not hear it through the topic yet.
            worker.Actor.Tell(new HelloReply(Origin, id, card) { HelloOrigin = self.Origin }, inbox.Receiver);
            await Eventually.TrueAsync(() => worker.State.Tellers.Length == 1, "it is counted");
            Assert.False(sessions.KnowsAll);
            Assert.IsType<WorkerStatus>(Next(worker, inbox));

            worker.Actor.Tell(new Hello(Origin, id, card) { Number = 1, IsLeaving = isLeaving }, inbox.Receiver);

            Assert.IsType<WorkerStatus>(Next(worker, inbox));
            Assert.Equal((1, isLeaving ? 0 : 1), (worker.State.Tellers.Length, worker.State.Peers.Length));
            await Eventually.TrueAsync(
                () =>
                {
                    if (sessions.KnowsAll)
                        return true;
                    if (Next(worker, inbox) is LogAsked asked)
                        worker.Actor.Tell(new LogSilent(Origin, asked.Namespace, asked.Log), inbox.Receiver);
                    return false;
                },
                "it has told");
        }
        finally
        {
            await member.Terminate();
        }
    }

    [Fact]
    public void Who_is_gone_is_not_kept_among_those_who_have_told()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), TimeProvider.System);
        var (store, kept) = (stores.Create(), -1);
        store.HaveAllTold = told => (kept = told.Count) >= 0;
        for (var member = 1; member <= 100; member++)
        {
            store.Hear(new LogPlace(member, 1), TimeSpan.Zero, member);
            store.End(member);
        }

        Assert.True(store.KnowsAll);
        Assert.Equal(0, kept);
    }

    [Fact]
    public async Task A_session_stays_where_it_is_until_the_worker_that_its_client_came_to_knows_how_far_all_are()
    {
        await using var cluster = await StartAsync(2, static _ => { });
        var (sid, auth) = await LostClient.LoseAsync(cluster[0]);
        var (sessions, mayKnow) = (Sessions(cluster[1]), false);
        sessions.HaveAllTold = _ => Volatile.Read(ref mayKnow);

        await using (var early = await WireClient.OpenAsync(cluster[1].Url))
        {
            await early.SendAsync("40" + auth);
            Assert.DoesNotContain(sid, await early.ReceiveAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(1, Sessions(cluster[0]).SessionCount);
        await using var client = await WireClient.OpenAsync(cluster[1].Url);
        await client.SendAsync("40" + auth);
        Volatile.Write(ref mayKnow, true);
        Assert.Contains(sid, await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_on_its_way_when_another_member_comes_waits_for_what_that_one_tells()
    {
        await using var cluster = await StartAsync(2, static _ => { });
        var (sid, auth) = await LostClient.LoseAsync(cluster[0]);
        var (owner, here, late) = (Sessions(cluster[0]), Sessions(cluster[1]), 0);
        here.HaveAllTold = _ => owner.SessionCount > 0 || Interlocked.Increment(ref late) > 3;

        await using var client = await WireClient.OpenAsync(cluster[1].Url);
        await client.SendAsync("40" + auth);

        Assert.Contains(sid, await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.InRange(late, 4, int.MaxValue);
    }

    /// <summary>What the worker has said first: that it asks, or the answer to a question that is asked now.</summary>
    private static object Next(ClusterAdapterExtension worker, Inbox inbox)
    {
        worker.Actor.Tell(StatusRequest.Instance, inbox.Receiver);
        object message;
        do
            message = inbox.Receive(TimeSpan.FromSeconds(30));
        while (message is not (LogAsked or WorkerStatus));
        return message;
    }

    private static Task<SocketIOTestCluster> StartAsync(int workers, Action<SocketIOServer> configure) =>
        SocketIOTestCluster.StartAsync(
            workers, configure, static options => options.ConfigureServer(static server => server.ConnectionStateRecovery = new SessionStoreOptions()));

    private static SessionStore Sessions(SocketIOTestWorker worker, string name = "/") => worker.Server.Of(name).Recovery!.Sessions;
}
