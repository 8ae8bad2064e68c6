using System.Collections.Concurrent;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <content>What a thread that serves clients adds.</content>
public sealed partial class LoopWorkTests
{
    [Fact]
    public async Task Work_that_wants_to_know_is_told_that_it_is_held_up_and_what_it_is_at()
    {
        using var blocks = new ManualResetEventSlim();
        var item = new HeldUp(() =>
        {
            Shift.IsAt("something");
            blocks.Wait(TimeSpan.FromSeconds(60));
        });
        _work.Blocked = _ => Assert.Fail("it tells itself");
        _work.TryAdd(item);
        _work.TryAdd(Item.Nothing);
        var held = _thread.Start();
        await HoldUpAsync();
        await Eventually.TrueAsync(() => item.Told.Count == 1, "it is told");

        _time.Advance(LoopWork.Blocks);

        Assert.Equal(["taken over", "something"], item.Told);
        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Only_such_a_thread_takes_what_is_to_be_done_here()
    {
        var ran = 0;
        _work.TryAdd(new Item(() => Assert.True(LoopWork.IsHere && LoopWork.TryAddHere(new Item(() => ran++)))));
        Assert.True(await _thread.Start());

        Assert.Equal(1, ran);
        Assert.False(LoopWork.IsHere);
        Assert.False(LoopWork.TryAddHere(Item.Nothing));
    }

    [Fact]
    public async Task Only_a_thread_that_serves_clients_takes_the_applications_code()
    {
        var (before, ran) = (true, 0);
        _work.TryAdd(new Item(() => before = LoopWork.TryAddHandlersHere(Item.Nothing)));
        Assert.True(await _thread.Start());
        Assert.False(before);
        _work.ServesClients = true;

        _work.TryAdd(new Item(() => Assert.True(LoopWork.TryAddHandlersHere(new Item(() => ran++)))));
        Assert.True(await _thread.Start());

        Assert.Equal(1, ran);
        Assert.False(LoopWork.TryAddHandlersHere(Item.Nothing));
    }

    [Fact]
    public async Task Runs_that_follow_each_other_closely_leave_the_alarm_alone()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await RunOneAsync();
        Assert.False(_alarm.IsSet);

        await RunOneAsync();
        await RunOneAsync();
        Assert.Equal((true, 2), (_alarm.IsSet, _alarm.Sets));

        // Nobody runs: whoever watches goes back to sleep.
        await _alarm.GoOffAsync();
        Assert.False(_alarm.IsSet);
        _time.Advance(TimeSpan.FromSeconds(1));
        await RunOneAsync();
        Assert.Equal((false, 3), (_alarm.IsSet, _alarm.Sets));
    }

    [Fact]
    public async Task An_alarm_that_was_left_set_watches_the_next_run_too()
    {
        await RunOneAsync();
        await RunOneAsync();
        using var blocks = new ManualResetEventSlim();
        _work.TryAdd(new Item(() => blocks.Wait(TimeSpan.FromSeconds(60))));
        _work.TryAdd(Item.Nothing);
        var held = _thread.Start();

        await HoldUpAsync();

        blocks.Set();
        Assert.False(await held.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private async Task RunOneAsync()
    {
        _work.TryAdd(Item.Nothing);
        Assert.True(await _thread.Start());
    }

    private sealed class HeldUp(Action body) : IHeldUp
    {
        public ConcurrentQueue<string?> Told { get; } = new();

        public void Execute() => body();

        public void TakenOver() => Told.Enqueue("taken over");

        public void Blocks(string? what) => Told.Enqueue(what);
    }
}
