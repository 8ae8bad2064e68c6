using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>
/// Writes what sessions have queued: a few loops shared by all sessions, so that a broadcast to a thousand of them costs no work item each, and a
/// burst is written to each in one go.
/// </summary>
internal sealed class Flusher
{
    private const int MaxLoops = 8;
    private readonly FlushLoop[] _loops;
    private uint _next;

    /// <param name="schedule">Runs a loop soon, on another thread; the thread pool unless a test takes its place.</param>
    /// <param name="time">Tells what is close; the system's unless a test takes its place.</param>
    public Flusher(Action<IThreadPoolWorkItem>? schedule = null, TimeProvider? time = null)
    {
        schedule ??= static item =>
        {
            if (!LoopWork.TryAddHere(item))
                ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        };
        _loops = new FlushLoop[Math.Clamp(Environment.ProcessorCount, 1, MaxLoops)];
        for (var i = 0; i < _loops.Length; i++)
            _loops[i] = new(this, schedule, time ?? TimeProvider.System);
    }

    /// <summary>Its server's.</summary>
    public Guard Guard { get; set; } = new(NullLogger.Instance);

    /// <summary>How many loops there are.</summary>
    public int Count => _loops.Length;

    /// <summary>The loop of a new session, for its whole life.</summary>
    public FlushLoop Assign() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];
}

/// <summary>
/// A queue of sessions with something to write, drained by at most one work item at a time. While broadcasts to many sessions follow each other closely, each
/// turn waits a moment for the next broadcast: two messages in one write cost little more than one. Where the next one never comes within that moment it does
/// not wait.
/// </summary>
internal sealed class FlushLoop : IThreadPoolWorkItem
{
    // After so many sessions the loop goes to the end of the pool's queue: reading must not starve behind a large broadcast.
    private const int SessionsPerTurn = 512;

    // A thread that reads sockets between its work writes to few sessions itself; more are the thread pool's: a broadcast must not hold up who reads.
    private const int MostOnLoop = 16;

    // A turn that wrote to so many sessions was a broadcast's.
    private const int Crowd = 24;

    // So many waits in a row that brought nothing together, and so many broadcasts then go without.
    private const int Vain = 2;
    private const int Without = 64;

    // A timer that is coarser than the moment (15 ms, say) makes waiting cost what it cannot save: twice as many go without each time that shows.
    private const int MostDoublings = 14;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Flusher _flusher;
    private readonly Action<IThreadPoolWorkItem> _schedule;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<Outbound> _dirty = new();
    private int _scheduled;
    private long _crowdAt = -1;
    private bool _hasWaited;
    private ITimer? _timer;
    private long _waitingSince;
    private bool _isLate;
    private int _lateInARow;
    private int _vain;
    private int _without;

    public FlushLoop(Flusher flusher, Action<IThreadPoolWorkItem> schedule, TimeProvider time) => (_flusher, _schedule, _time) = (flusher, schedule, time);

    public void Enqueue(Outbound session)
    {
        _dirty.Enqueue(session);
        Schedule();
    }

    public void Execute()
    {
        if (LoopWork.IsHere && (_dirty.Count > MostOnLoop || (_dirty.TryPeek(out var next) && !MayBeHere(next))))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        _flusher.Guard.Run(nameof(FlushLoop), static loop => loop.Turn(), this);
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_dirty.IsEmpty)
            Schedule();
    }

    /// <summary>Compressing, TLS and what an application has put into its connections are for the thread pool, unless the loop is its own as well.</summary>
    private static bool MayBeHere(Outbound session) => session.IsDirect || LoopWork.ServesClientsHere;

    private void Turn()
    {
        var hasWaited = _hasWaited;
        _hasWaited = false;
        var (count, messages) = (0, 0);
        var isHere = LoopWork.IsHere;
        for (var most = isHere ? MostOnLoop : SessionsPerTurn; count < most; count++)
        {
            // Only this turn takes from the queue.
            if ((isHere && _dirty.TryPeek(out var next) && !MayBeHere(next)) || !_dirty.TryDequeue(out var session))
                break;
            messages += session.RunFlush();
        }

        // A turn that was cut short goes on at once.
        var isCrowd = count is >= Crowd and < SessionsPerTurn;
        Volatile.Write(ref _crowdAt, isCrowd && IsWorthWaiting(hasWaited, count, messages) ? _time.GetTimestamp() : -1);
    }

    /// <summary>
    /// Waiting pays when most sessions get more than one message by it. Who waits for each broadcast before the next one gets nothing but the wait.
    /// </summary>
    private bool IsWorthWaiting(bool hasWaited, int sessions, int messages)
    {
        if (_without > 0)
        {
            _without--;
            return _without == 0;
        }

        if (!hasWaited)
            return true;
        if (_isLate)
        {
            _without = Without << _lateInARow;
            _lateInARow = Math.Min(_lateInARow + 1, MostDoublings);
            return false;
        }

        _lateInARow = 0;
        _vain = messages * 2 < sessions * 3 ? _vain + 1 : 0;
        if (_vain < Vain)
            return true;
        _vain = 0;
        _without = Without;
        return false;
    }

    private void Schedule()
    {
        if (Volatile.Read(ref _scheduled) == 1 || Interlocked.Exchange(ref _scheduled, 1) == 1)
            return;
        if (Volatile.Read(ref _crowdAt) is >= 0 and var then && _time.GetElapsedTime(then) <= Close)
        {
            _hasWaited = true;
            _waitingSince = _time.GetTimestamp();
            _timer ??= _flusher.Guard.CreateTimer(
                _time, nameof(FlushLoop), static loop => loop.EndMoment(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Moment, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Run();
        }
    }

    private void EndMoment()
    {
        _isLate = _time.GetElapsedTime(_waitingSince) > Close;
        Run();
    }

    // Where even that fails the next one to enqueue tries again.
    private void Run()
    {
        if (!_flusher.Guard.Run(nameof(FlushLoop), static loop => loop._schedule(loop), this))
            Interlocked.Exchange(ref _scheduled, 0);
    }
}
