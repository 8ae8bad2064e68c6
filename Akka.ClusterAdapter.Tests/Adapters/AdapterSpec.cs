using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>
/// What every adapter does, whatever carries its messages and however many workers there are. Sockets are called after their worker
/// (<c>s0</c>, <c>s1</c>, …); whatever is asked is asked on the first worker unless it says otherwise.
/// </summary>
public abstract partial class AdapterSpec
{
    /// <summary>How many workers this adapter is tested with.</summary>
    protected abstract int Workers { get; }

    /// <summary>A namespace of its own on that many workers.</summary>
    private protected abstract Task<AdapterCluster> CreateClusterAsync(int workers);

    private static BroadcastOptions To(params string[] rooms) => new() { Rooms = [.. rooms] };

    private Task<AdapterCluster> CreateClusterAsync() => CreateClusterAsync(Workers);

    [Fact]
    public async Task A_broadcast_without_rooms_reaches_every_socket_of_every_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task Every_worker_can_broadcast()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        foreach (var worker in cluster.Workers)
            await worker.Adapter.BroadcastAsync(FakeHost.Body("from " + worker.WorkerId), BroadcastOptions.All);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Deliveries.Count == cluster.Count));
        await cluster.ExpectDeliveriesAsync(cluster.Ids.SelectMany(id => cluster.Workers.Select(worker => $"{id}:from {worker.WorkerId}")));
    }

    [Fact]
    public async Task A_broadcast_to_a_room_reaches_its_members_only()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var last = cluster.Count - 1;
        await cluster.Workers[last].Adapter.JoinAsync(AdapterCluster.Id(last), ["lobby"]);

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("lobby"));

        await cluster.ExpectDeliveriesAsync($"{AdapterCluster.Id(last)}:hi");
    }

    [Fact]
    public async Task A_socket_in_several_of_the_rooms_is_reached_once()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("one", "two");

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("one", "two"));

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task Rooms_nobody_is_in_select_nobody()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("nowhere"));

        await cluster.ExpectDeliveriesAsync();
    }

    [Fact]
    public async Task A_socket_that_left_a_room_is_not_reached_there()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        await cluster.First.Adapter.LeaveAsync("s0", "lobby");

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("lobby"));

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Skip(1).Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task Members_of_an_excepted_room_are_left_out_on_every_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        await cluster.First.Adapter.JoinAsync("s0", ["muted"]);

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("lobby") with { Except = ["muted"] });

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Skip(1).Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task An_excepted_id_leaves_out_that_socket_wherever_it_is()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var last = AdapterCluster.Id(cluster.Count - 1);

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), new BroadcastOptions { Except = [last] });

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Where(id => id != last).Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task A_socket_that_is_not_connected_is_not_reached()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        await cluster.First.Adapter.JoinAsync("pending", ["pending", "lobby"]);

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("lobby"));

        await cluster.ExpectDeliveriesAsync();
    }

    [Fact]
    public async Task A_local_broadcast_stays_on_its_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), new BroadcastOptions { IsLocal = true });

        await cluster.ExpectDeliveriesAsync("s0:hi");
    }

    [Fact]
    public async Task Local_delivery_is_done_when_the_call_returns()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        var broadcast = cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);

        Assert.True(broadcast.IsCompletedSuccessfully);
        Assert.Equal(["hi"], cluster.First.Host.TextsOf("s0"));
        await broadcast;
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Flags_come_along(bool isVolatile, bool compress)
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), new BroadcastOptions { IsVolatile = isVolatile, Compress = compress });

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => !worker.Host.Deliveries.IsEmpty));
        Assert.All(
            cluster.Workers.SelectMany(worker => worker.Host.Deliveries),
            delivery => Assert.Equal((isVolatile, compress), (delivery.Options.IsVolatile, delivery.Options.Compress)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/")]
    [InlineData("a/b?c#d%20")]
    [InlineData("日本語 🎉")]
    [InlineData("\0\n\t\"'\\")]
    public async Task A_room_may_have_any_name(string room)
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync(room);

        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To(room));

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task What_one_worker_sends_arrives_in_order()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var texts = Enumerable.Range(0, 200).Select(number => $"{number}").ToArray();

        foreach (var text in texts)
            await cluster.First.Adapter.BroadcastAsync(FakeHost.Body(text), BroadcastOptions.All);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Deliveries.Count == texts.Length));
        Assert.All(Enumerable.Range(0, cluster.Count), i => Assert.Equal(texts, cluster.Workers[i].Host.TextsOf(AdapterCluster.Id(i))));
    }

    [Fact]
    public async Task A_joined_room_counts_for_what_is_sent_afterwards()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        await cluster.First.Adapter.SocketsJoinAsync(BroadcastOptions.All, ["late"]);
        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("hi"), To("late"));
        await cluster.First.Adapter.SocketsLeaveAsync(BroadcastOptions.All, ["late"]);
        await cluster.First.Adapter.BroadcastAsync(FakeHost.Body("gone"), To("late"));

        await cluster.ExpectDeliveriesAsync(cluster.Ids.Select(id => $"{id}:hi"));
    }

    [Fact]
    public async Task Room_events_tell_what_happened_on_this_worker()
    {
        var cluster = await CreateClusterAsync();
        var events = new List<RoomEvent>();
        cluster.First.Adapter.RoomChanged += events.Add;

        await cluster.First.Host.ConnectAsync("s0");
        await cluster.First.Adapter.JoinAsync("s0", ["lobby"]);
        await cluster.First.Adapter.LeaveAllAsync("s0");

        Assert.Equal(
            [
                new(RoomEventKind.Created, "s0"), new(RoomEventKind.Joined, "s0", "s0"),
                new(RoomEventKind.Created, "lobby"), new(RoomEventKind.Joined, "lobby", "s0"),
                new(RoomEventKind.Left, "s0", "s0"), new(RoomEventKind.Deleted, "s0"),
                new(RoomEventKind.Left, "lobby", "s0"), new(RoomEventKind.Deleted, "lobby"),
            ],
            events);
    }

    [Fact]
    public async Task Room_events_follow_what_other_workers_command()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var last = cluster.Count - 1;
        var events = new System.Collections.Concurrent.ConcurrentQueue<RoomEvent>();
        cluster.Workers[last].Adapter.RoomChanged += events.Enqueue;

        await cluster.First.Adapter.SocketsJoinAsync(To(AdapterCluster.Id(last)), ["vip"]);
        await cluster.First.Adapter.SocketsLeaveAsync(To("vip"), ["vip"]);

        await Eventually.TrueAsync(() => events.Count == 4);
        Assert.Equal(
            [
                new(RoomEventKind.Created, "vip"), new(RoomEventKind.Joined, "vip", AdapterCluster.Id(last)),
                new(RoomEventKind.Left, "vip", AdapterCluster.Id(last)), new(RoomEventKind.Deleted, "vip")
            ],
            events);
    }

    [Fact]
    public async Task Rooms_are_those_of_this_worker()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");

        var rooms = cluster.First.Adapter.LocalRooms();

        Assert.Equal(["lobby", "s0"], rooms.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["s0"], rooms["lobby"]);
        Assert.Equal(["s0", "lobby"], cluster.First.Adapter.RoomsOf("s0"));
        Assert.Empty(cluster.First.Adapter.RoomsOf("nobody"));
    }

    [Fact]
    public async Task Everybody_counts_the_same_workers()
    {
        var cluster = await CreateClusterAsync();

        var counts = await Task.WhenAll(cluster.Workers.Select(worker => worker.Adapter.ServerCountAsync().AsTask()));

        Assert.All(counts, count => Assert.Equal(cluster.Count, count));
    }
}
