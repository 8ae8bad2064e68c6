using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Questions and commands to sockets of every worker.</summary>
public abstract partial class AdapterSpec
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Every_client_that_was_asked_answers()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        foreach (var worker in cluster.Workers)
            worker.Host.ClientAnswer = id => $"[\"{id}\"]";

        var reply = await cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), To("lobby"));

        Assert.Equal(
            cluster.Workers.Select((worker, i) => (AdapterCluster.Id(i), worker.WorkerId, SocketAnswerState.Answered, $"[\"{AdapterCluster.Id(i)}\"]")),
            reply.Answers.OrderBy(answer => answer.SocketId, StringComparer.Ordinal)
                .Select(answer => (answer.SocketId, answer.WorkerId, answer.State, FakeHost.Text(answer.Body!))));
        Assert.Equal((false, 0, 0), (reply.IsTimedOut, reply.MissingWorkers.Count, reply.LostWorkers.Count));
    }

    [Fact]
    public async Task One_client_can_be_asked_wherever_it_is()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var last = cluster.Count - 1;

        var asking = cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), To(AdapterCluster.Id(last)));
        await Eventually.TrueAsync(() => cluster.Workers[last].Host.IsAsked(AdapterCluster.Id(last)));
        cluster.Workers[last].Host.Answer(AdapterCluster.Id(last), "[1]");

        var answer = Assert.Single((await asking).Answers);
        Assert.Equal((AdapterCluster.Id(last), SocketAnswerState.Answered), (answer.SocketId, answer.State));
    }

    [Fact]
    public async Task Asking_nobody_ends_at_once()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        var reply = await cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), To("nowhere"));

        Assert.Empty(reply.Answers);
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_waited_for()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var last = cluster.Count - 1;
        var host = cluster.Workers[last].Host;

        var asking = cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), To(AdapterCluster.Id(last)));
        await Eventually.TrueAsync(() => host.IsAsked(AdapterCluster.Id(last)));
        await host.LeaveAsync(AdapterCluster.Id(last));

        var reply = await asking;
        Assert.Equal(SocketAnswerState.Lost, Assert.Single(reply.Answers).State);
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task Clients_that_do_not_answer_are_named_when_the_time_is_over()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        cluster.First.Host.ClientAnswer = _ => "[1]";
        var late = cluster.Ids.Skip(1).Append("mute").ToArray();
        await cluster.First.Host.ConnectAsync("mute");
        cluster.First.Host.ClientAnswer = id => id == "mute" ? null : "[1]";

        var reply = await cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All with { Timeout = Soon });

        Assert.True(reply.IsTimedOut);
        Assert.Equal(
            late.Order(StringComparer.Ordinal),
            reply.Answers.Where(answer => answer.State == SocketAnswerState.TimedOut).Select(answer => answer.SocketId).Order(StringComparer.Ordinal));
        Assert.Equal(["s0"], reply.Answers.Where(answer => answer.State == SocketAnswerState.Answered).Select(answer => answer.SocketId));
        Assert.Empty(reply.MissingWorkers);
    }

    [Fact]
    public async Task Questions_that_are_over_are_forgotten_everywhere()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        foreach (var worker in cluster.Workers)
            worker.Host.ClientAnswer = _ => "[1]";

        await cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Forgotten == 1));
    }

    [Fact]
    public async Task A_local_question_stays_on_its_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        foreach (var worker in cluster.Workers)
            worker.Host.ClientAnswer = _ => "[1]";

        var reply = await cluster.First.Adapter.BroadcastWithAckAsync(FakeHost.Body("?"), new BroadcastOptions { IsLocal = true });

        Assert.Equal("s0", Assert.Single(reply.Answers).SocketId);
    }

    [Fact]
    public async Task Fetching_describes_the_sockets_of_every_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");

        var reply = await cluster.First.Adapter.FetchSocketsAsync(BroadcastOptions.All);

        Assert.Equal(
            cluster.Workers.Select((worker, i) => (AdapterCluster.Id(i), worker.WorkerId, $"{AdapterCluster.Id(i)},lobby")),
            reply.Answers.OrderBy(socket => socket.Id, StringComparer.Ordinal).Select(socket => (socket.Id, socket.WorkerId, string.Join(',', socket.Rooms))));
        Assert.All(reply.Answers, socket => Assert.Equal($"{{\"id\":\"{socket.Id}\"}}", System.Text.Encoding.UTF8.GetString(socket.Handshake.Span)));
        Assert.Equal((false, 0, 0), (reply.IsTimedOut, reply.MissingWorkers.Count, reply.LostWorkers.Count));
    }

    [Fact]
    public async Task Fetching_selects_as_a_broadcast_does()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");

        var some = await cluster.First.Adapter.FetchSocketsAsync(To("lobby") with { Except = ["s0"] });
        var local = await cluster.First.Adapter.FetchSocketsAsync(new BroadcastOptions { IsLocal = true });
        var none = await cluster.First.Adapter.FetchSocketsAsync(To("nowhere"));

        Assert.Equal(cluster.Ids.Skip(1), some.Answers.Select(socket => socket.Id).Order(StringComparer.Ordinal));
        Assert.Equal(["s0"], local.Answers.Select(socket => socket.Id));
        Assert.Empty(none.Answers);
    }

    [Fact]
    public async Task Disconnecting_reaches_the_selected_sockets_of_every_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        await cluster.First.Host.ConnectAsync("other");

        await cluster.First.Adapter.DisconnectSocketsAsync(To("lobby"), close: true);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => !worker.Host.Disconnected.IsEmpty));
        Assert.Equal(cluster.Ids.Select(id => (id, true)), cluster.Workers.SelectMany(worker => worker.Host.Disconnected));
    }

    [Fact]
    public async Task What_was_sent_before_a_disconnect_arrives_before_it()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("bye"), BroadcastOptions.All);
        await cluster.First.Adapter.DisconnectSocketsAsync(BroadcastOptions.All, close: false);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => !worker.Host.Disconnected.IsEmpty));
        Assert.Equal(cluster.Ids.Select(id => $"{id}:bye"), cluster.Delivered());
    }

    [Fact]
    public async Task Whatever_one_worker_asks_of_the_others_is_carried_out_in_its_order()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        foreach (var worker in cluster.Workers)
        {
            worker.Host.ClientAnswer = _ => "[1]";
            worker.Host.ServerSideAnswer = FakeHost.Body;
        }

        var adapter = cluster.First.Adapter;
        await adapter.BroadcastAsync(FakeHost.Body("1"), BroadcastOptions.All);
        await adapter.ServerSideEmitAsync(FakeHost.Body("2"));
        await adapter.SocketsJoinAsync(BroadcastOptions.All, ["3"]);
        var clients = adapter.BroadcastWithAckAsync(FakeHost.Body("4"), To("3"));
        var sockets = adapter.FetchSocketsAsync(To("3"));
        await adapter.SocketsLeaveAsync(BroadcastOptions.All, ["3"]);
        var servers = adapter.ServerSideEmitWithAckAsync(FakeHost.Body("5"), null);
        await adapter.BroadcastAsync(FakeHost.Body("6"), To("3"));
        await adapter.DisconnectSocketsAsync(BroadcastOptions.All, close: false);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => !worker.Host.Disconnected.IsEmpty));
        Assert.All(cluster.Workers.Skip(1), worker => Assert.Equal(
            ["deliver 1", "server-side 2", "join 3", "deliver 4", "leave 3", "server-side 5", "disconnect"], worker.Host.Log));
        Assert.Equal(
            (cluster.Count, cluster.Count, cluster.Count - 1), ((await clients).Answers.Count, (await sockets).Answers.Count, (await servers).Answers.Count));
    }

    [Fact]
    public async Task A_server_side_event_reaches_every_other_worker_and_never_its_own()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.ServerSideEmitAsync(FakeHost.Body("[\"reload\"]"));

        await cluster.ExpectDeliveriesAsync();
        Assert.Empty(cluster.First.Host.ServerSideEvents);
        Assert.All(cluster.Workers.Skip(1), worker => Assert.Equal(["[\"reload\"]"], worker.Host.ServerSideEvents));
    }

    [Fact]
    public async Task A_server_side_event_gathers_one_answer_of_every_other_worker()
    {
        var cluster = await CreateClusterAsync();
        foreach (var worker in cluster.Workers)
            worker.Host.ServerSideAnswer = _ => FakeHost.Body(worker.WorkerId);

        var reply = await cluster.First.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("[\"who\"]"), null);

        Assert.Equal(
            cluster.Workers.Skip(1).Select(worker => (worker.WorkerId, worker.WorkerId)).Order(),
            reply.Answers.Select(answer => (answer.WorkerId, FakeHost.Text(answer.Body))).Order());
        Assert.False(reply.IsTimedOut);
    }

    [Fact]
    public async Task Workers_that_do_not_answer_are_named_when_the_time_is_over()
    {
        var cluster = await CreateClusterAsync();

        var reply = await cluster.First.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("[\"who\"]"), Soon);

        Assert.Equal(cluster.Count > 1, reply.IsTimedOut);
        Assert.Equal(
            cluster.Workers.Skip(1).Select(worker => worker.WorkerId).Order(StringComparer.Ordinal), reply.MissingWorkers.Order(StringComparer.Ordinal));
    }
}
