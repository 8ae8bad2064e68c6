using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>In the thread pool's place: flush loops run when the test says so.</summary>
internal sealed class HeldFlushes
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _held = new();
    private bool _isHolding;

    public int Count => _held.Count;

    public void Schedule(IThreadPoolWorkItem item)
    {
        lock (_gate)
        {
            if (_isHolding)
                _held.Enqueue(item);
            else
                ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        }
    }

    public void Hold()
    {
        lock (_gate)
            _isHolding = true;
    }

    /// <summary>Lets one loop run that is held; what it schedules is held too.</summary>
    public void ReleaseOne()
    {
        Assert.True(_held.TryDequeue(out var item));
        item.Execute();
    }

    public void Release()
    {
        lock (_gate)
            _isHolding = false;
        while (_held.TryDequeue(out var item))
            item.Execute();
    }
}
