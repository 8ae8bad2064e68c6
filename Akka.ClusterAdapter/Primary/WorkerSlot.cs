using System.Globalization;

namespace Akka.ClusterAdapter.Primary;

/// <summary>One place in the pool: keeps a worker with this number running until it is told to stop.</summary>
internal sealed class WorkerSlot(int number, WorkerPool pool)
{
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(1);

    private readonly RestartBackoff _backoff = new(pool.Options);

    /// <summary>Runs worker after worker. Ends when told to stop, with no process left.</summary>
    /// <exception cref="PrimaryException">Starting the worker once more would be pointless.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        for (var start = 1; !stopping.IsCancellationRequested; start++)
        {
            using var worker = WorkerProcess.Start(pool.Command, pool.EnvironmentOf(number, start), pool.Output);
            var startedAt = pool.Time.GetTimestamp();
            _ = AnnounceAsync(worker);
            if (await EndedByItselfAsync(worker, stopping).ConfigureAwait(false))
                await BuryAsync(worker, pool.Time.GetElapsedTime(startedAt), stopping).ConfigureAwait(false);
        }
    }

    private async Task<bool> EndedByItselfAsync(WorkerProcess worker, CancellationToken stopping)
    {
        try
        {
            await worker.Exited.WaitAsync(stopping).ConfigureAwait(false);
            // A worker that ends while everything ends, by a signal of its own, is no death.
            return !stopping.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            await worker.StopAsync(pool.Options.StopTimeout, pool.Time).ConfigureAwait(false);
            // All leave at the same time; one that is gone before its leave got around would keep the others waiting for theirs.
            pool.Node.Down(worker.Environment.Role);
            await worker.DrainOutputAsync(OutputLimit, pool.Time).ConfigureAwait(false);
            return false;
        }
    }

    private async Task BuryAsync(WorkerProcess worker, TimeSpan lived, CancellationToken stopping)
    {
        // First of all: the other workers wait for the dead one's answers until they know.
        pool.Node.Down(worker.Environment.Role);
        await worker.DrainOutputAsync(OutputLimit, pool.Time).ConfigureAwait(false);
        var code = await worker.Exited.ConfigureAwait(false);
        if (code == WorkerEnvironment.BadConfiguration)
            throw new PrimaryException($"Worker {number} cannot run with this configuration; see its last lines above.");
        if (_backoff.Died(lived, worker.Ready.IsCompleted) is not { } pause)
            throw new PrimaryException(
                $"Worker {number} died {pool.Options.MaxEarlyDeaths} times in a row soon after its start, at last {Cause(code)}; giving up. Its last lines are above.");
        pool.Output.Complain(string.Create(CultureInfo.InvariantCulture,
            $"worker {number} (pid {worker.Id}) ended {Cause(code)} after {lived.TotalSeconds:0.0} s; starting it again in {pause.TotalSeconds:0.0} s"));
        await PauseAsync(pause, stopping).ConfigureAwait(false);
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause, pool.Time, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private async Task AnnounceAsync(WorkerProcess worker)
    {
        await worker.Ready.ConfigureAwait(false);
        pool.Announce(worker);
    }

    private static string Cause(int code) => code > 128 && !OperatingSystem.IsWindows() ? $"by signal {code - 128}" : $"with code {code}";
}
