using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>The thread that stands by: what it takes, what it does not, and that nothing is lost.</summary>
public sealed class StandbyTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Standby _standby = new(new Guard(NullLogger.Instance));

    public void Dispose() => _standby.Close();

    [Fact]
    public async Task A_lonely_item_runs_there_one_after_the_other()
    {
        for (var i = 0; i < 20; i++)
            Assert.Equal(Standby.ThreadName, await WhereAsync(_standby));
    }

    [Fact]
    public async Task Nothing_waits_behind_an_item_that_blocks()
    {
        using var go = new ManualResetEventSlim();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_standby.TryRun(new Item(() =>
        {
            began.SetResult();
            Assert.False(Standby.TryRunBehind(new Item(() => { })));
            go.Wait(Deadline);
        })));
        await began.Task.WaitAsync(Deadline);

        Assert.False(_standby.TryRun(new Item(() => { })));
        Assert.False(Standby.TryRunBehind(new Item(() => { })));

        go.Set();
        Assert.Equal(Standby.ThreadName, await WhereAsync(_standby));
    }

    [Fact]
    public async Task Who_is_through_has_one_item_run_behind_it()
    {
        var ran = new ConcurrentQueue<(int Number, string? Thread)>();
        var taken = new List<bool>();
        Assert.True(_standby.TryRun(new Item(() =>
        {
            taken.Add(Standby.TryRunBehind(Note(0)));
            Standby.EndsHere();
            Standby.GoesOn();
            taken.Add(Standby.TryRunBehind(Note(0)));
            Standby.EndsHere();
            taken.Add(Standby.TryRunBehind(new Item(() =>
            {
                ran.Enqueue((2, Thread.CurrentThread.Name));
                // It is not through itself.
                taken.Add(Standby.TryRunBehind(Note(0)));
            })));
            taken.Add(Standby.TryRunBehind(Note(0)));
            ran.Enqueue((1, Thread.CurrentThread.Name));
        })));

        Assert.Equal(Standby.ThreadName, await WhereAsync(_standby));
        Assert.Equal([(1, Standby.ThreadName), (2, Standby.ThreadName)], ran);
        Assert.Equal([false, false, true, false, false], taken);

        Item Note(int number) => new(() => ran.Enqueue((number, Thread.CurrentThread.Name)));
    }

    [Fact]
    public async Task What_an_item_throws_or_leaves_behind_is_not_the_next_ones()
    {
        var log = new ListLogger();
        var standby = new Standby(new Guard(log));
        var culture = new AsyncLocal<string>();
        Assert.True(standby.TryRun(new Item(() =>
        {
            culture.Value = "left behind";
            Activity.Current = new Activity("left behind").Start();
            SynchronizationContext.SetSynchronizationContext(new());
            throw new TimeZoneNotFoundException("the test says so");
        })));
        var seen = new TaskCompletionSource<(string?, Activity?, SynchronizationContext?)>(TaskCreationOptions.RunContinuationsAsynchronously);

        var look = new Item(() => seen.SetResult((culture.Value, Activity.Current, SynchronizationContext.Current)));
        await Eventually.TrueAsync(() => standby.TryRun(look), "it is through");

        Assert.Equal((null, null, null), await seen.Task.WaitAsync(Deadline));
        Assert.Contains(log.Lines, line => line.Exception is TimeZoneNotFoundException);
        standby.Close();
    }

    [Fact]
    public async Task A_thread_that_cannot_be_had_is_asked_for_again()
    {
        var (tries, standby) = (0, (Standby?)null);
        var threads = new Guard(NullLogger.Instance);
        standby = new Standby(threads, body =>
        {
            if (++tries == 1)
                throw new TimeZoneNotFoundException("no thread");
            threads.StartThread(Standby.ThreadName, body);
        });

        Assert.False(standby.TryRun(new Item(() => Assert.Fail("it is the thread pool's"))));

        Assert.Equal(Standby.ThreadName, await WhereAsync(standby));
        standby.Close();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_it_has_ended_it_takes_nothing_and_its_thread_is_gone(bool isStarted)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var threads = new Guard(NullLogger.Instance);
        var standby = new Standby(threads, body => threads.StartThread(Standby.ThreadName, () =>
        {
            body();
            ended.SetResult();
        }));
        if (isStarted)
            Assert.Equal(Standby.ThreadName, await WhereAsync(standby));

        standby.Close();
        standby.Close();

        Assert.False(standby.TryRun(new Item(() => { })));
        if (isStarted)
            await ended.Task.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Whatever_it_has_taken_it_runs_once_also_when_it_ends_meanwhile()
    {
        for (var round = 0; round < 300; round++)
        {
            var standby = new Standby(new Guard(NullLogger.Instance));
            var (taken, ran) = (0, 0);
            var go = new ManualResetEventSlim();
            var all = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                go.Wait(Deadline);
                for (var i = 0; i < 50; i++)
                {
                    if (standby.TryRun(new Item(() => Interlocked.Increment(ref ran))))
                        Interlocked.Increment(ref taken);
                }
            })).ToList();
            all.Add(Task.Run(() =>
            {
                go.Wait(Deadline);
                Thread.SpinWait(round * 20);
                standby.Close();
            }));
            go.Set();
            await Task.WhenAll(all).WaitAsync(Deadline);
            await Eventually.TrueAsync(() => Volatile.Read(ref ran) == taken, () => $"{ran} of {taken}");
            Assert.False(standby.TryRun(new Item(() => Interlocked.Increment(ref ran))));
        }
    }

    /// <summary>The thread on which an item runs, as soon as it is taken.</summary>
    private static async Task<string?> WhereAsync(Standby standby)
    {
        var where = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Eventually.TrueAsync(() => standby.TryRun(new Item(() => where.SetResult(Thread.CurrentThread.Name))), "it is idle");
        return await where.Task.WaitAsync(Deadline);
    }

    private sealed class Item(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}
