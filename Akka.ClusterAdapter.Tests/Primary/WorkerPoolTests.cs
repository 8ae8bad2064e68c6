using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The pool with real processes: a worker is a line of shell, its clock is the pool's fake one.</summary>
public sealed class WorkerPoolTests : IAsyncLifetime, IDisposable
{
    private const string Ready = "echo " + WorkerLifetime.ReadyLine + "; ";
    private const string Forever = "exec cat";

    private readonly FakeTimeProvider _time = new();
    private readonly PoolOutput _output = new();
    private readonly RecordingNode _node = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RestartCounter _restarts = new();
    private Task _run = Task.CompletedTask;

    [Fact]
    public async Task Every_worker_knows_its_number_and_its_lines_are_marked()
    {
        Start($"{Ready}echo I am $SOCKETIO_WORKER; {Forever}", workers: 3);

        await Eventually.TrueAsync(() => Enumerable.Range(1, 3).All(n => Lines.Contains($"[worker {n}] I am {n}")), "three greetings");

        Assert.DoesNotContain(Lines, line => line.Contains(WorkerLifetime.ReadyLine, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_address_is_told_when_all_are_ready()
    {
        Start($"{Ready}{Forever}", workers: 2);

        await Eventually.TrueAsync(() => Lines.Contains("[primary] 2 workers share http://127.0.0.1:3000"), "the address");

        Assert.Equal(2, Lines.Count(line => line.Contains("is ready, pid", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_dead_worker_is_started_again()
    {
        Start($"{Ready}echo start $SOCKETIO_WORKER_START; {Forever}", workers: 1, options => options.MaxEarlyDeaths = 100);
        var first = await PidAsync(1);

        Process.GetProcessById(first).Kill();

        await AdvanceUntilAsync(() => Lines.Contains("[worker 1] start 2"));
        Assert.Contains(Lines, line => line.Contains("ended by signal 9", StringComparison.Ordinal));
        Assert.Equal((1, 0), (_restarts.Numbers.Died, _restarts.Numbers.Reloaded));
    }

    [Fact]
    public async Task The_member_of_a_dead_worker_is_downed_by_the_role_that_only_it_had()
    {
        Start($"{Ready}{Forever}", workers: 2, options => options.MaxEarlyDeaths = 100);

        Process.GetProcessById(await PidAsync(2)).Kill();

        await Eventually.TrueAsync(() => !_node.Downed.IsEmpty, "the member is downed");
        Assert.Equal(["worker-2-start-1"], _node.Downed);
    }

    [Fact]
    public async Task A_worker_that_keeps_dying_early_ends_everything()
    {
        Start($"[ $SOCKETIO_WORKER = 1 ] && exit 3; {Forever}", workers: 2, options => options.MaxEarlyDeaths = 4);

        await AdvanceUntilAsync(() => _run.IsCompleted);

        var exception = await Assert.ThrowsAsync<PrimaryException>(() => _run);
        Assert.Contains("Worker 1 died 4 times in a row soon after its start, at last with code 3", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, _node.Downed.Count(role => role.StartsWith("worker-1-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_worker_with_a_wrong_configuration_is_not_tried_again()
    {
        Start("echo no such key >&2; exit 78", workers: 1);

        var exception = await Assert.ThrowsAsync<PrimaryException>(() => _run.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains("cannot run with this configuration", exception.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => Lines.Contains("[worker 1] no such key"), "the worker's last line");
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_named()
    {
        var options = Options("", 1);
        options.Program = "/no/such/program";

        var exception = await Assert.ThrowsAsync<PrimaryException>(() => Pool(options).RunAsync(_stop.Token));

        Assert.Contains("/no/such/program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_gone_for_a_moment_after_the_pool_has_served_is_tried_again()
    {
        var program = Path.Combine(Path.GetTempPath(), $"worker-{Guid.NewGuid():N}");
        File.CreateSymbolicLink(program, "/bin/sh");
        var pool = Start($"{Ready}echo start $SOCKETIO_WORKER_START; {Forever}", workers: 2, options =>
        {
            options.Program = program;
            options.MaxEarlyDeaths = 100;
        });
        int[] pids = [await PidAsync(1), await PidAsync(2)];
        await Eventually.TrueAsync(() => pool.ReadyCount == 2, "both serve");

        File.Delete(program);
        Process.GetProcessById(pids[0]).Kill();
        await AdvanceUntilAsync(() => Lines.Any(line => line.StartsWith($"[primary] worker 1 was not started: \"{program}\"", StringComparison.Ordinal)));

        Assert.False(_run.IsCompleted);
        Assert.True(IsAlive(pids[1]));
        File.CreateSymbolicLink(program, "/bin/sh");
        await AdvanceUntilAsync(() => pool.ReadyCount == 2);
        File.Delete(program);
    }

    [Fact]
    public async Task A_program_that_stays_away_after_the_pool_has_served_ends_everything_after_the_early_deaths_that_are_allowed()
    {
        var program = Path.Combine(Path.GetTempPath(), $"worker-{Guid.NewGuid():N}");
        File.CreateSymbolicLink(program, "/bin/sh");
        Start($"{Ready}{Forever}", workers: 1, options =>
        {
            options.Program = program;
            options.MaxEarlyDeaths = 4;
        });
        var pid = await PidAsync(1);

        File.Delete(program);
        Process.GetProcessById(pid).Kill();
        await AdvanceUntilAsync(() => _run.IsCompleted);

        var exception = await Assert.ThrowsAsync<PrimaryException>(() => _run);
        Assert.Contains("Worker 1 died or was not started 4 times in a row", exception.Message, StringComparison.Ordinal);
        Assert.Contains(program, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_configuration_is_an_early_death_when_a_worker_has_served_with_it()
    {
        Start($"[ $SOCKETIO_WORKER-$SOCKETIO_WORKER_START = 1-2 ] && exit 78; {Ready}{Forever}", workers: 2, options => options.MaxEarlyDeaths = 100);
        var first = await PidAsync(1);
        var second = await PidAsync(2);

        Process.GetProcessById(first).Kill();

        await AdvanceUntilAsync(() => Lines.Count(line => line.StartsWith("[primary] worker 1 is ready", StringComparison.Ordinal)) == 2);
        Assert.Contains(Lines, line => line.Contains("ended with code 78", StringComparison.Ordinal));
        Assert.True(IsAlive(second));
        Assert.False(_run.IsCompleted);
    }

    [Fact]
    public async Task A_terminal_that_takes_no_line_stops_neither_a_restart_nor_the_end()
    {
        using var stuck = new StuckWriter();
        var pool = Start($"{Ready}{Forever}", workers: 1, options =>
        {
            options.Output = options.Error = stuck;
            options.MaxEarlyDeaths = 100;
        });
        await Eventually.TrueAsync(() => pool.ReadyCount == 1, "a worker");

        Process.GetProcessById(pool.Workers.Single().Id).Kill();
        await AdvanceUntilAsync(() => _node.Downed.Count == 1 && pool.ReadyCount == 1);
        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Empty(stuck.Lines);
    }

    [Fact]
    public async Task Stopping_ends_the_workers_and_starts_none()
    {
        Start($"{Ready}echo start $SOCKETIO_WORKER_START; {Forever}", workers: 2);
        int[] pids = [await PidAsync(1), await PidAsync(2)];

        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.DoesNotContain(pids, IsAlive);
        Assert.DoesNotContain(Lines, line => line.EndsWith("start 2", StringComparison.Ordinal));
        Assert.Equal(["worker-1-start-1", "worker-2-start-1"], _node.Downed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_does_not_end_is_killed_when_its_time_is_over()
    {
        Start($"trap '' TERM; {Ready}{Forever}", workers: 1, options => options.StopTimeout = TimeSpan.FromSeconds(20));
        var pid = await PidAsync(1);

        await _stop.CancelAsync();
        await AdvanceUntilAsync(() => _run.IsCompleted);

        Assert.False(IsAlive(pid));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_run);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _restarts.Dispose();
        _output.Dispose();
    }

    private string[] Lines => _output.Lines;

    private WorkerPool Start(string script, int workers, Action<PrimaryOptions>? configure = null)
    {
        var options = Options(script, workers);
        configure?.Invoke(options);
        var pool = Pool(options);
        _run = pool.RunAsync(_stop.Token);
        return pool;
    }

    private WorkerPool Pool(PrimaryOptions options) => new(options, _node, new IPEndPoint(IPAddress.Loopback, 3000), _time) { Metrics = _restarts.Metrics };

    private PrimaryOptions Options(string script, int workers) =>
        new() { Program = "/bin/sh", Arguments = ["-c", script], Workers = workers, Output = _output, Error = _output };

    private async Task<int> PidAsync(int number)
    {
        var mark = $"[primary] worker {number} is ready, pid ";
        await Eventually.TrueAsync(() => Lines.Any(line => line.StartsWith(mark, StringComparison.Ordinal)), mark);
        return int.Parse(Lines.First(line => line.StartsWith(mark, StringComparison.Ordinal))[mark.Length..], CultureInfo.InvariantCulture);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    private static bool IsAlive(int pid) => Process.GetProcesses().Any(process => process.Id == pid);

    private sealed class RecordingNode : ISupervisorNode
    {
        public ConcurrentQueue<string> Downed { get; } = new();

        public string SeedNode => "akka.tcp://socketio@127.0.0.1:1";

        public void Down(string role) => Downed.Enqueue(role);
    }
}
