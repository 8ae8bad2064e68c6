using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>What went wrong in this process, for the one who asks.</summary>
internal sealed class NodeFaults
{
    private const int Most = 50;

    private readonly ConcurrentQueue<string> _all = new();

    public void Add(string what)
    {
        if (_all.Count < Most)
            _all.Enqueue(what);
    }

    public IEnumerable<string> All() => _all;
}
