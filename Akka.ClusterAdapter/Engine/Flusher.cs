using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Engine;

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
    public Flusher(Action<IThreadPoolWorkItem>? schedule = null)
    {
        schedule ??= static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        _loops = new FlushLoop[Math.Clamp(Environment.ProcessorCount, 1, MaxLoops)];
        for (var i = 0; i < _loops.Length; i++)
            _loops[i] = new(schedule);
    }

    /// <summary>The loop of a new session, for its whole life.</summary>
    public FlushLoop Assign() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];
}

/// <summary>
/// A queue of sessions with something to write, drained by at most one work item at a time. While broadcasts to many sessions follow each other closely, each
/// turn waits a moment for the next broadcast: two messages in one write cost little more than one.
/// </summary>
internal sealed class FlushLoop : IThreadPoolWorkItem
{
    // After so many sessions the loop goes to the end of the pool's queue: reading must not starve behind a large broadcast.
    private const int SessionsPerTurn = 512;

    // A turn that wrote to so many sessions was a broadcast's.
    private const int Crowd = 24;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Action<IThreadPoolWorkItem> _schedule;
    private readonly ITimer _timer;
    private readonly ConcurrentQueue<EngineSocket> _dirty = new();
    private int _scheduled;
    private long _crowdAt = -1;

    public FlushLoop(Action<IThreadPoolWorkItem> schedule)
    {
        _schedule = schedule;
        _timer = TimeProvider.System.CreateTimer(static loop => ((FlushLoop)loop!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Enqueue(EngineSocket session)
    {
        _dirty.Enqueue(session);
        Schedule();
    }

    public void Execute()
    {
        var count = 0;
        for (; count < SessionsPerTurn && _dirty.TryDequeue(out var session); count++)
            session.Flush();

        // A turn that was cut short goes on at once.
        Volatile.Write(ref _crowdAt, count is >= Crowd and < SessionsPerTurn ? Environment.TickCount64 : -1);
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_dirty.IsEmpty)
            Schedule();
    }

    private void Schedule()
    {
        if (Volatile.Read(ref _scheduled) == 1 || Interlocked.Exchange(ref _scheduled, 1) == 1)
            return;
        if (Volatile.Read(ref _crowdAt) is >= 0 and var then && Environment.TickCount64 - then <= Close.TotalMilliseconds)
            _timer.Change(Moment, Timeout.InfiniteTimeSpan);
        else
            Run();
    }

    private void Run() => _schedule(this);
}
