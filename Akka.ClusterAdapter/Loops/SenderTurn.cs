using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>
/// While the loop's thread sleeps, who tells one of its actors something does what that causes himself, instead of waking the thread. Only for what is
/// lonely: what follows soon wakes the thread, which sends it together. One sender at a time. The actors are as exclusive as ever, since each runs from a
/// mailbox (docs/decisions/0111). Thread-safe.
/// </summary>
/// <param name="guard">The gate of what is done.</param>
/// <param name="work">The thread's.</param>
internal sealed class SenderTurn(Guard guard, LoopWork work)
{
    /// <summary>What follows within this time is not lonely: about what it takes to wake a thread, twice.</summary>
    public static readonly TimeSpan Lonely = TimeSpan.FromMicroseconds(100);

    /// <summary>So many items are done here; what they cause is the thread's.</summary>
    public const int MostItems = 8;

    private const string Root = "sender's turn";

    [ThreadStatic]
    private static SenderTurn? t_here;

    // Of who has the turn.
    private readonly Queue<IThreadPoolWorkItem> _items = new();
    private int _isTaken;
    private long _endedAt;

    /// <summary>Begins this thread's turn. False when the thread is awake, the message not lonely, or somebody else has the turn.</summary>
    public bool TryBegin()
    {
        if (t_here is not null || !work.IsAsleep || Stopwatch.GetElapsedTime(Volatile.Read(ref _endedAt)) < Lonely)
            return false;
        if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
            return false;
        t_here = this;
        return true;
    }

    /// <summary>Takes an item that this thread causes in its turn; false when it has none.</summary>
    public bool TryTake(IThreadPoolWorkItem item)
    {
        if (t_here != this)
            return false;
        _items.Enqueue(item);
        return true;
    }

    /// <summary>Does what was taken, and ends the turn. Never throws.</summary>
    public void End()
    {
        try
        {
            // Spans and the like are the sender's, and nothing of them is the actors'.
            if (work.Context is { } context)
                ExecutionContext.Run(context, static me => ((SenderTurn)me!).Run(), this);
        }
        finally
        {
            t_here = null;
            while (_items.TryDequeue(out var left))
            {
                if (!work.TryAdd(left))
                    guard.Queue(Root, static left => left.Execute(), left);
            }

            Volatile.Write(ref _endedAt, Stopwatch.GetTimestamp());
            Volatile.Write(ref _isTaken, 0);
        }
    }

    private void Run()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        for (var ran = 0; ran < MostItems && _items.TryDequeue(out var item); ran++)
            guard.Run(Root, static item => item.Execute(), item);
    }
}
