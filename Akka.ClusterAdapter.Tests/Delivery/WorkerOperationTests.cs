using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>All operations, from each of three workers to official clients on all of them.</summary>
[Collection(ThreeWorkers.Name)]
public sealed class WorkerOperationTests(ThreeWorkers cluster)
{
    [Fact]
    public async Task Every_operation_of_each_worker_reaches_all_right_after_their_start()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--cold");

        await EachPassesAsync(server.Urls);
    }

    [Fact]
    public async Task Every_operation_of_each_worker_reaches_all_right_after_one_has_joined()
    {
        await cluster.WholeAsync();
        var before = await cluster.Workers[1].InfoAsync();
        await ControlledWorker.SignalAsync("KILL", before.Pid);
        await Eventually.TrueAsync(
            async () => await cluster.Workers[1].TryInfoAsync() is { Ready: true } after && after.Pid != before.Pid, "a new worker takes clients");

        // The newcomer first.
        await EachPassesAsync([.. cluster.Server.Urls.Skip(1), cluster.Server.Urls[0]]);
    }

    private static async Task EachPassesAsync(IReadOnlyList<string> urls)
    {
        for (var i = 0; i < urls.Count; i++)
            await NodeScenario.PassesAsync("every_operation_of_the_first_worker_reaches_all", [.. urls.Skip(i), .. urls.Take(i)]);
    }
}
