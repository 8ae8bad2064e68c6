using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Chooses the worker of a new session among those that take any.</summary>
internal sealed class WorkerChoice(BalancingPolicy policy)
{
    private int _turn = -1;

    /// <summary>A worker; null when there is none.</summary>
    /// <param name="workers">All that are known.</param>
    /// <param name="tried">Workers that have not answered this request.</param>
    /// <param name="server">The server that they must have.</param>
    public WatchedWorker? Choose(IEnumerable<WatchedWorker> workers, IReadOnlySet<WatchedWorker> tried, string server = "")
    {
        var open = workers.Where(worker => worker.IsOpenFor(server) && !tried.Contains(worker)).ToArray();
        return open.Length == 0 ? null : open[policy switch
        {
            BalancingPolicy.RoundRobin => Turn(open.Length),
            BalancingPolicy.Random => Random.Shared.Next(open.Length),
            _ => LeastLoaded(open),
        }];
    }

    // Equals take turns, or every gateway would begin with the same worker.
    private int LeastLoaded(WatchedWorker[] open)
    {
        var start = Turn(open.Length);
        var best = start;
        for (var i = 1; i < open.Length; i++)
        {
            var next = (start + i) % open.Length;
            if (open[next].Load < open[best].Load)
                best = next;
        }

        return best;
    }

    private int Turn(int count) => (int)((uint)Interlocked.Increment(ref _turn) % (uint)count);
}
