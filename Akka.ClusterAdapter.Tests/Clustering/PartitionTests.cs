using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.Remote;
using Akka.Remote.Transport;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Links that swallow everything for a while, both ways, without breaking.</summary>
public sealed class PartitionTests : IAsyncLifetime
{
    private const string Cuttable = "akka.remote.dot-netty.tcp.applied-adapters = [trttl]\n";
    private const string Socket = "s";
    private static readonly string Filler = new('x', 4_000);

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task What_was_swallowed_is_counted_and_the_rest_arrives_in_order()
    {
        var workers = await WorkersAsync(3);

        await BroadcastAsync(workers[0], 0, 10);
        await ArrivedAsync(9, workers[1], workers[2]);
        await CutAsync(workers[0], workers[1]);
        await BroadcastAsync(workers[0], 10, 20);
        await ArrivedAsync(19, workers[2]);
        await MendAsync(workers[0], workers[1]);
        await BroadcastAsync(workers[0], 20, 30);

        await ArrivedAsync(29, workers[1], workers[2]);
        AssertLosses(workers[1], sent: 30);
        Assert.Equal(Enumerable.Range(0, 30), Numbers(workers[2]));
    }

    [Fact]
    public async Task What_was_swallowed_last_is_counted_too()
    {
        var workers = await WorkersAsync(3);

        await CutAsync(workers[0], workers[1]);
        await BroadcastAsync(workers[0], 0, 10);
        await ArrivedAsync(9, workers[2]);
        await MendAsync(workers[0], workers[1]);

        await Eventually.TrueAsync(() => workers[1].Counter(PeerCounter.Gaps) + workers[1].Host.Deliveries.Count == 10, "the hole at the end is found");
        AssertLosses(workers[1], sent: 10);
    }

    [Fact]
    public async Task A_worker_whose_direct_messages_were_swallowed_gets_those_that_follow()
    {
        var workers = await WorkersAsync(4, "akka.cluster-adapter.peer-window = 256kB\nakka.cluster-adapter.peer-queue = 64MB");
        using var gate = new ManualResetEventSlim();
        workers[3].Host.BeforeDelivery = () => gate.Wait();
        await BroadcastAsync(workers[0], 0, 200);
        await ArrivedAsync(199, workers[1], workers[2]);
        Assert.True(workers[0].Extension.State.IsDirect);

        await CutAsync(workers[0], workers[1]);
        await BroadcastAsync(workers[0], 200, 400);
        await ArrivedAsync(399, workers[2]);
        await MendAsync(workers[0], workers[1]);
        await BroadcastAsync(workers[0], 400, 500);

        await ArrivedAsync(499, workers[1], workers[2]);
        AssertLosses(workers[1], sent: 500);
        gate.Set();
        await ArrivedAsync(499, workers[3]);
        Assert.Equal(Enumerable.Range(0, 500), Numbers(workers[3]));
        await Eventually.TrueAsync(() => !workers[0].Extension.State.IsDirect, "the topic takes over again");
    }

    /// <summary>Something is missing, what came is in order, and the number of the rest is known.</summary>
    private static void AssertLosses(Worker worker, int sent)
    {
        var numbers = Numbers(worker);
        Assert.Equal(numbers.Order(), numbers);
        Assert.InRange(sent - numbers.Length, 1, sent);
        Assert.Equal(sent - numbers.Length, worker.Counter(PeerCounter.Gaps));
        Assert.Equal(0, worker.Counter(PeerCounter.Duplicates));
    }

    private static Task ArrivedAsync(int number, params Worker[] workers) =>
        Eventually.TrueAsync(() => workers.All(worker => Numbers(worker).LastOrDefault(-1) == number), $"number {number} arrives");

    private async Task<Worker[]> WorkersAsync(int count, string settings = "")
    {
        var workers = await _systems.AddWorkersAsync(count, overrides: Cuttable + settings);
        foreach (var worker in workers)
            await worker.Host.ConnectAsync(Socket);
        return workers;
    }

    private static int[] Numbers(Worker worker) => [.. worker.Host.TextsOf(Socket).Select(text => int.Parse(text.Split('/')[0]))];

    private static async Task BroadcastAsync(Worker worker, int from, int to)
    {
        for (var i = from; i < to; i++)
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{i}/{Filler}"), BroadcastOptions.All);
    }

    private static Task CutAsync(Worker one, Worker other) => ThrottleAsync(one, other, Blackhole.Instance);

    private static Task MendAsync(Worker one, Worker other) => ThrottleAsync(one, other, Unthrottled.Instance);

    private static async Task ThrottleAsync(Worker one, Worker other, ThrottleMode mode)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)one.System).Provider).Transport;
        Assert.True(
            await transport.ManagementCommand(new SetThrottle(AkkaCluster.Get(other.System).SelfAddress, ThrottleTransportAdapter.Direction.Both, mode)));
    }
}
