using System.Diagnostics;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

public sealed class GuardTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ListLogger _log = new();
    private readonly List<string> _counted = [];
    private readonly Guard _guard;

    public GuardTests() => _guard = new(_log, root =>
    {
        lock (_counted)
            _counted.Add(root);
    });

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_timer_that_throws_ticks_on()
    {
        var time = new FakeTimeProvider();
        var ticks = 0;
        using var timer = _guard.CreateTimer(time, "timer", _ =>
        {
            ticks++;
            throw new InvalidOperationException("tick");
        }, this, Second, Second);

        time.Advance(Second * 3);

        Assert.Equal(3, ticks);
        Assert.Equal(["timer", "timer", "timer"], _counted);
        Assert.Equal(3, _guard.Failures);
        Assert.All(_log.Lines, line => Assert.Equal("timer failed; the server goes on.", line.Text));
    }

    [Fact]
    public void A_registration_that_throws_keeps_nothing_from_the_others()
    {
        using var source = new CancellationTokenSource();
        var called = 0;
        _guard.Register("first", _ => called++, this, source.Token);
        _guard.Register("second", static _ => throw new InvalidOperationException(), this, source.Token);

        source.Cancel();

        Assert.Equal(1, called);
        Assert.Equal(["second"], _counted);
    }

    [Fact]
    public void A_subscriber_that_throws_keeps_nothing_from_the_others()
    {
        var heard = new List<int>();
        Action<int>? handlers = heard.Add;
        handlers += _ => throw new InvalidOperationException();
        handlers += heard.Add;

        _guard.Raise("event", handlers, static (handler, it) => handler(it), 5);
        _guard.Raise("nobody", (Action<int>?)null, static (handler, it) => handler(it), 6);

        Assert.Equal([5, 5], heard);
        Assert.Equal(["event"], _counted);
    }

    [Fact]
    public async Task A_work_item_that_throws_does_not_end_the_process()
    {
        _guard.Queue("item", static _ => throw new InvalidOperationException(), this);

        await Eventually.TrueAsync(() => _guard.Failures == 1);
    }

    [Fact]
    public async Task A_thread_that_throws_does_not_end_the_process()
    {
        _guard.StartThread("thread", static () => throw new InvalidOperationException());

        await Eventually.TrueAsync(() => _guard.Failures == 1);
    }

    [Fact]
    public async Task A_task_s_end_is_heard_of_however_it_ends()
    {
        var heard = 0;
        _guard.When("done", Task.CompletedTask, _ => Interlocked.Increment(ref heard), this);
        _guard.When("failed", Task.FromException(new InvalidOperationException()), _ => Interlocked.Increment(ref heard), this);
        _guard.When("cancelled", Task.FromCanceled(new CancellationToken(true)), static _ => throw new InvalidOperationException(), this);

        await Eventually.TrueAsync(() => heard == 2 && _guard.Failures == 1);
        Assert.Equal(["cancelled"], _counted);
    }

    [Fact]
    public async Task A_signal_s_handler_that_throws_does_not_end_the_process()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var registration = _guard.OnSignal("signal", PosixSignal.SIGWINCH, static _ => throw new InvalidOperationException());

        using var kill = Process.Start("kill", $"-WINCH {Environment.ProcessId}");
        await kill.WaitForExitAsync();

        await Eventually.TrueAsync(() => _guard.Failures >= 1);
    }

    [Fact]
    public async Task A_task_that_nobody_awaits_is_observed()
    {
        _guard.Observe("task", Task.FromException(new InvalidOperationException()));
        _guard.Observe("cancelled", Task.FromCanceled(new CancellationToken(true)));

        await Eventually.TrueAsync(() => _guard.Failures == 1);
        Assert.Equal(["task"], _counted);
    }

    [Fact]
    public void Neither_a_counter_nor_a_log_that_throws_breaks_the_guard()
    {
        var guard = new Guard(new ListLogger(writing: () => throw new IOException()), _ => throw new InvalidOperationException());

        Assert.False(guard.Run("root", static _ => throw new InvalidOperationException(), 0));
    }
}
