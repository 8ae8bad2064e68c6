using System.Globalization;
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

    [Fact]
    public async Task A_terminal_that_closes_stops_everything()
    {
        // A new session with a terminal of its own; its end is the terminal's. Where the tests themselves run under nohup, the program must not inherit that.
        await using var terminal = new LineProcess(
            "script", ["-qefc", $"exec env --default-signal=HUP {ClusterExample.Program} --workers 2 --port 0", "/dev/null"]);
        await terminal.LineAsync("Ctrl+C stops");
        int[] workers = [.. ClusterExample.ReadyWorkers(terminal.Lines).Select(worker => worker.Id)];
        var primary = await ParentOfAsync(workers[0]);

        await LineProcess.SignalAsync("KILL", terminal.Id);

        int[] all = [primary, .. workers];
        await Eventually.TrueAsync(
            () => !all.Any(LineProcess.IsRunning),
            () => $"the end of primary and workers with the terminal; of {string.Join(", ", all)} "
                + $"there are {string.Join(", ", all.Where(LineProcess.IsRunning))}; they said: {string.Join(" | ", terminal.Lines)}");
    }

    // pid (name) state ppid ...: proc(5)
    private static async Task<int> ParentOfAsync(int processId) =>
        int.Parse(
            (await File.ReadAllTextAsync($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat")).Split(") ")[^1].Split(' ')[1],
            CultureInfo.InvariantCulture);
}
