using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

public sealed class DeadlineQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Guard _guard = new(NullLogger.Instance);
    private readonly List<string> _expired = [];
    private readonly DeadlineQueue _queue;

    public DeadlineQueueTests() => _queue = new(_time, _guard);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void Deadlines_expire_once_each_in_the_order_of_their_times()
    {
        Create("late").Set(TimeSpan.FromSeconds(3));
        Create("first").Set(TimeSpan.FromSeconds(1));
        Create("second").Set(TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["first", "second"], _expired);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["first", "second", "late"], _expired);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void One_that_was_ended_as_its_time_came_does_not_expire_although_it_is_set_to_the_same_moment_again()
    {
        Deadline? second = null;
        var due = _queue.After(TimeSpan.FromSeconds(1));
        _queue.Create("first", static act => act(), () =>
        {
            second!.End();
            second.SetAt(due);
        }).SetAt(due - 1);
        second = Create("second");
        second.SetAt(due);

        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(_expired);
    }

    [Fact]
    public void One_that_is_put_off_expires_at_the_later_time_only()
    {
        var deadline = Create("x");
        deadline.Set(TimeSpan.FromSeconds(1));
        deadline.Set(TimeSpan.FromSeconds(3));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_expired);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["x"], _expired);
    }

    [Fact]
    public void One_that_is_brought_forward_expires_at_the_earlier_time_only()
    {
        var deadline = Create("x");
        deadline.Set(TimeSpan.FromSeconds(30));
        deadline.Set(TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["x"], _expired);
    }

    [Fact]
    public void One_that_was_called_off_does_not_expire_and_may_be_set_again()
    {
        var deadline = Create("x");
        deadline.Set(TimeSpan.FromSeconds(1));
        deadline.Clear();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_expired);

        deadline.Set(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["x"], _expired);
    }

    [Fact]
    public void What_has_begun_is_not_put_off_by_beginning_again()
    {
        var deadline = Create("x");
        deadline.Begin(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1));
        deadline.Begin(TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["x"], _expired);
    }

    [Fact]
    public void One_that_has_ended_leaves_nothing_behind_and_cannot_be_set_again()
    {
        var deadline = Create("x");
        deadline.Set(TimeSpan.FromSeconds(1));

        deadline.End();
        Assert.Equal(0, _queue.Count);
        deadline.Set(TimeSpan.FromSeconds(1));
        deadline.Begin(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Empty(_expired);
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void A_callback_may_set_its_deadline_again()
    {
        Deadline? deadline = null;
        deadline = _queue.Create("again", _ =>
        {
            _expired.Add("again");
            deadline!.Set(TimeSpan.FromSeconds(1));
        }, 0);
        deadline.Set(TimeSpan.FromSeconds(1));

        for (var i = 0; i < 3; i++)
            _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(3, _expired.Count);
    }

    [Fact]
    public void One_that_throws_keeps_nothing_from_the_others_and_is_called_again()
    {
        var isFaulty = true;
        _queue.Create("faulty", _ => _expired.Add(isFaulty ? throw new InvalidOperationException() : "faulty"), 0).Set(TimeSpan.FromSeconds(1));
        Create("other").Set(TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["other"], _expired);
        Assert.Equal(1, _guard.Failures);

        isFaulty = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["other", "faulty"], _expired);
    }

    [Fact]
    public void One_that_blocks_does_not_keep_those_of_later_moments()
    {
        // The fake clock calls one timer at a time.
        using var queue = new DeadlineQueue(TimeProvider.System, _guard);
        using var later = new ManualResetEventSlim();
        using var waited = new ManualResetEventSlim();
        var isLaterFirst = false;
        queue.Create("blocking", _ =>
        {
            queue.Create("later", later => later.Set(), later).Set(TimeSpan.FromMilliseconds(1));
            isLaterFirst = later.Wait(TimeSpan.FromSeconds(30));
            waited.Set();
        }, 0).Set(TimeSpan.FromMilliseconds(1));

        Assert.True(waited.Wait(TimeSpan.FromSeconds(60)));

        Assert.True(isLaterFirst);
    }

    /// <summary>Once the queue sets its timer again in a second; twice even that fails, and the next deadline that is set does it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_timer_that_cannot_be_set_loses_no_deadline(int refusals)
    {
        var clock = new Refusing(_time);
        using var queue = new DeadlineQueue(clock, _guard);
        foreach (var (name, due) in new[] { ("first", 1), ("second", 1), ("later", 5) })
            queue.Create(name, name => _expired.Add(name), name).Set(TimeSpan.FromSeconds(due));

        clock.Refusals = refusals;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_expired);
        Assert.Equal(1, _guard.Failures);
        clock.Refusals = 0;
        if (refusals == 2)
            queue.Create("another", name => _expired.Add(name), "another").Set(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["first", "second"], _expired.Where(name => name != "another"));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("later", _expired);
    }

    [Fact]
    public void Nothing_expires_after_the_queue_was_disposed()
    {
        Create("x").Set(TimeSpan.FromSeconds(1));

        _queue.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));
        Create("y").Set(TimeSpan.FromSeconds(1));

        Assert.Empty(_expired);
    }

    [Fact]
    public void Of_many_that_are_set_put_off_brought_forward_and_ended_each_expires_in_its_turn()
    {
        var random = new Random(45);
        var due = new Dictionary<string, int>();
        for (var i = 0; i < 2_000; i++)
        {
            var deadline = Create($"{i}");
            for (var set = random.Next(1, 4); set > 0; set--)
            {
                due[$"{i}"] = random.Next(1, 500);
                deadline.Set(TimeSpan.FromSeconds(due[$"{i}"]));
            }

            if (random.Next(4) > 0)
                continue;
            deadline.End();
            due.Remove($"{i}");
        }

        for (var second = 1; second <= 500; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.All(_expired, name => Assert.Equal(second, due[name]));
            Assert.Equal(due.Count(pair => pair.Value == second), _expired.Count);
            _expired.Clear();
        }

        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Whatever_threads_do_to_it_the_last_time_that_was_set_counts()
    {
        for (var round = 0; round < 200; round++)
        {
            var expired = 0;
            var deadline = _queue.Create("x", _ => Interlocked.Increment(ref expired), 0);
            var setters = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            {
                for (var i = 1; i <= 20; i++)
                    deadline.Set(TimeSpan.FromSeconds((i * 7 % 20) + 10 + thread));
            })).ToArray();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAll(setters);
            deadline.Set(TimeSpan.FromSeconds(5));

            _time.Advance(TimeSpan.FromSeconds(5));

            Assert.Equal(1, expired);
            deadline.End();
        }
    }

    /// <summary>A clock whose timers may refuse to be set, as the runtime's do when memory is short.</summary>
    private sealed class Refusing(FakeTimeProvider inner) : TimeProvider
    {
        public int Refusals { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(this, inner.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(Refusing owner, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) =>
                owner.Refusals-- > 0 ? throw new InvalidOperationException() : timer.Change(dueTime, period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }

    private Deadline Create(string name) => _queue.Create(name, name => _expired.Add(name), name);
}
