namespace Akka.ClusterAdapter.Clustering.Timers;

/// <summary>
/// What is to be done, by its time. Times are rounded up to steps, so that what is due at nearly the same time is done at one. Not thread-safe.
/// </summary>
/// <param name="step">The length of a step.</param>
internal sealed class TimerTable(TimeSpan step)
{
    /// <summary>Fewer are not worth a look for cancelled ones.</summary>
    public const int Few = 1024;

    // Of the same step the first one that came goes first.
    private readonly PriorityQueue<TimerTask, (long Step, long Number)> _tasks = new();
    private long _lastNumber;
    private int _most = Few;

    /// <summary>How many there are, cancelled ones included whose time has not come.</summary>
    public int Count => _tasks.Count;

    /// <summary>A time so much later; the last of all times instead of one beyond it.</summary>
    public static TimeSpan Later(TimeSpan time, TimeSpan after) => after < TimeSpan.MaxValue - time ? time + after : TimeSpan.MaxValue;

    public void Add(TimerTask task)
    {
        if (_tasks.Count >= _most)
            DropCancelled();
        _tasks.Enqueue(task, (StepOf(task.Due), ++_lastNumber));
    }

    /// <summary>Moves those whose time has come into a list, in their order.</summary>
    public void TakeDue(TimeSpan now, List<TimerTask> due)
    {
        while (_tasks.TryPeek(out var task, out var place) && (task.IsCancelled || place.Step <= now.Ticks / step.Ticks))
        {
            // In this order: what finds no memory stays where it is.
            if (!task.IsCancelled)
                due.Add(task);
            _tasks.Dequeue();
        }
    }

    /// <summary>When the first one's step begins; null when there is none.</summary>
    public TimeSpan? Next() =>
        _tasks.TryPeek(out _, out var place) ? TimeSpan.FromTicks(Math.Min(place.Step, TimeSpan.MaxValue.Ticks / step.Ticks) * step.Ticks) : null;

    /// <summary>Takes out all that is not cancelled, in its order.</summary>
    public List<TimerTask> TakeAll()
    {
        List<TimerTask> all = [];
        while (_tasks.TryDequeue(out var task, out _))
        {
            if (!task.IsCancelled)
                all.Add(task);
        }

        return all;
    }

    // A step's end never lies before what is due in it. Written so that the last of all times does not come out as the first.
    private long StepOf(TimeSpan due) => (due.Ticks / step.Ticks) + (due.Ticks % step.Ticks > 0 ? 1 : 0);

    // Whoever sets a time-out and calls it off a thousand times a second would otherwise keep them all until their time comes.
    private void DropCancelled()
    {
        var live = _tasks.UnorderedItems.Where(item => !item.Element.IsCancelled).ToArray();
        _tasks.Clear();
        _tasks.EnqueueRange(live);
        _most = Math.Max(Few, 2 * live.Length);
    }
}
