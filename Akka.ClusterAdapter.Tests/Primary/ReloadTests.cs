using System.Diagnostics;
using System.Net;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The pool's reload with real processes: a worker is a line of shell, its clock is the pool's fake one.</summary>
public sealed class ReloadTests : IAsyncDisposable
{
    private const string Serve = "echo " + WorkerLifetime.ReadyLine + "; exec cat";
    private const string Introduction = "echo I am $$; ";

    private readonly FakeTimeProvider _time = new();
    private readonly PoolOutput _output = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RestartCounter _restarts = new();
    private Task _run = Task.CompletedTask;

    [Fact]
    public async Task Each_worker_is_replaced_when_its_successor_serves()
    {
        var pool = await StartAsync(Serve, workers: 2);
        int[] before = [_output.PidOf(1), _output.PidOf(2)];

        var result = await ReloadAsync(pool);

        var after = _output.Pids[2..];
        Assert.Equal((true, 2), (result.IsComplete, result.Replaced));
        Assert.Equal(2, pool.ReadyCount);
        Assert.DoesNotContain(before, IsAlive);
        Assert.All(after, pid => Assert.True(IsAlive(pid)));
        AssertInOrder(
            "[primary] reload: 2 worker(s), one after the other",
            $"[primary] reload: worker 1: a new process is started beside pid {before[0]}",
            $"[primary] worker 1 is ready, pid {after[0]}",
            $"[primary] reload: worker 1: pid {before[0]} lets its clients go",
            $"[primary] reload: worker 1: pid {before[0]} is gone",
            $"[primary] reload: worker 2: a new process is started beside pid {before[1]}",
            $"[primary] reload: worker 2: pid {before[1]} is gone",
            "[primary] reload: all 2 workers were replaced, in 0.0 s");
        Assert.Equal((2, 0, 2), _restarts.Numbers);
    }

    [Theory]
    [InlineData("exit 3", "the successor of worker 2 ended with code 3; 1 of 2 workers were replaced")]
    [InlineData("kill -9 $$", "the successor of worker 2 ended by signal 9; 1 of 2 workers were replaced")]
    [InlineData("exec cat", "the successor of worker 2 was not ready within 60 s; 1 of 2 workers were replaced")]
    public async Task A_reload_stops_at_a_worker_that_is_never_ready_and_keeps_the_old_ones(string failure, string reason)
    {
        var pool = await StartAsync($"[ $SOCKETIO_WORKER-$SOCKETIO_WORKER_START = 2-2 ] && {failure}; {Serve}", workers: 2);
        var second = _output.PidOf(2);

        var reload = pool.Reloads.RequestAsync();
        await AdvanceUntilAsync(() => reload.IsCompleted);
        var result = await reload;
        await ToldAsync(result);

        Assert.Equal((false, 1), (result.IsComplete, result.Replaced));
        Assert.Contains(reason, result.Summary, StringComparison.Ordinal);
        Assert.Contains($"[primary] {result.Summary}", _output.Lines);
        Assert.True(IsAlive(second));
        Assert.Equal(2, pool.ReadyCount);
        Assert.Equal(2, _output.Started.Count(IsAlive));
    }

    [Fact]
    public async Task A_request_during_a_reload_is_one_more_after_it_and_all_such_requests_are_one()
    {
        var pool = await StartAsync(Serve, workers: 1);

        var first = pool.Reloads.RequestAsync();
        var second = pool.Reloads.RequestAsync();
        var third = pool.Reloads.RequestAsync();
        await Task.WhenAll(first, second, third).WaitAsync(TimeSpan.FromSeconds(30));
        await pool.Reloads.RequestAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.NotSame(first, second);
        Assert.Same(second, third);
        await Eventually.TrueAsync(
            () => _output.Lines.Count(line => line.Contains("were replaced", StringComparison.Ordinal)) == 3, "two reloads, and the last one");
        Assert.Equal(4, _output.Pids.Length);
    }

    [Fact]
    public async Task Stopping_during_a_reload_leaves_no_process()
    {
        var pool = await StartAsync($"[ $SOCKETIO_WORKER_START = 2 ] && exec cat; {Serve}", workers: 1);
        var reload = pool.Reloads.RequestAsync();
        await Eventually.TrueAsync(() => _output.Started.Count(IsAlive) == 2, "a successor");

        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.False((await reload).IsComplete);
        Assert.Equal(0, _output.Started.Count(IsAlive));
        Assert.DoesNotContain(_output.Lines, line => line.Contains("reload stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_dies_while_its_successor_starts_does_not_stop_the_reload()
    {
        var go = Path.Combine(Path.GetTempPath(), $"go-{Guid.NewGuid():N}");
        var wait = $"while [ $SOCKETIO_WORKER_START = 2 ] && [ ! -e {go} ]; do sleep 0.02; done";
        var pool = await StartAsync($"{wait}; {Serve}", workers: 1, options => options.ReadyTimeout = TimeSpan.FromHours(1));
        var reload = pool.Reloads.RequestAsync();
        await Eventually.TrueAsync(() => _output.Started.Length == 2, "a successor");
        var successor = _output.Started[1];

        Process.GetProcessById(_output.Pids[0]).Kill();
        await AdvanceUntilAsync(() => _output.Pids.Length == 2);
        await File.WriteAllTextAsync(go, "");
        var result = await reload.WaitAsync(TimeSpan.FromSeconds(30));
        await ToldAsync(result);

        Assert.True(result.IsComplete);
        Assert.Equal([successor], _output.Started.Where(IsAlive));
        File.Delete(go);
    }

    [Fact]
    public async Task Without_a_shared_port_the_old_worker_goes_first()
    {
        var pool = await StartAsync(Serve, workers: 1, isPortShared: false);
        var before = _output.Pids[0];

        var result = await ReloadAsync(pool);

        Assert.True(result.IsComplete);
        AssertInOrder($"[primary] reload: worker 1: pid {before} is gone", $"[primary] worker 1 is ready, pid {_output.Pids[1]}, http://127.0.0.1:3000");
    }

    [Fact]
    public async Task A_program_that_is_gone_stops_the_reload_only()
    {
        var program = Path.Combine(Path.GetTempPath(), $"worker-{Guid.NewGuid():N}");
        File.CreateSymbolicLink(program, "/bin/sh");
        var pool = await StartAsync(Serve, workers: 1, options => options.Program = program);
        File.Delete(program);

        var result = await ReloadAsync(pool);

        Assert.False(result.IsComplete);
        Assert.Contains("was not started", result.Summary, StringComparison.Ordinal);
        Assert.Equal(1, pool.ReadyCount);
        Assert.False(_run.IsCompleted);
    }

    [Fact]
    public async Task Without_a_shared_port_a_program_that_is_gone_for_a_moment_leaves_no_place_empty()
    {
        var program = Path.Combine(Path.GetTempPath(), $"worker-{Guid.NewGuid():N}");
        File.CreateSymbolicLink(program, "/bin/sh");
        var pool = await StartAsync(Serve, workers: 1, options => (options.Program, options.MaxEarlyDeaths) = (program, 100), isPortShared: false);
        File.Delete(program);

        var result = await ReloadAsync(pool);
        File.CreateSymbolicLink(program, "/bin/sh");
        await AdvanceUntilAsync(() => pool.ReadyCount == 1);

        Assert.Contains("was not started", result.Summary, StringComparison.Ordinal);
        Assert.False(_run.IsCompleted);
        File.Delete(program);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_run);
        _stop.Dispose();
        _restarts.Dispose();
    }

    private async Task<WorkerPool> StartAsync(string script, int workers, Action<PrimaryOptions>? configure = null, bool isPortShared = true)
    {
        var options =
            new PrimaryOptions { Program = "/bin/sh", Arguments = ["-c", Introduction + script], Workers = workers, Output = _output, Error = _output };
        configure?.Invoke(options);
        var pool =
            new WorkerPool(options, new Node(), new IPEndPoint(IPAddress.Loopback, 3000), _time) { IsPortShared = isPortShared, Metrics = _restarts.Metrics };
        _restarts.Ready = () => pool.ReadyCount;
        _run = pool.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => pool.ReadyCount == workers && _output.Pids.Length == workers, "all workers");
        return pool;
    }

    private async Task<ReloadResult> ReloadAsync(WorkerPool pool)
    {
        var result = await pool.Reloads.RequestAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await ToldAsync(result);
        return result;
    }

    /// <summary>Lines are written a little later, in order: the summary is the last.</summary>
    private Task ToldAsync(ReloadResult result) => Eventually.TrueAsync(() => _output.Lines.Contains($"[primary] {result.Summary}"), result.Summary);

    private void AssertInOrder(params string[] lines)
    {
        var all = _output.Lines;
        var at = lines.Select(line => Array.IndexOf(all, line)).ToArray();
        Assert.True(at[0] >= 0 && at.SequenceEqual(at.Order()), $"{string.Join(", ", lines.Zip(at))} in {string.Join('\n', all)}");
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    private static bool IsAlive(int pid) => LineProcess.IsRunning(pid);

    private sealed class Node : ISupervisorNode
    {
        public string SeedNode => "akka.tcp://socketio@127.0.0.1:1";

        public void Down(string role)
        {
        }
    }
}
