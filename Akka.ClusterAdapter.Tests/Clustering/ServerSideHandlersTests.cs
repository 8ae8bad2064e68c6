using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Handlers of server-side events are the application's: they keep the order of what one worker sends, but nothing when they block.</summary>
public sealed class ServerSideHandlersTests : IAsyncLifetime
{
    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task One_that_blocks_holds_up_no_delivery()
    {
        using var never = new ManualResetEventSlim();
        var (from, to) = await PairAsync();
        await to.Host.ConnectAsync("b");
        to.Host.ServerSideAnswer = _ => Wait(never);

        var asking = from.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("[\"block\"]"), TimeSpan.FromMinutes(5));
        for (var i = 0; i < 3; i++)
            await from.Adapter.BroadcastAsync(FakeHost.Body($"[{i}]"), BroadcastOptions.All);
        var found = await from.Adapter.FetchSocketsAsync(BroadcastOptions.All);

        await Eventually.TrueAsync(() => to.Host.TextsOf("b").SequenceEqual(["[0]", "[1]", "[2]"]));
        Assert.Contains(found.Answers, socket => socket.Id == "b");
        await from.Adapter.ServerSideEmitAsync(FakeHost.Body("[\"behind\"]"));
        await from.Adapter.BroadcastAsync(FakeHost.Body("[3]"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => to.Host.TextsOf("b").Count() == 4);
        Assert.Equal(["[\"block\"]"], to.Host.ServerSideEvents);
        never.Set();
        await Eventually.TrueAsync(() => to.Host.ServerSideEvents.SequenceEqual(["[\"block\"]", "[\"behind\"]"]));
        Assert.Single((await asking).Answers);
        // It does not block any more: what follows keeps its place again.
        await from.Adapter.ServerSideEmitAsync(FakeHost.Body("[\"last\"]"));
        await from.Adapter.BroadcastAsync(FakeHost.Body("[4]"), BroadcastOptions.All);
        await Eventually.TrueAsync(() => to.Host.TextsOf("b").Count() == 5);
        Assert.Equal("[\"last\"]", to.Host.ServerSideEvents.Last());
    }

    [Fact]
    public async Task What_is_sent_behind_an_event_is_carried_out_behind_it()
    {
        var (from, to) = await PairAsync();
        await to.Host.ConnectAsync("b");
        var orders = new List<int>();
        to.Host.BeforeDelivery = () => orders.Add(to.Host.ServerSideEvents.Count);

        for (var i = 1; i <= 200; i++)
        {
            await from.Adapter.ServerSideEmitAsync(FakeHost.Body($"[{i}]"));
            await from.Adapter.BroadcastAsync(FakeHost.Body($"[{i}]"), BroadcastOptions.All);
        }

        await Eventually.TrueAsync(() => to.Host.TextsOf("b").Count() == 200);
        Assert.Equal(Enumerable.Range(1, 200), orders);
        Assert.Equal(0, to.Counter(PeerCounter.Gaps));
    }

    [Fact]
    public async Task One_that_throws_is_counted_and_the_next_is_called()
    {
        var (from, to) = await PairAsync();
        to.Host.ServerSideAnswer = text => text == "[1]" ? throw new InvalidOperationException() : FakeHost.Body("[true]");

        var failing = from.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("[1]"), TimeSpan.FromSeconds(1));
        var answering = await from.Adapter.ServerSideEmitWithAckAsync(FakeHost.Body("[2]"), TimeSpan.FromMinutes(5));

        Assert.Single(answering.Answers);
        Assert.Equal(1, to.Counter(PeerCounter.DeliveryErrors));
        Assert.True((await failing).IsTimedOut);
    }

    private static PacketBody? Wait(ManualResetEventSlim never)
    {
        never.Wait();
        return FakeHost.Body("[true]");
    }

    private async Task<(Worker From, Worker To)> PairAsync() =>
        await _systems.AddWorkersAsync(2) is [var from, var to] ? (from, to) : throw new InvalidOperationException();
}
