using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Dispatch;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>What the receiving thread runs, with a thread and an alarm that the test moves.</summary>
public sealed partial class LoopWorkTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StepThread _thread = new();
    private readonly HandAlarm _alarm = new();
    private readonly LoopWork _work;
    private bool _isClosed;

    public LoopWorkTests()
    {
        _work = new LoopWork(new Guard(NullLogger.Instance), _alarm, _thread, _time);
        _thread.Work = _work;
    }

    public void Dispose() => Close();

    [Fact]
    public async Task What_is_added_runs_in_its_order_also_what_comes_meanwhile()
    {
        var ran = new List<int>();
        _work.TryAdd(new Item(() =>
        {
            ran.Add(1);
            _work.TryAdd(new Item(() => ran.Add(3)));
        }));
        _work.TryAdd(new Item(() => ran.Add(2)));

        Assert.True(await _thread.Start());

        Assert.Equal([1, 2, 3], ran);
    }

    [Fact]
    public async Task Only_a_thread_that_sleeps_is_called()
    {
        Assert.True(_work.TryAdd(Item.Nothing));
        Assert.Equal(0, _thread.Calls);
        Assert.False(_work.TryFallAsleep());
        Assert.True(_work.TryAdd(Item.Nothing));
        Assert.Equal(0, _thread.Calls);
        Assert.True(await _thread.Start());
        Assert.True(_work.TryFallAsleep());

        _work.TryAdd(Item.Nothing);
        _work.TryAdd(Item.Nothing);

        Assert.Equal(1, _thread.Calls);
    }

    [Fact]
    public async Task An_item_that_throws_keeps_nothing_from_the_next()
    {
        var ran = false;
        _work.TryAdd(new Item(() => throw new InvalidOperationException("the test says so")));
        _work.TryAdd(new Item(() => ran = true));

        Assert.True(await _thread.Start());

        Assert.True(ran);
    }

    [Fact]
    public async Task What_an_item_leaves_current_is_not_the_next_ones()
    {
        var current = new AsyncLocal<string?>();
        var seen = "nothing";
        _work.TryAdd(new Item(() => current.Value = "mine"));
        _work.TryAdd(new Item(() => seen = current.Value));

        Assert.True(await _thread.Start());

        Assert.Null(seen);
    }

    [Fact]
    public async Task What_is_put_off_leaves_once_when_all_is_done()
    {
        var put = new Put();
        _work.TryAdd(new Item(() => put.IsOff = _work.TryPutOff(put)));
        _work.TryAdd(new Item(() => put.LeftBefore = put.Left));

        Assert.True(await _thread.Start());

        Assert.Equal((true, 0, 1), (put.IsOff, put.LeftBefore, put.Left));
        Assert.True(await _thread.Start());
        Assert.Equal(1, put.Left);
    }

    [Fact]
    public async Task Nothing_is_put_off_by_other_threads_or_between_items()
    {
        Assert.False(_work.TryPutOff(new Put()));
        bool? between = null;
        var put = new Put { OnLeave = () => between = _work.TryPutOff(new Put()) };
        _work.TryAdd(new Item(() => _work.TryPutOff(put)));

        Assert.True(await _thread.Start());

        Assert.False(between);
    }

    [Fact]
    public async Task Another_thread_does_what_waits_behind_an_item_that_blocks()
    {
        using var blocks = new ManualResetEventSlim();
        var took = 0;
        _work.TookOver = () => took++;
        var put = new Put();
        var late = false;
        _work.TryAdd(new Item(() =>
        {
            _work.TryPutOff(put);
            blocks.Wait(TimeSpan.FromSeconds(60));
            late = _work.TryPutOff(put);
        }));
        var behind = new TaskCompletionSource();
        var held = _thread.Start();
        await Eventually.TrueAsync(() => _alarm.IsSet, "it is watched");
        _work.TryAdd(new Item(behind.SetResult));

        await HoldUpAsync();

        await behind.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => put.Left == 1, "what was put off has left");
        Assert.Equal((1, 1L), (took, _work.TakeOvers));
        Assert.False(held.IsCompleted);
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(late);
    }

    [Fact]
    public async Task An_item_that_takes_long_keeps_its_thread_while_nobody_waits()
    {
        using var blocks = new ManualResetEventSlim();
        _work.TryAdd(new Item(() => blocks.Wait(TimeSpan.FromSeconds(60))));
        var held = _thread.Start();
        await Eventually.TrueAsync(() => _alarm.IsSet, "it is watched");

        for (var i = 0; i < 5; i++)
            await _alarm.GoOffAsync();

        Assert.Equal(0, _work.TakeOvers);
        _thread.IsReady = true;
        await HoldUpAsync();
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task What_an_item_has_put_off_does_not_wait_for_its_end()
    {
        using var blocks = new ManualResetEventSlim();
        var put = new Put();
        _work.TryAdd(new Item(() =>
        {
            _work.TryPutOff(put);
            blocks.Wait(TimeSpan.FromSeconds(60));
        }));
        var held = _thread.Start();

        await HoldUpAsync();

        await Eventually.TrueAsync(() => put.Left == 1, "it leaves");
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Many_short_items_are_no_long_one()
    {
        using var step = new SemaphoreSlim(0);
        var begun = 0;
        for (var i = 0; i < 6; i++)
        {
            _work.TryAdd(new Item(() =>
            {
                Interlocked.Increment(ref begun);
                step.Wait(TimeSpan.FromSeconds(60));
            }));
        }

        var run = _thread.Start();
        for (var i = 1; i <= 5; i++)
        {
            await Eventually.TrueAsync(() => Volatile.Read(ref begun) == i, "the next one begins");
            await _alarm.GoOffAsync();
            await Eventually.TrueAsync(() => _alarm.IsSet, "it is watched");
            step.Release();
        }

        step.Release();
        Assert.True(await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, _work.TakeOvers);
        Assert.False(_alarm.IsSet);
    }

    [Fact]
    public async Task Each_thread_that_is_held_up_is_replaced()
    {
        using var blocks = new ManualResetEventSlim();
        for (var i = 0; i < 4; i++)
            _work.TryAdd(new Item(() => blocks.Wait(TimeSpan.FromSeconds(60))));
        var last = new TaskCompletionSource();
        _work.TryAdd(new Item(last.SetResult));
        var held = _thread.Start();

        while (!last.Task.IsCompleted)
        {
            await Eventually.TrueAsync(() => _alarm.IsSet || last.Task.IsCompleted, "it is watched");
            if (_alarm.IsSet)
                await _alarm.GoOffAsync();
        }

        Assert.Equal(4, _work.TakeOvers);
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task What_blocks_is_told_of_and_what_was_only_late_is_not()
    {
        using var blocks = new ManualResetEventSlim();
        var told = new ConcurrentQueue<IThreadPoolWorkItem>();
        _work.Blocked = told.Enqueue;
        var item = new Item(() => blocks.Wait(TimeSpan.FromSeconds(60)));
        _work.TryAdd(item);
        _work.TryAdd(Item.Nothing);
        var held = _thread.Start();
        await HoldUpAsync();
        await Eventually.TrueAsync(() => _thread.Threads == 2, "another thread goes on");

        _time.Advance(LoopWork.Blocks);

        Assert.Same(item, Assert.Single(told));
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
        _time.Advance(LoopWork.Blocks);
        Assert.Single(told);
    }

    [Fact]
    public async Task When_the_thread_ends_the_pool_does_what_waits_and_what_comes()
    {
        var ran = new TaskCompletionSource();
        _work.TryAdd(new Item(ran.SetResult));

        Close();

        await ran.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(_work.TryAdd(Item.Nothing));
        Assert.True(_alarm.IsDisposed);
    }

    /// <summary>The alarm goes off until another thread has taken over.</summary>
    private async Task HoldUpAsync()
    {
        var before = _work.TakeOvers;
        await Eventually.TrueAsync(async () =>
        {
            if (_work.TakeOvers == before && _alarm.IsSet)
                await _alarm.GoOffAsync();
            return _work.TakeOvers > before;
        }, "another thread takes over");
    }

    private void Close()
    {
        if (!_isClosed)
            _work.Close();
        _isClosed = true;
    }

    private sealed class Item(Action body) : IRunnable
    {
        public static readonly Item Nothing = new(static () => { });

        public void Run() => body();

        public void Execute() => body();
    }

    private sealed class Put : IPutOff
    {
        private int _left;

        public bool IsOff { get; set; }

        public int LeftBefore { get; set; }

        public int Left => Volatile.Read(ref _left);

        public Action OnLeave { get; init; } = static () => { };

        public void Leave()
        {
            Interlocked.Increment(ref _left);
            OnLeave();
        }
    }

    /// <summary>Runs what there is once, on a thread of its own.</summary>
    private sealed class StepThread : ILoopThread
    {
        private int _calls;
        private int _threads;

        public LoopWork Work { get; set; } = null!;

        public bool IsReady { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public int Threads => Volatile.Read(ref _threads);

        public Task<bool> Start()
        {
            var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                var shift = Work.Begin();
                shift.Enter();
                Interlocked.Increment(ref _threads);
                ended.SetResult(Work.Run(shift));
            })
            { IsBackground = true }.Start();
            return ended.Task;
        }

        public void Wake() => Interlocked.Increment(ref _calls);

        public bool IsAnyReady() => IsReady;

        public void GoOn(Shift shift)
        {
            shift.Enter();
            Interlocked.Increment(ref _threads);
            Work.Run(shift);
        }
    }

    /// <summary>Goes off when the test says so.</summary>
    private sealed class HandAlarm : IAlarm
    {
        private readonly SemaphoreSlim _rings = new(0);
        private int _heard;
        private int _sets;
        private volatile bool _isSet;
        private volatile bool _isOver;

        public bool IsSet => _isSet;

        public bool IsDisposed { get; private set; }

        /// <summary>How often it was set.</summary>
        public int Sets => Volatile.Read(ref _sets);

        public void Set()
        {
            Interlocked.Increment(ref _sets);
            _isSet = true;
        }

        public void Clear() => _isSet = false;

        /// <summary>Ends when whoever heard it has set it again, or has something else to do.</summary>
        public async Task GoOffAsync()
        {
            _isSet = false;
            var before = Volatile.Read(ref _heard);
            _rings.Release();
            await Eventually.TrueAsync(() => Volatile.Read(ref _heard) > before, "somebody hears it");
        }

        public bool Wait()
        {
            _rings.Wait();
            Interlocked.Increment(ref _heard);
            return !_isOver;
        }

        public void End()
        {
            _isOver = true;
            _rings.Release();
        }

        public void Dispose() => IsDisposed = true;
    }
}
