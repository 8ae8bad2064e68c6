using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>A worker that does not keep up with the others: its namespace is held up, so that it carries nothing out.</summary>
public sealed class SlowWorkerTests : IAsyncLifetime
{
    private static readonly string Filler = new('x', 4_000);

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task The_others_miss_nothing_and_it_gets_everything_in_order_when_it_moves_again()
    {
        var workers = await ThreeWorkersAsync("peer-window = 256kB, peer-queue = 64MB");
        var sent = 0;

        for (var round = 1; round <= 2; round++)
        {
            using var gate = Hold(workers[2]);
            await BroadcastAsync(workers[0], sent, sent += 1_000);
            await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == sent);
            Assert.True(workers[2].Host.Deliveries.Count < sent);
            Assert.Equal(round, workers[0].Counter(PeerCounter.DirectPeriods));

            gate.Set();
            await Eventually.TrueAsync(() => workers[2].Host.Deliveries.Count == sent);
            await Eventually.TrueAsync(() => !workers[0].Extension.State.IsDirect);
            await BroadcastAsync(workers[0], sent, ++sent);
            await Eventually.TrueAsync(() => workers.Skip(1).All(worker => worker.Host.Deliveries.Count == sent));
        }

        Assert.Equal(Texts(sent), workers[1].Host.TextsOf("b"));
        Assert.Equal(Texts(sent), workers[2].Host.TextsOf("c"));
        Assert.Equal(0, workers[0].Counter(PeerCounter.Dropped));
        Assert.All(workers, worker => Assert.Equal((0, 0), (worker.Counter(PeerCounter.Gaps), worker.Counter(PeerCounter.Duplicates))));
    }

    [Fact]
    public async Task What_is_too_much_is_dropped_for_it_alone_and_counted_on_both_sides()
    {
        // The other worker is not taken for one that stands still when the machine is busy.
        var workers = await ThreeWorkersAsync("peer-window = 128kB, peer-queue = 256kB, peer-stall-timeout = 5s");

        using var gate = Hold(workers[2]);
        await BroadcastAsync(workers[0], 0, 1_000);
        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 1_000);
        gate.Set();

        // The last of them may be dropped a moment after the other worker has it.
        await Eventually.TrueAsync(() => workers[2].Host.Deliveries.Count == 1_000 - workers[0].Counter(PeerCounter.Dropped), () => Flow(workers));
        var dropped = workers[0].Counter(PeerCounter.Dropped);
        Assert.InRange(dropped, 1, 999);
        await BroadcastAsync(workers[0], 1_000, 1_001);
        await Eventually.TrueAsync(() => workers[2].Host.TextsOf("c").LastOrDefault() == Text(1_000));
        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 1_001);
        var numbers = workers[2].Host.TextsOf("c").Select(text => int.Parse(text.Split('/')[0])).ToArray();
        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(dropped, workers[2].Counter(PeerCounter.Gaps));
        Assert.Equal(Texts(1_001), workers[1].Host.TextsOf("b"));
        Assert.Equal(dropped, workers[0].Extension.Counters["dropped"]);
    }

    [Fact]
    public async Task Who_awaits_its_broadcasts_loses_none_however_small_the_windows_are()
    {
        var workers = await ThreeWorkersAsync("peer-window = 66kB, peer-queue = 1MB, peer-stall-timeout = 30s");

        await BroadcastAsync(workers[0], 0, 4_000);

        await Eventually.TrueAsync(() => workers.Skip(1).All(worker => worker.Host.Deliveries.Count == 4_000), () => Flow(workers));
        Assert.Equal(Texts(4_000), workers[1].Host.TextsOf("b"));
        Assert.Equal(Texts(4_000), workers[2].Host.TextsOf("c"));
        Assert.Equal(0, workers[0].Counter(PeerCounter.Dropped));
    }

    [Fact]
    public async Task Large_packets_keep_their_order_across_the_switch_and_back()
    {
        var workers = await ThreeWorkersAsync("peer-window = 256kB, peer-queue = 64MB");
        using var gate = Hold(workers[2]);

        for (var i = 0; i < 20; i++)
        {
            await workers[0].Adapter.BroadcastAsync(FakeHost.Body($"{2 * i}/" + new string('y', 300_000)), BroadcastOptions.All);
            await workers[0].Adapter.BroadcastAsync(FakeHost.Body($"{(2 * i) + 1}/"), BroadcastOptions.All);
        }

        await Eventually.TrueAsync(() => workers[1].Host.Deliveries.Count == 40);
        gate.Set();
        await Eventually.TrueAsync(() => workers[2].Host.Deliveries.Count == 40);
        Assert.Equal(Enumerable.Range(0, 40), workers[1].Host.TextsOf("b").Select(text => int.Parse(text.Split('/')[0])));
        Assert.Equal(Enumerable.Range(0, 40), workers[2].Host.TextsOf("c").Select(text => int.Parse(text.Split('/')[0])));
        Assert.InRange(workers[0].Counter(PeerCounter.DirectPeriods), 1, 40);
    }

    [Fact]
    public async Task A_client_that_moves_to_a_worker_that_is_behind_hears_there_once_more_what_it_has_heard_before_and_in_order()
    {
        var workers = await ThreeWorkersAsync("peer-window = 256kB, peer-queue = 64MB");
        await workers[1].Host.ConnectAsync("before");
        var isHeld = false;
        using var gate = Hold(workers[2], () => Volatile.Write(ref isHeld, true));
        await BroadcastAsync(workers[0], 0, 4);
        await Eventually.TrueAsync(() => workers[1].Host.TextsOf("before").Count() == 4 && Volatile.Read(ref isHeld));

        await workers[1].Host.LeaveAsync("before");
        await workers[2].Host.ConnectAsync("after");
        gate.Set();
        await BroadcastAsync(workers[0], 4, 5);

        await Eventually.TrueAsync(() => workers[2].Host.TextsOf("after").LastOrDefault() == Text(4));
        Assert.Equal(Texts(4), workers[1].Host.TextsOf("before"));
        // The first one was held on its way to those who were there already.
        Assert.Equal(Texts(5).Skip(1), workers[2].Host.TextsOf("after"));
    }

    private static string Flow(Worker[] workers) => string.Join("; ", workers.Select(worker =>
        $"{worker.Host.Deliveries.Count} delivered, {worker.Counter(PeerCounter.Dropped)} dropped, {worker.Counter(PeerCounter.Gaps)} "
        + $"missing, {worker.Counter(PeerCounter.Duplicates)} twice"));

    private static string Text(int number) => $"{number}/{Filler}";

    private static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count).Select(Text);

    private static async Task BroadcastAsync(Worker worker, int from, int to)
    {
        for (var i = from; i < to; i++)
            await worker.Adapter.BroadcastAsync(FakeHost.Body(Text(i)), BroadcastOptions.All);
    }

    /// <summary>Its namespace stands still until the gate is opened.</summary>
    private static ManualResetEventSlim Hold(Worker worker, Action? held = null)
    {
        var gate = new ManualResetEventSlim();
        worker.Host.BeforeDelivery = () =>
        {
            held?.Invoke();
            gate.Wait();
        };
        return gate;
    }

    private async Task<Worker[]> ThreeWorkersAsync(string settings)
    {
        var workers = await _systems.AddWorkersAsync(3, overrides: $"akka.cluster-adapter {{ {settings} }}");
        await workers[1].Host.ConnectAsync("b");
        await workers[2].Host.ConnectAsync("c");
        return workers;
    }
}
