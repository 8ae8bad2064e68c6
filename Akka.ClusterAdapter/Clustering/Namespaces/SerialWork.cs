using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>
/// Runs work one after the other in the order it was added: on the thread pool, behind what the thread that stands by is at when that says so, or on the loop
/// where that serves clients. It holds a thread only while there is some. Thread-safe.
/// </summary>
internal sealed class SerialWork(Guard guard) : IHeldUp
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = [];
    private bool _isRunning;

    /// <summary>Adds work; what it throws is the guard's, and keeps nothing from the next.</summary>
    public void Add(Action work)
    {
        lock (_gate)
        {
            _waiting.Enqueue(work);
            if (_isRunning)
                return;
            _isRunning = true;
        }

        Schedule();
    }

    /// <summary>On the loop, and on the thread that stands by, each is an item of its own: many short ones are no long one.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (TryTake() is { } work)
            guard.Run(nameof(SerialWork), static work => work(), work);
        lock (_gate)
        {
            _isRunning = _waiting.Count > 0;
            if (!_isRunning)
                return;
        }

        Schedule();
    }

    void IHeldUp.TakenOver()
    {
        // Counted with the others of the thread.
    }

    void IHeldUp.Blocks(string? what)
    {
        // Whoever waits for it tells (5001).
    }

    private void Schedule()
    {
        if (!LoopWork.TryAddHandlersHere(this) && !Standby.TryRunBehind(this))
            guard.Queue(nameof(SerialWork), static work => work.Run(), this);
    }

    private void Run()
    {
        while (TryTake() is { } work)
            guard.Run(nameof(SerialWork), static work => work(), work);
    }

    private Action? TryTake()
    {
        lock (_gate)
        {
            _isRunning = _waiting.TryDequeue(out var next);
            return next;
        }
    }
}
