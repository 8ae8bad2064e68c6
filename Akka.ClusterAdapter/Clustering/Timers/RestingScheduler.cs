using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Timers;

/// <summary>
/// What stands in <c>akka.scheduler.implementation</c>: a thread that sleeps until the next thing is due. Akka's own wakes at each tick, whether anything is
/// due or not. It reads the same section (docs/decisions/0106).
/// </summary>
internal sealed class RestingScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    /// <summary>Its name for Akka.</summary>
    public const string Name = "Akka.ClusterAdapter.Clustering.Timers.RestingScheduler, Akka.ClusterAdapter";

    private const string Root = "cluster-timers";
    private const string StepKey = "akka.scheduler.tick-duration";
    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly TimeSpan _patience;
    private readonly ILoggingAdapter _log;
    private readonly Guard _guard;
    private readonly Lock _gate = new();
    private readonly TimerTable _table;
    private readonly List<TimerTask> _due = [];
    private readonly AutoResetEvent _bell = new(initialState: false);
    private readonly ManualResetEventSlim _ended = new();
    private TimeSpan _wake = TimeSpan.MaxValue;
    private int _thread;
    private int _looks;
    private bool _isStarted;
    private bool _isStopped;

    public RestingScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
        var step = scheduler.GetTimeSpan(StepKey);
        if (step <= TimeSpan.Zero)
            throw new ConfigurationException($"{StepKey} is {step}: it must be more than 0.");
        _patience = scheduler.GetTimeSpan("akka.scheduler.shutdown-timeout");
        _log = log;
        _guard = new Guard(new AkkaLogger(log));
        _table = new TimerTable(step);
    }

    /// <summary>How often it has looked whether something is due.</summary>
    public int Looks => Volatile.Read(ref _looks);

    public override TimeSpan MonotonicClock => _time.GetElapsedTime(_start);

    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    protected override DateTimeOffset TimeNow => _time.GetUtcNow();

    /// <summary>
    /// Nothing can be set any more, and what was is done now, as Akka's own scheduler does it: a dispatcher that ends has its end set here.
    /// </summary>
    public void Dispose()
    {
        bool isRunning;
        lock (_gate)
        {
            if (_isStopped)
                return;
            (_isStopped, isRunning) = (true, _isStarted);
        }

        _bell.Set();
        if (isRunning && Environment.CurrentManagedThreadId != _thread && !_ended.Wait(_patience))
        {
            _log.Warning("What the timers do has not ended within {0}: what they had still to do is left undone.", _patience);
            return;
        }

        foreach (var task in TakeAll())
            _guard.Run(Root, RunLast, task);
    }

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(delay, TimeSpan.Zero, new ScheduledMessage(receiver, message, sender).Tell, cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(initialDelay, interval, new ScheduledMessage(receiver, message, sender).Tell, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(delay, TimeSpan.Zero, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Add(delay, TimeSpan.Zero, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(initialDelay, interval, action.Run, cancelable);

    private static void RunLast(TimerTask task)
    {
        try
        {
            task.Run();
        }
        catch (SchedulerException)
        {
            // It would have set itself again.
        }
    }

    private void Add(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        var task = new TimerTask(action, interval, cancelable);
        bool isFirst;
        lock (_gate)
        {
            if (_isStopped)
                throw new SchedulerException("Nothing can be scheduled any more: the actor system has ended.");
            task.Due = TimerTable.Later(MonotonicClock, delay);
            _table.Add(task);
            isFirst = Start() || _table.Next() < _wake;
        }

        if (isFirst)
            _bell.Set();
    }

    private bool Start()
    {
        if (_isStarted)
            return false;
        _guard.StartThread(Root, Run);
        _isStarted = true;
        return true;
    }

    private void Run()
    {
        _thread = Environment.CurrentManagedThreadId;
        // A turn that fails, for want of memory, is not the last one.
        while (!Volatile.Read(ref _isStopped))
            _guard.Run(Root, static me => me.Turn(), this);
        _ended.Set();
    }

    private void Turn()
    {
        var rest = TakeDue();
        RunDue();
        if (rest > TimeSpan.Zero)
            _bell.WaitOne(rest);
    }

    /// <summary>How long to rest before the next look; zero when something is due, or this is the end.</summary>
    private TimeSpan TakeDue()
    {
        lock (_gate)
        {
            if (_isStopped)
                return TimeSpan.Zero;
            _looks++;
            var now = MonotonicClock;
            _table.TakeDue(now, _due);
            // While it is at work nobody has to ring.
            _wake = _due.Count > 0 ? TimeSpan.Zero : _table.Next() ?? TimeSpan.MaxValue;
            return _due.Count > 0 ? TimeSpan.Zero : Rest(_wake - now);
        }
    }

    // Waits count in milliseconds, and a wait that is too short is one for nothing.
    private static TimeSpan Rest(TimeSpan rest) => rest > LongestRest ? LongestRest : TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds));

    private void RunDue()
    {
        foreach (var task in _due)
        {
            // One that throws is not done again; so it is with Akka's own.
            if (!task.IsCancelled && _guard.Run(Root, static task => task.Run(), task) && task.Repeats)
                _guard.Run(Root, static it => it.me.Repeat(it.task), (me: this, task));
        }

        _due.Clear();
    }

    private void Repeat(TimerTask task)
    {
        lock (_gate)
        {
            task.Advance(MonotonicClock);
            _table.Add(task);
        }
    }

    private List<TimerTask> TakeAll()
    {
        lock (_gate)
            return _table.TakeAll();
    }
}
