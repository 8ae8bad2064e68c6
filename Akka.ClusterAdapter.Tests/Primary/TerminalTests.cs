using System.Globalization;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The terminal that a real primary was started in.</summary>
[Collection(ProcessTests.Name)]
public sealed class TerminalTests
{
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
