using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Timers;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class TimerTableTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TimerTable _table = new(Step);
    private readonly List<string> _done = [];

    [Fact]
    public void What_is_due_in_one_step_is_done_at_its_end_in_the_order_in_which_it_came()
    {
        Add("b", 149);
        Add("a", 101);
        Add("early", 100);
        Add("late", 151);

        Assert.Equal(["early"], DoneBy(149));
        Assert.Equal(TimeSpan.FromMilliseconds(150), _table.Next());
        Assert.Equal(["early", "b", "a"], DoneBy(150));
        Assert.Equal(["early", "b", "a", "late"], DoneBy(1_000));
        Assert.Null(_table.Next());
    }

    [Fact]
    public void Nothing_is_done_before_its_time()
    {
        for (var due = 0; due < 1_000; due += 7)
            Add($"{due}", due);

        for (var now = 0; now < 1_100; now++)
        {
            var early = _done.Count;
            Assert.All(DoneBy(now).Skip(early), name => Assert.InRange(now - int.Parse(name), 0, Step.TotalMilliseconds));
        }

        Assert.Equal(143, _done.Count);
    }

    [Fact]
    public void Nobody_wakes_for_what_was_called_off()
    {
        using var cancelable = new Cancelable(default(IActionScheduler));
        Add("off", 100, cancelable);
        Add("on", 1_000);

        cancelable.Cancel();

        Assert.Empty(DoneBy(10));
        Assert.Equal(TimeSpan.FromSeconds(1), _table.Next());
    }

    [Fact]
    public void What_was_called_off_is_not_kept_until_its_time()
    {
        Add("kept", 60_000);
        for (var i = 0; i < 100_000; i++)
            Add("off", 3_600_000, Cancelable.CreateCanceled());

        Assert.InRange(_table.Count, 1, 2 * TimerTable.Few);
        Assert.Equal(["kept"], DoneBy(60_000));
    }

    [Fact]
    public void What_cannot_say_whether_it_was_called_off_keeps_nothing_from_the_others()
    {
        Add("bad", 100, new Broken());
        Add("good", 100);

        Assert.Equal(["good"], DoneBy(100));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void The_last_of_all_times_does_not_come()
    {
        _table.Add(new TimerTask(() => _done.Add("never"), TimeSpan.Zero, null)
        {
            Due = TimerTable.Later(TimeSpan.FromDays(1), TimeSpan.MaxValue),
        });
        Add("first", 50);

        Assert.Equal(["first"], DoneBy(long.MaxValue / TimeSpan.TicksPerMillisecond / 2));
        Assert.True(_table.Next() > TimeSpan.FromDays(10_000_000));
        Assert.Single(_table.TakeAll());
    }

    [Fact]
    public void What_is_done_again_and_again_keeps_its_interval()
    {
        var task = Repeated(due: 130, interval: 330);

        Assert.Equal([460d, 790, 1_120], Enumerable.Range(0, 3).Select(_ => NextOf(task, late: 60)));
    }

    [Fact]
    public void What_comes_every_so_many_beats_comes_on_a_beat_and_never_early()
    {
        var second = Repeated(due: 1_130, interval: 1_000);
        var quarter = Repeated(due: 1_010, interval: 250);
        var onOne = Repeated(due: 1_000, interval: 500);

        Assert.Equal([2_250d, 3_250, 4_250], Enumerable.Range(0, 3).Select(_ => NextOf(second, late: 60)));
        Assert.Equal([1_500d, 1_750, 2_000], Enumerable.Range(0, 3).Select(_ => NextOf(quarter, late: 60)));
        Assert.Equal([1_500d, 2_000, 2_500], Enumerable.Range(0, 3).Select(_ => NextOf(onOne, late: 60)));
    }

    [Fact]
    public void A_process_that_stood_still_does_not_make_up_for_what_it_missed()
    {
        var task = Repeated(due: 100, interval: 330);

        Assert.Equal(60_430d, NextOf(task, late: 60_000));
    }

    private static TimerTask Repeated(int due, int interval) =>
        new(() => { }, TimeSpan.FromMilliseconds(interval), null) { Due = TimeSpan.FromMilliseconds(due) };

    private static double NextOf(TimerTask task, int late)
    {
        task.Advance(task.Due + TimeSpan.FromMilliseconds(late));
        return task.Due.TotalMilliseconds;
    }

    private void Add(string name, int due, ICancelable? cancelable = null) =>
        _table.Add(new TimerTask(() => _done.Add(name), TimeSpan.Zero, cancelable) { Due = TimeSpan.FromMilliseconds(due) });

    private List<string> DoneBy(long milliseconds)
    {
        List<TimerTask> due = [];
        _table.TakeDue(TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond), due);
        due.ForEach(task => task.Run());
        return _done;
    }

    private sealed class Broken : ICancelable
    {
        public bool IsCancellationRequested => throw new InvalidOperationException();

        public CancellationToken Token => default;

        public void Cancel()
        {
        }

        public void Cancel(bool throwOnFirstException)
        {
        }

        public void CancelAfter(TimeSpan delay)
        {
        }

        public void CancelAfter(int millisecondsDelay)
        {
        }
    }
}
