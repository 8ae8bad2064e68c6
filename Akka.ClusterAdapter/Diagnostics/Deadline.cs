namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// A moment at which something is to be done unless it is put off or called off before. Putting it off, calling it off and setting it again are cheap: they
/// leave its
/// entry in the queue alone, which looks again when its time has come. Safe to use from any thread, under any lock.
/// </summary>
internal abstract class Deadline(DeadlineQueue queue, string root)
{
    // Timestamps; 0 for none. The second is where the queue has its entry, and written under the queue's lock.
    private long _due;
    private long _entry;

    /// <summary>Name of the place, for the log and the counter.</summary>
    public string Root => root;

    /// <summary>Whether it is still to come.</summary>
    public bool IsSet => Volatile.Read(ref _due) != 0;

    /// <summary>Its place in the heap; the queue's own.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Under the queue's lock.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>When it is; 0 for never.</summary>
    public long Due => Volatile.Read(ref _due);

    /// <summary>Where the queue has its entry; 0 when it has none.</summary>
    public long Entry { get => Volatile.Read(ref _entry); set => Interlocked.Exchange(ref _entry, value); }

    /// <summary>Sets it, instead of what was set before.</summary>
    public void Set(TimeSpan after) => SetAt(queue.After(after));

    /// <summary>The same, to a timestamp of the queue's clock.</summary>
    public void SetAt(long due)
    {
        // Here the moment is written and then the entry read, in the queue the other way round, each with a fence between: one of the two sees what the other
        // wrote.
        Interlocked.Exchange(ref _due, due);
        EnterUnlessBy(due);
    }

    /// <summary>Sets it unless it is set.</summary>
    public void Begin(TimeSpan after)
    {
        var due = queue.After(after);
        if (Interlocked.CompareExchange(ref _due, due, 0) == 0)
            EnterUnlessBy(due);
    }

    /// <summary>Calls it off; it may be set again.</summary>
    public void Clear() => Interlocked.Exchange(ref _due, 0);

    /// <summary>Calls it off for good, and leaves nothing of it behind.</summary>
    public void End()
    {
        Clear();
        queue.Leave(this);
    }

    /// <summary>For the queue, under its lock.</summary>
    public void MarkEnded() => IsEnded = true;

    /// <summary>
    /// Its time has come. False when that failed. Nothing happens when it was called off or put off meanwhile, or ended, even if it was set to the same moment
    /// again.
    /// </summary>
    public bool Expire(Guard guard, long due) => IsEnded || Interlocked.CompareExchange(ref _due, 0, due) != due || Run(guard);

    protected abstract bool Run(Guard guard);

    private void EnterUnlessBy(long due)
    {
        var entry = Entry;
        if (entry == 0 || entry > due)
            queue.Enter(this);
    }
}

/// <summary>A deadline and what is to be done then.</summary>
internal sealed class Deadline<TState>(DeadlineQueue queue, string root, Action<TState> expired, TState state) : Deadline(queue, root)
{
    protected override bool Run(Guard guard) => guard.Run(Root, expired, state);
}
