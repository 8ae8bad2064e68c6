using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The short way of a broadcast for few clients, and what must not go it.</summary>
public sealed class NamespaceLineTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task What_goes_the_short_way_overtakes_nothing()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var (here, there) = (workers[0].Adapter, workers[1].Host);
        await there.ConnectAsync("c");
        there.ServerSideAnswer = FakeHost.Body;
        var everybody = new BroadcastOptions();
        var expected = new List<string>();
        Task last = Task.CompletedTask;

        for (var i = 0; i < 300; i++)
        {
            if (i % 3 == 0)
                await here.BroadcastAsync(FakeHost.Body($"{i}"), everybody);
            else if (i % 3 == 1)
                await here.SocketsJoinAsync(everybody, [$"{i}"]);
            else
                last = here.ServerSideEmitWithAckAsync(FakeHost.Body($"{i}"), TimeSpan.FromSeconds(60));
            expected.Add($"{(i % 3 == 0 ? "deliver" : i % 3 == 1 ? "join" : "server-side")} {i}");
        }

        await last;
        await Eventually.TrueAsync(() => there.Log.Count == expected.Count, () => $"all of them, not {there.Log.Count}");
        Assert.Equal(expected, there.Log);
    }

    [Fact]
    public async Task What_is_for_many_leaves_the_clusters_thread_alone()
    {
        var workers = await _systems.AddWorkersAsync(2);
        var there = workers[1].Host;
        for (var i = 0; i <= InMemoryAdapter.Few; i++)
            await there.ConnectAsync($"c{i}", i == 0 ? "few" : "many", "all");
        var everybody = new BroadcastOptions();
        var local = ((AkkaClusterAdapter)there.Adapter).Local;

        Assert.True(local.TryCarryForFew(FakeHost.Body("x"), everybody with { Rooms = ["few"] }));
        Assert.True(local.TryCarryForFew(FakeHost.Body("x"), everybody with { Rooms = ["many"] }));
        Assert.False(local.TryCarryForFew(FakeHost.Body("x"), everybody with { Rooms = ["all"] }));
        Assert.False(local.TryCarryForFew(FakeHost.Body("x"), everybody));
        there.BeforeDelivery = () => { };
        Assert.False(local.TryCarryForFew(FakeHost.Body("x"), everybody with { Rooms = ["few"] }));
        Assert.Equal(1 + InMemoryAdapter.Few, there.Deliveries.Count);
    }
}
