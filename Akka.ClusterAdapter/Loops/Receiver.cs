using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Loops;

/// <summary>What all ways of waiting have in common: the thread, who is waited for, and what happens to one that throws.</summary>
internal abstract class Receiver(Guard guard, string name = Receiver.ThreadName) : IReceiver
{
    public const string ThreadName = "cluster-links";

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;
    private volatile bool _isOver;
    private int _isStarted;
    private long _lastId;

    public byte[] Buffer { get; } = new byte[128 * 1024];

    protected ConcurrentDictionary<long, IWaiting> All { get; } = new();

    public bool IsStopping => _isStopping;

    public virtual LoopWork? Work => null;

    public void Start()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
            guard.StartThread(name, () => Run(Work?.Begin()));
    }

    public void Add(IWaiting waiting, Readiness wanted)
    {
        waiting.Id = Interlocked.Increment(ref _lastId);
        All[waiting.Id] = waiting;
        Begin(waiting, wanted);
        // The thread may have ended meanwhile.
        if (_isOver && All.TryRemove(waiting.Id, out _))
            guard.Run(ThreadName, static waiting => waiting.OnLost(), waiting);
    }

    public abstract void Change(IWaiting waiting, Readiness wanted);

    public void Remove(IWaiting waiting)
    {
        if (All.TryRemove(waiting.Id, out _))
            End(waiting);
    }

    public Task StopAsync()
    {
        _isStopping = true;
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
            Finish();
        else
            Wake();
        return _ended.Task;
    }

    protected abstract void Begin(IWaiting waiting, Readiness wanted);

    protected abstract void End(IWaiting waiting);

    /// <summary>Waits once, when there is no work, and tells those that are ready.</summary>
    protected abstract void Turn();

    /// <summary>Makes the thread look up from its wait.</summary>
    protected abstract void Wake();

    /// <summary>Lets go of what waiting needed; the thread has ended.</summary>
    protected abstract void Free();

    protected void Tell(IWaiting waiting, Readiness ready)
    {
        // It would be ready, and throw, for ever.
        if (!guard.Run(ThreadName, static it => it.waiting.OnReady(it.ready), (waiting, ready)))
            Lose(waiting);
    }

    /// <summary>Receives, and runs work, until it is stopped or another thread has taken this one's place.</summary>
    protected void Run(Shift? shift)
    {
        shift?.Enter();
        var isMine = true;
        try
        {
            while (!IsStopping && (isMine = shift is null || Work!.Run(shift)))
                Turn();
        }
        finally
        {
            if (isMine)
                Finish();
        }
    }

    private void Finish()
    {
        _isStopping = true;
        _isOver = true;
        foreach (var waiting in All.Values)
            Lose(waiting);
        Work?.Close();
        Free();
        _ended.TrySetResult();
    }

    private void Lose(IWaiting waiting)
    {
        // It may be another receiver's after that.
        var id = waiting.Id;
        guard.Run(ThreadName, static waiting => waiting.OnLost(), waiting);
        All.TryRemove(id, out _);
    }
}
