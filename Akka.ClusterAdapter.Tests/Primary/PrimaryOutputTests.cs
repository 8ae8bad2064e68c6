using System.Text;
using Akka.ClusterAdapter.Primary;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class PrimaryOutputTests : IDisposable
{
    private readonly PoolOutput _terminal = new();
    private readonly StuckWriter _stuck = new();

    public void Dispose()
    {
        _terminal.Dispose();
        _stuck.Dispose();
    }

    [Fact]
    public async Task A_terminal_that_takes_lines_shows_all_of_them_in_order()
    {
        var output = new PrimaryOutput(new() { Output = _terminal, Error = _terminal });

        output.Say("one");
        output.Complain("two");
        output.Say("three");

        await Eventually.TrueAsync(() => _terminal.Lines.Length == 3, "three lines");
        Assert.Equal(["[primary] one", "[primary] two", "[primary] three"], _terminal.Lines);
    }

    [Fact]
    public async Task A_worker_that_writes_faster_than_the_terminal_takes_lines_loses_none()
    {
        const int Many = 5 * PrimaryOutput.Capacity;
        var output = new PrimaryOutput(new() { Output = _terminal, Error = _terminal });
        using var lines = new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Many).Select(n => $"{n}\n")))));

        await output.CopyAsync(1, lines, isError: false, static _ => false).WaitAsync(TimeSpan.FromSeconds(60));

        await Eventually.TrueAsync(() => _terminal.Lines.Length == Many, "all lines");
        Assert.Equal(Enumerable.Range(1, Many).Select(n => $"[worker 1] {n}"), _terminal.Lines);
    }

    [Fact]
    public async Task Lines_that_nobody_reads_are_dropped_and_counted_when_somebody_reads_again()
    {
        const int Many = 3 * PrimaryOutput.Capacity;
        var output = new PrimaryOutput(new() { Output = _stuck, Error = _stuck });
        using var lines = new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Many).Select(n => $"{n}\n")))));

        await output.CopyAsync(1, lines, isError: false, static _ => false).WaitAsync(TimeSpan.FromSeconds(60));
        output.Say("the primary goes on");
        _stuck.Release();

        await Eventually.TrueAsync(() => _stuck.Lines.Any(line => line.Contains("dropped", StringComparison.Ordinal)), "the number of dropped lines");
        var shown = _stuck.Lines.Count(line => line.StartsWith("[worker 1]", StringComparison.Ordinal));
        Assert.InRange(shown, PrimaryOutput.Capacity, PrimaryOutput.Capacity + 1);
        Assert.Contains("[primary] the primary goes on", _stuck.Lines);
        Assert.Contains($"[primary] {Many - shown} line(s) were dropped here: nobody read them", _stuck.Lines);
        Assert.Equal(Enumerable.Range(1, shown).Select(n => $"[worker 1] {n}"), _stuck.Lines[..shown]);
    }

    [Fact]
    public async Task The_end_waits_for_lines_that_are_written_and_not_for_ever_for_others()
    {
        var stuck = new PrimaryOutput(new() { Output = _stuck, Error = _stuck });
        stuck.Say("nobody reads this");

        await stuck.FlushAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Empty(_stuck.Lines);
    }

    [Fact]
    public async Task A_terminal_that_is_gone_is_no_failure()
    {
        var output = new PrimaryOutput(new() { Output = new Gone(), Error = _terminal });

        output.Say("one");
        output.Complain("two");

        await Eventually.TrueAsync(() => _terminal.Lines.Contains("[primary] two"), "the other one's line");
    }

    private sealed class Gone : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => throw new IOException("Broken pipe");
    }
}
