using Akka.ClusterAdapter.Primary;

namespace Akka.ClusterAdapter.Server;

/// <summary>The worker processes of this primary, for whoever wants them replaced; a singleton of the primary's services.</summary>
public sealed class SocketIOWorkers
{
    private volatile WorkerPool? _pool;

    internal SocketIOWorkers()
    {
    }

    /// <summary>Workers that serve clients now; at most <see cref="PrimaryOptions.Workers"/>, and one more while a reload replaces one.</summary>
    public int ReadyCount => _pool?.ReadyCount ?? 0;

    /// <summary>
    /// Replaces the workers one after the other, each by a new process of the program as it is now: it is started and confirmed by the other workers before the
    /// old one lets its clients go and ends, so that there are never fewer than before. (Where the system cannot share a port between processes, the old one
    /// ends first.) When a new worker ends, or is not ready within <see cref="PrimaryOptions.ReadyTimeout"/>, the reload stops there and the old ones stay. A
    /// call during a reload waits for one more after it; all such calls are one.
    /// </summary>
    /// <param name="ct">Ends the wait, not the reload.</param>
    /// <exception cref="InvalidOperationException">The primary has not started its workers yet, or is stopping.</exception>
    public Task<ReloadResult> ReloadAsync(CancellationToken ct = default) =>
        (_pool ?? throw new InvalidOperationException("The primary has not started its workers yet, or is stopping.")).Reloads.RequestAsync().WaitAsync(ct);

    internal void Serve(WorkerPool? pool) => _pool = pool;
}
