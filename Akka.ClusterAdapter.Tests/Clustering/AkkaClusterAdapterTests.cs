using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
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
        var sent = Enumerable.Range(0, 2_000).Select(number => number.ToString()).ToArray();

        foreach (var text in sent)
            await workers[0].Adapter.BroadcastAsync(FakeHost.Body(text), BroadcastOptions.All);

        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 2_000 && workers[2].Host.Deliveries.Count == 2_000);
        Assert.Equal(sent, workers[1].Host.TextsOf("b"));
        Assert.Equal(sent, workers[2].Host.TextsOf("c"));
        Assert.Equal(0, workers[1].Counter(PeerCounter.Gaps));
        Assert.Equal(0, workers[1].Counter(PeerCounter.Duplicates));
    }

    [Fact]
    public async Task A_join_followed_at_once_by_a_broadcast_of_another_worker_is_heard()
    {
        var workers = await _systems.AddWorkersAsync(2);

        await workers[1].Host.ConnectAsync("b", "fresh");
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("hi"), new BroadcastOptions { Rooms = ["fresh"] });

        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("b").SequenceEqual(["hi"]));
    }
}
