using Xunit.Abstractions;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>SIGHUP to real primaries.</summary>
[Collection(CrowdLane.Name)]
public sealed class ReloadProcessTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_reload_under_load_loses_nothing()
    {
        await using var server = await ManagedServer.StartAsync(workers: 3);
        await using var crowd = await Crowd.GatherAsync("server", server.Url, clients: 300, broadcastsPerSecond: 200);
        var before = server.Workers;
        using var replaced = new CancellationTokenSource();
        var fewest = server.FewestReadyAsync(replaced.Token);

        await server.ReloadAsync();
        output.WriteLine(await server.LineAsync("reload: all 3 workers were replaced"));
        await replaced.CancelAsync();
        var verdict = await crowd.NothingIsLostAsync();

        output.WriteLine($"{verdict}");
        Assert.InRange(await fewest, 2, 4);
        Assert.DoesNotContain(before, LineProcess.IsRunning);
        Assert.Equal(3, server.Workers.Count(LineProcess.IsRunning));
    }
}
