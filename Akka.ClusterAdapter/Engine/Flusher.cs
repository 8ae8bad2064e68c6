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

/// <summary>A queue of sessions with something to write, drained by at most one work item at a time.</summary>
internal sealed class FlushLoop(Action<IThreadPoolWorkItem> schedule) : IThreadPoolWorkItem
{
    // After so many sessions the loop goes to the end of the pool's queue: reading must not starve behind a large broadcast.
    private const int SessionsPerTurn = 512;
    private readonly ConcurrentQueue<EngineSocket> _dirty = new();
    private int _scheduled;

    public void Enqueue(EngineSocket session)
    {
        _dirty.Enqueue(session);
        Schedule();
    }

    public void Execute()
    {
        for (var i = 0; i < SessionsPerTurn && _dirty.TryDequeue(out var session); i++)
            session.Flush();

        Interlocked.Exchange(ref _scheduled, 0);
        if (!_dirty.IsEmpty)
            Schedule();
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            schedule(this);
    }
}
