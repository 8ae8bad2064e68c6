using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>What a thread that runs work between its looks at the sockets must be able to do.</summary>
internal interface ILoopThread
{
    /// <summary>Makes the thread look up from its wait.</summary>
    void Wake();

    /// <summary>Whether a socket waits to be looked at. Called by another thread while the thread is at an item.</summary>
    bool IsAnyReady();

    /// <summary>This thread receives and runs work from now on, until its shift or the receiver ends.</summary>
    void GoOn(Shift shift);
}

/// <summary>Work that wants to know that it blocks.</summary>
internal interface IHeldUp : IThreadPoolWorkItem
{
    /// <summary>It has taken longer than <see cref="LoopWork.Patience"/>, and another thread does what waits. Called by that thread.</summary>
    void TakenOver();

    /// <summary>It has taken longer than <see cref="LoopWork.Blocks"/> and goes on.</summary>
    /// <param name="what">What it is at, as far as somebody has told.</param>
    void Blocks(string? what);
}

/// <summary>What is kept until the work that waits is done.</summary>
internal interface IPutOff
{
    /// <summary>It leaves now.</summary>
    void Leave();
}

/// <summary>
/// What the receiving thread runs between two looks at its sockets: the mailboxes of the cluster's own actors. While it has any, whoever adds some wakes
/// nobody. What they write leaves at the end as one send for each connection. One item that takes long does not hold up the others: another thread takes
/// the place of the one that runs it (docs/decisions/0104).
/// </summary>
/// <param name="guard">The gate of the work and of the threads.</param>
/// <param name="alarm">Goes off after <see cref="Patience"/>.</param>
/// <param name="thread">Who receives.</param>
/// <param name="time">Tells what blocks from what was only late.</param>
/// <param name="name">The thread's.</param>
internal sealed class LoopWork(Guard guard, IAlarm alarm, ILoopThread thread, TimeProvider time, string name = Receiver.ThreadName)
{
    public const string WatchName = "cluster-watch";

    /// <summary>An item may take so long; after that, and at most as long again, somebody else does what waits.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(8);

    /// <summary>What has taken so long blocks, and is told of.</summary>
    public static readonly TimeSpan Blocks = TimeSpan.FromMilliseconds(500);

    // Between two runs that lie closer than this the alarm stays set; the watching thread looks up once in a while then, and the kernel's timer is left alone.
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(2);

    private const int MostInARow = 64;
    private const int MostBeforeTheyLeave = 16;

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _queue = new();
    private readonly Lock _gate = new();
    private List<IPutOff> _putOff = [];
    private List<IPutOff> _leaving = [];
    private volatile Shift? _shift;
    private volatile bool _isClosed;
    private volatile bool _servesClients;
    private bool _isWatched;

    /// <summary>Items run. With the lock.</summary>
    private bool _isRunning;

    /// <summary>The alarm will go off. With the lock.</summary>
    private bool _isSet;
    private long _ranAt;
    private int _isAsleep;
    private long _takeOvers;

    /// <summary>Told when a thread has taken the place of one that was held up, by that thread.</summary>
    public Action? TookOver { get; set; }

    /// <summary>Told of work that has taken longer than <see cref="Blocks"/> and goes on.</summary>
    public Action<IThreadPoolWorkItem>? Blocked { get; set; }

    /// <summary>How often a thread has taken the place of another.</summary>
    public long TakeOvers => Volatile.Read(ref _takeOvers);

    /// <summary>Clients' connections are read by the thread: what they cause is done by it too.</summary>
    public bool ServesClients
    {
        get => _servesClients;
        set => _servesClients = value;
    }

    /// <summary>Whether this thread is the one that runs it.</summary>
    public bool IsThisThread => Shift.Here(this) is not null;

    /// <summary>Whether the thread waits for its sockets and has nothing to run, and may have to be woken.</summary>
    public bool IsAsleep => Volatile.Read(ref _isAsleep) == 1;

    /// <summary>What runs on the thread has this context; null before it has begun.</summary>
    public ExecutionContext? Context { get; private set; }

    /// <summary>Whether this thread is one that runs such work.</summary>
    public static bool IsHere => Shift.Owner is LoopWork;

    /// <summary>Whether the application's code may run on this thread: it is such a one, and serves clients.</summary>
    public static bool ServesClientsHere => Shift.Owner is LoopWork { _servesClients: true };

    /// <summary>Has this thread run something when it is through with what it is at; false when it is no such thread.</summary>
    public static bool TryAddHere(IThreadPoolWorkItem work) => Shift.Owner is LoopWork here && here.TryAdd(work);

    /// <summary>The same for work that runs the application's code: only where such a thread serves clients, who has them there has said that it may.</summary>
    public static bool TryAddHandlersHere(IThreadPoolWorkItem work) => Shift.Owner is LoopWork { _servesClients: true } here && here.TryAdd(work);

    /// <summary>Has the thread run something; false when there is none (any more).</summary>
    public bool TryAdd(IThreadPoolWorkItem work)
    {
        if (_isClosed)
            return false;
        _queue.Enqueue(work);
        // Whoever falls asleep, takes over or closes says so before it looks here.
        Interlocked.MemoryBarrier();
        if (_isClosed)
            HandOver();
        else if (Shift.Here(this) is null && Volatile.Read(ref _isAsleep) == 1 && Interlocked.Exchange(ref _isAsleep, 0) == 1)
            thread.Wake();
        return true;
    }

    /// <summary>Puts off until the thread has run what waits. False when this is not that thread, or it is at no item: then it must be now.</summary>
    public bool TryPutOff(IPutOff it)
    {
        if (Shift.Here(this) is not { } shift)
            return false;
        // Whoever takes over looks there under the same lock.
        lock (_gate)
        {
            if (!Shift.IsAtWork(shift.Mark))
                return false;
            _putOff.Add(it);
            return true;
        }
    }

    /// <summary>This thread begins.</summary>
    public Shift Begin()
    {
        Context ??= ExecutionContext.Capture();
        var shift = new Shift(this);
        _shift = shift;
        return shift;
    }

    /// <summary>Runs what waits, or some of it. False when another thread has taken this one's place meanwhile: it is done then.</summary>
    public bool Run(Shift shift)
    {
        Leave();
        if (_queue.IsEmpty)
            return true;
        Watch();
        for (var ran = 1; ran <= MostInARow && _queue.TryDequeue(out var work); ran++)
        {
            shift.Begin(work);
            guard.Run(Receiver.ThreadName, static work => work.Execute(), work);
            if (!shift.TryEnd())
                return false;
            shift.Forget();
            if (ran % MostBeforeTheyLeave == 0)
                Leave();
        }

        Leave();
        EndWatch();
        return true;
    }

    /// <summary>The thread wants to wait for its sockets; false when there is work.</summary>
    public bool TryFallAsleep()
    {
        Interlocked.Exchange(ref _isAsleep, 1);
        if (_queue.IsEmpty)
            return true;
        WakeUp();
        return false;
    }

    public void WakeUp() => Volatile.Write(ref _isAsleep, 0);

    /// <summary>There is no such thread any more: what waits, and all that comes, is the thread pool's. By the thread, or where there was none.</summary>
    public void Close()
    {
        _isClosed = true;
        Interlocked.MemoryBarrier();
        Leave();
        HandOver();
        if (_isWatched)
            alarm.End();
        else
            alarm.Dispose();
    }

    private void Watch()
    {
        lock (_gate)
        {
            _isRunning = true;
            if (!_isSet)
                alarm.Set();
            _isSet = true;
        }

        if (!_isWatched)
            StartWatch();
    }

    private void EndWatch()
    {
        var (before, now) = (_ranAt, time.GetTimestamp());
        _ranAt = now;
        lock (_gate)
        {
            _isRunning = false;
            if (!_isSet || (before != 0 && time.GetElapsedTime(before, now) < Near))
                return;
            alarm.Clear();
            _isSet = false;
        }
    }

    /// <summary>By the watching thread, when the alarm has gone off: nobody who began to run meanwhile is left without one.</summary>
    private bool TryWatchOn()
    {
        lock (_gate)
        {
            _isSet = _isRunning;
            if (_isSet)
                alarm.Set();
            return _isSet;
        }
    }

    private void StartWatch() => _isWatched = guard.Run(WatchName, static me => me.StartWatchThread(), this);

    private void StartWatchThread() => guard.StartThread(WatchName, KeepWatch);

    private void KeepWatch()
    {
        var seen = 0L;
        while (alarm.Wait())
        {
            if (!TryWatchOn() || _shift is not { } shift)
                continue;
            var mark = shift.Mark;
            var isLong = mark == seen && Shift.IsAtWork(mark);
            if (isLong && IsAnythingWaiting() && shift.TryTakeOver(mark))
            {
                TakeOver(shift);
                return;
            }

            seen = mark;
        }

        alarm.Dispose();
    }

    private bool IsAnythingWaiting()
    {
        if (!_queue.IsEmpty)
            return true;
        lock (_gate)
        {
            // What the item itself has written too.
            if (_putOff.Count > 0)
                return true;
        }

        return thread.IsAnyReady();
    }

    private void TakeOver(Shift earlier)
    {
        Interlocked.Increment(ref _takeOvers);
        Thread.CurrentThread.Name = name;
        lock (_gate)
        {
            _isRunning = false;
            if (_isSet)
                alarm.Clear();
            _isSet = false;
        }

        var shift = Begin();
        StartWatch();
        guard.Run(Receiver.ThreadName, static it => it.me.Tell(it.earlier), (me: this, earlier));
        thread.GoOn(shift);
    }

    private void Tell(Shift earlier)
    {
        earlier.EndsWith(guard.CreateTimer(
            time, WatchName, static it => it.me.TellWhetherItBlocks(it.earlier), (me: this, earlier), Blocks, Timeout.InfiniteTimeSpan));
        TookOver?.Invoke();
        // Somebody may listen who takes his time, and nobody receives yet.
        if (earlier.Work is IHeldUp held)
            guard.Queue(WatchName, static held => held.TakenOver(), held);
    }

    private void TellWhetherItBlocks(Shift earlier)
    {
        if (earlier.Work is IHeldUp held)
            held.Blocks(earlier.What);
        else if (earlier.Work is { } work)
            Blocked?.Invoke(work);
    }

    /// <summary>By the thread, between two items.</summary>
    private void Leave()
    {
        lock (_gate)
        {
            if (_putOff.Count == 0)
                return;
            (_putOff, _leaving) = (_leaving, _putOff);
        }

        foreach (var it in _leaving)
            guard.Run(Receiver.ThreadName, static it => it.Leave(), it);
        _leaving.Clear();
    }

    private void HandOver()
    {
        while (_queue.TryDequeue(out var work))
            guard.Queue(Receiver.ThreadName, static work => work.Execute(), work);
    }
}
