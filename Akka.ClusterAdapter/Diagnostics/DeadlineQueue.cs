namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// The deadlines of many objects on one timer, which rests when there are none (docs/decisions/0045). Each callback is guarded; one that throws is called
/// again a little later.
/// They run on the timer's thread, one after the other: what may block goes to the thread pool from there.
/// </summary>
internal sealed class DeadlineQueue : IDisposable
{
    // Timers count in milliseconds, and at once would mean on this thread.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    // A timestamp that says never would come out as long ago.
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(10_000);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly TimeProvider _time;
    private readonly Guard _guard;
    private readonly Lock _gate = new();
    private readonly DeadlineHeap _heap = new();
    private readonly ITimer _timer;
    private long _wake;
    private bool _isDisposed;

    public DeadlineQueue(TimeProvider time, Guard guard)
    {
        (_time, _guard) = (time, guard);
        _timer = guard.CreateTimer(time, nameof(DeadlineQueue), static queue => queue.Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many entries there are, those of deadlines included that were called off and not ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _heap.Count;
        }
    }

    /// <summary>A deadline, not set yet.</summary>
    /// <param name="root">Name of the place, for the log and the counter of failures.</param>
    /// <param name="expired">What is to be done then; a static lambda costs no allocation.</param>
    /// <param name="state">Its argument.</param>
    public Deadline Create<TState>(string root, Action<TState> expired, TState state) => new Deadline<TState>(this, root, expired, state);

    /// <summary>The clock.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>The timestamp so long from now.</summary>
    public long After(TimeSpan span) =>
        Math.Max(1, _time.GetTimestamp() + (long)(Math.Min(span.TotalSeconds, Furthest.TotalSeconds) * _time.TimestampFrequency));

    /// <summary>For a deadline that has no entry, or one that is too late.</summary>
    public void Enter(Deadline deadline)
    {
        lock (_gate)
        {
            if (_isDisposed || deadline.IsEnded || deadline.Due is not (> 0 and var due))
                return;
            if (deadline.Index >= 0 && deadline.Entry <= due)
                return;
            if (deadline.Index >= 0)
                _heap.Remove(deadline);
            Add(deadline, due);
            Schedule(_time.GetTimestamp());
        }
    }

    /// <summary>For a deadline that will not be set any more.</summary>
    public void Leave(Deadline deadline)
    {
        lock (_gate)
        {
            deadline.MarkEnded();
            if (deadline.Index >= 0)
                _heap.Remove(deadline);
        }
    }

    /// <summary>Nothing expires any more.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
    }

    private void Wake()
    {
        foreach (var (deadline, due) in TakeDue())
        {
            if (!deadline.Expire(_guard, due))
                _guard.Run(nameof(DeadlineQueue), static deadline => deadline.Begin(Retry), deadline);
        }
    }

    // The timer is set again before the callbacks run: one that blocks delays those of its own moment only.
    private List<(Deadline Deadline, long Due)> TakeDue()
    {
        List<(Deadline, long)> taken = [];
        lock (_gate)
        {
            try
            {
                var now = _time.GetTimestamp();
                while (_heap.First is { } first && first.Entry <= now)
                    Take(first, now, taken);
                _wake = 0;
                Schedule(now);
            }
            catch
            {
                foreach (var (deadline, _) in taken)
                    PutBack(deadline);
                _wake = 0; // the next one that is set tries again, should the timer refuse this too
                _timer.Change(Retry, Timeout.InfiniteTimeSpan);
                throw;
            }
        }

        return taken;
    }

    // Its entry goes before its moment is read: who puts it off meanwhile sees that there is none, or is seen here.
    private void Take(Deadline deadline, long now, List<(Deadline, long)> taken)
    {
        taken.EnsureCapacity(taken.Count + 1); // when it fails, the deadline still has its entry
        _heap.Remove(deadline);
        deadline.Entry = 0;
        var due = deadline.Due;
        if (due > now)
            Add(deadline, due);
        else if (due != 0)
            taken.Add((deadline, due));
    }

    private void PutBack(Deadline deadline)
    {
        if (deadline.Index < 0 && !deadline.IsEnded && deadline.Due is > 0 and var due)
            Add(deadline, due);
    }

    private void Add(Deadline deadline, long due)
    {
        deadline.Entry = due;
        _heap.Add(deadline);
    }

    private void Schedule(long now)
    {
        if (_isDisposed || _heap.First is not { } first || (_wake != 0 && _wake <= first.Entry))
            return;
        var rest = TimeSpan.FromMilliseconds(Math.Ceiling(_time.GetElapsedTime(now, first.Entry).TotalMilliseconds));
        _timer.Change(rest < Shortest ? Shortest : rest > Longest ? Longest : rest, Timeout.InfiniteTimeSpan);
        _wake = first.Entry;
    }
}
