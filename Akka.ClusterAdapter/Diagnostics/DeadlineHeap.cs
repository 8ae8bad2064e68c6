namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// Deadlines by the time of their entry, the first one in front: a binary heap whose members know their place, so that each can be taken out. Not
/// thread-safe.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly List<Deadline> _items = [];

    public Deadline? First => _items.Count > 0 ? _items[0] : null;

    public int Count => _items.Count;

    public void Add(Deadline deadline)
    {
        _items.Add(deadline);
        Rise(deadline, _items.Count - 1);
    }

    public void Remove(Deadline deadline)
    {
        var at = deadline.Index;
        deadline.Index = -1;
        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        if (ReferenceEquals(last, deadline))
            return;
        Rise(last, at);
        Sink(last, last.Index);
    }

    private void Rise(Deadline deadline, int at)
    {
        for (; at > 0 && deadline.Entry < _items[(at - 1) / 2].Entry; at = (at - 1) / 2)
            Put(_items[(at - 1) / 2], at);
        Put(deadline, at);
    }

    private void Sink(Deadline deadline, int at)
    {
        while ((2 * at) + 1 is var child && child < _items.Count)
        {
            if (child + 1 < _items.Count && _items[child + 1].Entry < _items[child].Entry)
                child++;
            if (_items[child].Entry >= deadline.Entry)
                break;
            Put(_items[child], at);
            at = child;
        }

        Put(deadline, at);
    }

    private void Put(Deadline deadline, int at)
    {
        _items[at] = deadline;
        deadline.Index = at;
    }
}
