using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <content>A namespace that nobody is in on one worker, and that somebody comes to again.</content>
public abstract partial class AdapterSpec
{
    [Fact]
    public async Task A_suspended_adapter_still_sends()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        await cluster.First.Host.LeaveAsync("s0");

        cluster.First.Adapter.Suspend();

        await cluster.ExpectDeliveriesAsync();
        Assert.Equal(cluster.Count - 1, (await cluster.First.Adapter.FetchSocketsAsync(BroadcastOptions.All)).Answers.Count);
    }

    [Fact]
    public async Task An_adapter_that_is_resumed_receives_again_without_the_listeners_it_had()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync("lobby");
        await cluster.First.Host.LeaveAsync("s0");
        var heard = 0;
        cluster.First.Adapter.RoomChanged += _ => heard++;

        cluster.First.Adapter.Suspend();
        cluster.First.Adapter.Resume();
        await cluster.First.Host.ConnectAsync("s0");

        Assert.Equal(["s0"], cluster.First.Adapter.RoomsOf("s0"));
        Assert.Equal(0, heard);
        await cluster.Workers[^1].Adapter.BroadcastAsync(FakeHost.Body("hi"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => cluster.First.Host.TextsOf("s0").SequenceEqual(["hi"]));
    }
}
