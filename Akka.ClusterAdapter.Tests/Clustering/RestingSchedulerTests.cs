using System.Collections.Concurrent;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Timers;
using Akka.Configuration;
using Akka.Event;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The scheduler of a process, with Akka's own beside it wherever both must do the same.</summary>
public sealed class RestingSchedulerTests : IDisposable
{
    private const string Ours = RestingScheduler.Name;
    private const string Akkas = "Akka.Actor.HashedWheelTimerScheduler, Akka";

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly List<IScheduler> _schedulers = [];
    private readonly ConcurrentQueue<string> _done = new();

    public void Dispose()
    {
        foreach (var scheduler in _schedulers)
            ((IDisposable)scheduler).Dispose();
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task Each_is_done_once_and_not_before_its_time(string name)
    {
        var scheduler = Create(name);
        var start = scheduler.MonotonicClock;
        var times = new ConcurrentDictionary<int, TimeSpan>();

        foreach (var milliseconds in (int[])[400, 0, 200, 45])
        {
            scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(milliseconds), () =>
            {
                Assert.True(times.TryAdd(milliseconds, scheduler.MonotonicClock - start));
                _done.Enqueue($"{milliseconds}");
            });
        }

        await Eventually.TrueAsync(() => _done.Count == 4);
        Assert.Equal(["0", "200", "400", "45"], _done.Order(StringComparer.Ordinal));
        Assert.All(times, time => Assert.True(time.Value >= TimeSpan.FromMilliseconds(time.Key), $"{time.Key} after {time.Value}"));
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task What_is_set_while_it_rests_for_something_later_is_done_in_its_time(string name)
    {
        var scheduler = Create(name);
        Do(scheduler, "late", Never);
        Do(scheduler, "first", Soon);
        await Eventually.TrueAsync(() => _done.Count == 1);

        Do(scheduler, "second", Soon);

        await Eventually.TrueAsync(() => _done.Count == 2);
        Assert.Equal(["first", "second"], _done);
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task What_is_done_again_and_again_ends_when_it_is_called_off(string name)
    {
        var scheduler = Create(name);
        using var cancelable = new Cancelable(scheduler);
        scheduler.Advanced.ScheduleRepeatedly(Soon, Soon, () => _done.Enqueue("again"), cancelable);
        await Eventually.TrueAsync(() => _done.Count >= 5);

        cancelable.Cancel();

        // What comes two steps later comes after what was under way.
        Do(scheduler, "end", Soon + Soon);
        await Eventually.TrueAsync(() => _done.Contains("end"));
        var last = _done.Count;
        Do(scheduler, "end", 5 * Soon);
        await Eventually.TrueAsync(() => _done.Count(item => item == "end") == 2);
        Assert.Equal(last + 1, _done.Count);
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task What_throws_is_not_done_again_and_keeps_nothing_from_the_others(string name)
    {
        var scheduler = Create(name);
        scheduler.Advanced.ScheduleRepeatedly(TimeSpan.Zero, Soon, () =>
        {
            _done.Enqueue("bad");
            throw new InvalidOperationException();
        });
        scheduler.Advanced.ScheduleRepeatedly(TimeSpan.Zero, Soon, () => _done.Enqueue("good"));

        await Eventually.TrueAsync(() => _done.Count(item => item == "good") >= 5);

        Assert.Single(_done, item => item == "bad");
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task At_the_end_what_is_set_is_done_once_and_nothing_more_can_be_set(string name)
    {
        var scheduler = Create(name);
        using var cancelable = new Cancelable(scheduler);
        Do(scheduler, "soon", TimeSpan.Zero);
        await Eventually.TrueAsync(() => _done.Count == 1);
        Do(scheduler, "late", Never);
        scheduler.Advanced.ScheduleRepeatedly(Never, Never, () => _done.Enqueue("again"));
        scheduler.Advanced.ScheduleOnce(Never, () => _done.Enqueue("off"), cancelable);
        scheduler.Advanced.ScheduleOnce(Never, () => Do(scheduler, "set at the end", Soon));
        cancelable.Cancel();

        ((IDisposable)scheduler).Dispose();

        Assert.Equal(["again", "late", "soon"], _done.Order(StringComparer.Ordinal));
        Assert.Throws<SchedulerException>(() => Do(scheduler, "after the end", Soon));
    }

    [Fact]
    public void One_that_was_never_used_ends_at_once_and_can_be_ended_twice()
    {
        var scheduler = Create(Ours);

        ((IDisposable)scheduler).Dispose();
        ((IDisposable)scheduler).Dispose();

        Assert.Throws<SchedulerException>(() => Do(scheduler, "after the end", Soon));
    }

    [Fact]
    public async Task What_blocks_delays_the_end_by_its_time_out_only()
    {
        var scheduler = Create(Ours, "akka.scheduler.shutdown-timeout = 50ms");
        using var block = new ManualResetEventSlim();
        scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, () =>
        {
            _done.Enqueue("blocks");
            block.Wait(TimeSpan.FromMinutes(1));
        });
        await Eventually.TrueAsync(() => _done.Count == 1);
        Do(scheduler, "late", Never);

        ((IDisposable)scheduler).Dispose();

        Assert.Equal(["blocks"], _done);
        block.Set();
    }

    [Fact]
    public async Task It_can_be_ended_by_what_it_does()
    {
        var scheduler = Create(Ours, "akka.scheduler.shutdown-timeout = 1h");
        Do(scheduler, "late", Never);

        scheduler.Advanced.ScheduleOnce(Soon, () =>
        {
            ((IDisposable)scheduler).Dispose();
            _done.Enqueue("ended");
        });

        await Eventually.TrueAsync(() => _done.Count == 2);
        Assert.Equal(["late", "ended"], _done);
    }

    [Fact]
    public async Task It_rests_until_something_is_due()
    {
        var scheduler = (RestingScheduler)Create(Ours);
        Do(scheduler, "late", Never);
        Do(scheduler, "first", TimeSpan.FromMilliseconds(1_000));

        await Eventually.TrueAsync(() => _done.Count == 1);

        // At the start, for each that was set in front, and when the second was due; Akka's looks a hundred times.
        Assert.InRange(scheduler.Looks, 1, 6);
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task A_message_comes_as_it_was_sent(string name)
    {
        await using var system = new Systems($"akka.scheduler.implementation = \"{name}\"\nakka.actor.serialize-messages = on");
        var told = system.Listen(Never, _done);

        system.System.Scheduler.ScheduleTellOnce(Soon, told, new Unserializable(), told);

        await Eventually.TrueAsync(() => _done.Count == 1);
        Assert.Equal(["Unserializable of itself"], _done);
    }

    [Theory]
    [InlineData(Ours)]
    [InlineData(Akkas)]
    public async Task A_message_that_does_not_count_does_not_put_off_a_receive_time_out(string name)
    {
        await using var system = new Systems($"akka.scheduler.implementation = \"{name}\"");
        var told = system.Listen(TimeSpan.FromMilliseconds(500), _done);

        system.System.Scheduler.ScheduleTellRepeatedly(Soon, Soon, told, new DoesNotCount(), ActorRefs.NoSender);

        await Eventually.TrueAsync(() => _done.Contains("silence"));
        Assert.Contains("DoesNotCount", _done);
    }

    [Fact]
    public async Task It_is_the_scheduler_of_a_system_that_is_hardened_and_ends_with_it()
    {
        var system = ActorSystem.Create("hardened", ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(ClusterAdapterHocon.Hardened()));
        Assert.IsType<RestingScheduler>(system.Scheduler);

        await system.Terminate();

        Assert.Throws<SchedulerException>(() => system.Scheduler.Advanced.ScheduleOnce(Soon, () => { }));
    }

    [Theory]
    [InlineData("Akka.TestKit.TestScheduler, Akka.TestKit")]
    [InlineData(Akkas)]
    public void One_that_somebody_has_chosen_stays(string name)
    {
        var chosen = ConfigurationFactory.ParseString($"akka.scheduler.implementation = \"{name}\"");

        var hardened = ClusterAdapterHocon.HardenedOver(chosen, "socketio");

        Assert.Equal(name, hardened.WithFallback(chosen).GetString("akka.scheduler.implementation"));
    }

    [Fact]
    public void A_step_must_have_a_length() =>
        Assert.Contains(
            "akka.scheduler.tick-duration",
            Assert.Throws<ConfigurationException>(() => new RestingScheduler(ConfigOf("akka.scheduler.tick-duration = 0s"), NoLogger.Instance)).Message,
            StringComparison.Ordinal);

    private static Config ConfigOf(string hocon) => ConfigurationFactory.ParseString(hocon)
        .WithFallback("akka.scheduler.tick-duration = 10ms")
        .WithFallback(ConfigurationFactory.Default());

    private IScheduler Create(string name, string hocon = "")
    {
        var scheduler = (IScheduler)Activator.CreateInstance(Type.GetType(name, throwOnError: true)!, ConfigOf(hocon), NoLogger.Instance)!;
        _schedulers.Add(scheduler);
        return scheduler;
    }

    private void Do(IScheduler scheduler, string name, TimeSpan after) => scheduler.Advanced.ScheduleOnce(after, () => _done.Enqueue(name));

    private sealed class Unserializable
    {
        public Action Nothing { get; } = () => { };
    }

    private sealed class DoesNotCount : INotInfluenceReceiveTimeout;

    /// <summary>An actor system that ends with the test.</summary>
    private sealed class Systems(string hocon) : IAsyncDisposable
    {
        public ActorSystem System { get; } = ActorSystem.Create("timers", ConfigurationFactory.ParseString($"akka.loglevel = OFF\n{hocon}"));

        public IActorRef Listen(TimeSpan silence, ConcurrentQueue<string> heard) => System.ActorOf(Props.Create(() => new Listener(silence, heard)));

        public async ValueTask DisposeAsync() => await System.Terminate();
    }

    private sealed class Listener : UntypedActor
    {
        private readonly ConcurrentQueue<string> _heard;

        public Listener(TimeSpan silence, ConcurrentQueue<string> heard)
        {
            _heard = heard;
            Context.SetReceiveTimeout(silence);
        }

        protected override void OnReceive(object message) =>
            _heard.Enqueue(message is ReceiveTimeout ? "silence" : message.GetType().Name + (Sender.Equals(Self) ? " of itself" : ""));
    }
}
