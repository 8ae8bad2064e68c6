using System.Collections.Concurrent;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Questions whose answers are told as they come.</summary>
public abstract partial class AdapterSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_a_client_answers_is_told_while_others_are_still_waited_for()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        await cluster.First.Host.ConnectAsync("slow");
        var told = new ConcurrentQueue<SocketAnswer>();

        var asking = cluster.First.Adapter.StreamAnswersAsync(FakeHost.Body("?"), BroadcastOptions.All, told.Enqueue);
        for (var i = cluster.Count - 1; i >= 0; i--)
        {
            await Eventually.TrueAsync(() => cluster.Workers[i].Host.IsAsked(AdapterCluster.Id(i)));
            cluster.Workers[i].Host.Answer(AdapterCluster.Id(i), $"[{i}]");
            await Eventually.TrueAsync(() => told.Count == cluster.Count - i, "An answer was not told before the others came.");
        }

        Assert.False(asking.IsCompleted);
        cluster.First.Host.Answer("slow", "[\"slow\"]");
        var reply = await asking.WaitAsync(Patience);

        Assert.Empty(reply.Answers);
        Assert.False(reply.IsTimedOut);
        Assert.Equal([.. cluster.Ids.Reverse(), "slow"], told.Select(answer => answer.SocketId));
        Assert.All(told, answer => Assert.Equal(SocketAnswerState.Answered, answer.State));
        Assert.Equal([.. cluster.Workers.Reverse().Select(worker => worker.WorkerId), cluster.First.WorkerId], told.Select(answer => answer.WorkerId));
    }

    [Fact]
    public async Task Clients_that_left_and_those_that_are_late_are_told_before_the_reply()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var (last, host) = (AdapterCluster.Id(cluster.Count - 1), cluster.Workers[^1].Host);
        await cluster.First.Host.ConnectAsync("mute");
        var told = new ConcurrentQueue<SocketAnswer>();

        var asking = cluster.First.Adapter.StreamAnswersAsync(FakeHost.Body("?"), To(last, "mute") with { Timeout = TimeSpan.FromSeconds(2) }, told.Enqueue);
        await Eventually.TrueAsync(() => host.IsAsked(last));
        await host.LeaveAsync(last);
        var reply = await asking.WaitAsync(Patience);

        Assert.True(reply.IsTimedOut);
        Assert.Empty(reply.MissingWorkers);
        Assert.Equal([(last, SocketAnswerState.Lost), ("mute", SocketAnswerState.TimedOut)], told.Select(answer => (answer.SocketId, answer.State)));
    }

    [Fact]
    public async Task Asking_nobody_tells_of_nobody_and_ends_at_once()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var told = new ConcurrentQueue<SocketAnswer>();

        var reply = await cluster.First.Adapter.StreamAnswersAsync(FakeHost.Body("?"), To("nowhere"), told.Enqueue).WaitAsync(Patience);

        Assert.False(reply.IsTimedOut);
        Assert.Empty(told);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_question_that_nobody_waits_for_any_more_is_forgotten_everywhere_at_once(bool isStream)
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var options = BroadcastOptions.All with { Timeout = TimeSpan.FromHours(1) };
        using var stop = new CancellationTokenSource();

        var asking = isStream
            ? cluster.First.Adapter.StreamAnswersAsync(FakeHost.Body("?"), options, _ => { }, stop.Token)
            : cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), options, stop.Token);
        await Eventually.TrueAsync(() => Enumerable.Range(0, cluster.Count).All(i => cluster.Workers[i].Host.IsAsked(AdapterCluster.Id(i))));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience));
        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Forgotten == 1), "A worker still waits for its clients.");
    }

    [Fact]
    public async Task Sockets_of_every_worker_are_told_one_by_one()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        var told = new ConcurrentQueue<SocketDetails>();

        var reply = await cluster.First.Adapter.StreamSocketsAsync(BroadcastOptions.All, told.Enqueue).WaitAsync(Patience);

        Assert.Equal((0, false, 0, 0), (reply.Answers.Count, reply.IsTimedOut, reply.MissingWorkers.Count, reply.LostWorkers.Count));
        Assert.Equal(
            cluster.Workers.Select((worker, i) => (AdapterCluster.Id(i), worker.WorkerId, $"{AdapterCluster.Id(i)},lobby")),
            told.OrderBy(socket => socket.Id, StringComparer.Ordinal).Select(socket => (socket.Id, socket.WorkerId, string.Join(',', socket.Rooms))));
    }

    [Fact]
    public async Task Sockets_that_are_told_are_selected_as_a_broadcast_does()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");

        async Task<IEnumerable<string>> AskAsync(BroadcastOptions options)
        {
            var told = new ConcurrentQueue<SocketDetails>();
            await cluster.First.Adapter.StreamSocketsAsync(options, told.Enqueue).WaitAsync(Patience);
            return told.Select(socket => socket.Id).Order(StringComparer.Ordinal);
        }

        Assert.Equal(cluster.Ids.Skip(1), await AskAsync(To("lobby") with { Except = ["s0"] }));
        Assert.Equal(["s0"], await AskAsync(new BroadcastOptions { IsLocal = true }));
        Assert.Empty(await AskAsync(To("nowhere")));
    }

    [Fact]
    public async Task Sockets_of_a_worker_are_known_with_their_rooms()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        await cluster.First.Adapter.JoinAsync("pending", []);

        var sockets = cluster.First.Adapter.LocalSockets();

        Assert.Equal(["pending", "s0"], sockets.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["lobby", "s0"], sockets["s0"].Order(StringComparer.Ordinal));
        Assert.Empty(sockets["pending"]);
    }
}
