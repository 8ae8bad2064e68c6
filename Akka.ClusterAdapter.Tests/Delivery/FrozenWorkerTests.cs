using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>One of three worker processes is stopped by a signal while another broadcasts 500 MB.</summary>
[Collection(ThreeWorkers.Name)]
public sealed class FrozenWorkerTests
{
    /// <summary>The frozen worker must not be given up before the megabytes are through; how long that takes is the machine's affair.</summary>
    private const string Patience = "akka.cluster.failure-detector.acceptable-heartbeat-pause = 120s";

    /// <summary>How long the last of a few packets is waited for before more are sent.</summary>
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(3);

    private const int Packets = 500;
    private const int PacketSize = 1_000_000;
    private const int Ahead = 3;
    private const string Large = "large";
    private const string Small = "small";

    private const long MostGrowth = 400_000_000;

    private static readonly string Filler = new('x', PacketSize - 100);

    [Fact]
    public async Task Half_a_gigabyte_for_a_frozen_worker_costs_the_sender_little_and_the_other_worker_nothing()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--cold", "--hocon", Patience);
        var workers = server.Urls.Select((url, i) => new ControlledWorker(i + 1, url)).ToArray();
        var (sender, frozen) = (await workers[0].InfoAsync(), await workers[2].InfoAsync());
        await using var near = await NumberReader.JoinAsync(workers[1].Url, Large, Small);
        await using var far = await NumberReader.JoinAsync(workers[2].Url, Small);
        // Not what a process needs for the first of them.
        await PublishAsync(workers[0], near, 0, 20);
        await Eventually.TrueAsync(() => far.Last(Small) == 19);
        var before = ControlledWorker.MemoryOf(sender.Pid);
        var most = before;

        await ControlledWorker.SignalAsync("STOP", frozen.Pid);
        await PublishAsync(workers[0], near, 20, 20 + Packets, () => most = Math.Max(most, ControlledWorker.MemoryOf(sender.Pid)));
        var during = (await workers[0].InfoAsync()).Counters;
        await ControlledWorker.SignalAsync("CONT", frozen.Pid);
        // It must work through what it has got first: until then what is sent to it may be dropped as well.
        var sent = 20 + Packets;
        await Eventually.TrueAsync(
            async () =>
            {
                await PublishAsync(workers[0], near, sent, sent += 20);
                return await ReachesAsync(far, sent - 1);
            },
            "what is sent later reaches the worker that was frozen");

        Assert.InRange(most - before, long.MinValue, MostGrowth);
        Assert.InRange(during["direct-periods"], 1, long.MaxValue);
        Assert.InRange(during["dropped"], 1, long.MaxValue);
        var after = await Task.WhenAll(workers.Select(worker => worker.InfoAsync()));
        Assert.Equal(after[0].Counters["dropped"], after[2].Counters["gaps"]);
        Assert.Equal(0, after[1].Counters["gaps"]);
        Assert.Equal(Enumerable.Range(0, sent), near.Numbers(Large));
        Assert.Equal(Enumerable.Range(0, sent), near.Numbers(Small));
        Assert.Equal(far.Numbers(Small).Order().Distinct(), far.Numbers(Small));
    }

    private static async Task<bool> ReachesAsync(NumberReader reader, int number)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (reader.Last(Small) != number && TimeProvider.System.GetElapsedTime(start) < CatchUp)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        return reader.Last(Small) == number;
    }

    /// <summary>A large packet and a small one behind it, each time the reader has got the ones before but a few.</summary>
    private static async Task PublishAsync(ControlledWorker sender, NumberReader reader, int from, int to, Action? watch = null)
    {
        for (var i = from; i < to; i++)
        {
            await Eventually.TrueAsync(() => reader.Last(Large) >= i - Ahead, $"packet {i - Ahead} reaches the other worker's client");
            await sender.DoAsync(new { op = "emit", rooms = new[] { Large }, @event = "b", args = new[] { $"{Large}/{i}/{Filler}" } });
            await sender.DoAsync(new { op = "emit", rooms = new[] { Small }, @event = "b", args = new[] { $"{Small}/{i}/" } });
            watch?.Invoke();
        }
    }
}
