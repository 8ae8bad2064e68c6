using System.Globalization;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>One place in the pool: keeps a worker with this number running until it is told to stop, and puts a new one in its place when asked.</summary>
internal sealed class WorkerSlot(int number, WorkerPool pool)
{
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(1);

    private readonly RestartBackoff _backoff = new(pool.Options);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerProcess? _worker;
    private WorkerProcess? _buried;
    private bool _hasEnded;
    private bool _isVacant = true;
    private int _starts;

    public int Number => number;

    /// <summary>The process that is there now; null while there is none.</summary>
    public WorkerProcess? Worker
    {
        get
        {
            lock (_gate)
                return _worker;
        }
    }

    /// <summary>Runs worker after worker. Ends when told to stop, with no process left.</summary>
    /// <exception cref="PrimaryException">Starting the worker once more would be pointless.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await KeepRunningAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Puts a new process in the place of the present one.</summary>
    /// <returns>Why not, when it was not possible; the present one has stayed then. Null otherwise.</returns>
    public async Task<string?> ReplaceAsync(CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested)
            return "was not started";
        try
        {
            return await (pool.IsPortShared ? ReplaceReadyAsync(stopping) : ReplaceGoneAsync(stopping)).ConfigureAwait(false);
        }
        catch (PrimaryException exception)
        {
            return $"was not started: {exception.Message}";
        }
    }

    private async Task KeepRunningAsync(CancellationToken stopping)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, pool.Time, stopping);
        while (!stopping.IsCancellationRequested)
        {
            var (worker, changed, isVacant) = Present();
            if (isVacant)
            {
                await RefillAsync(null, changed, stopping).ConfigureAwait(false);
                continue;
            }

            await Task.WhenAny(worker?.Exited ?? stopped, changed, stopped).ConfigureAwait(false);
            if (changed.IsFaulted)
                await changed.ConfigureAwait(false);
            // A worker that ends while everything ends, by a signal of its own, is no death.
            if (changed.IsCompleted || stopping.IsCancellationRequested || worker is null)
                continue;
            await BuryAsync(worker, changed, stopping).ConfigureAwait(false);
            await RefillAsync(worker, changed, stopping).ConfigureAwait(false);
        }
    }

    private async Task CloseAsync()
    {
        WorkerProcess? last;
        lock (_gate)
            (last, _worker, _hasEnded) = (_worker, null, true);
        if (last is not null && !ReferenceEquals(last, _buried))
            await EndAsync(last).ConfigureAwait(false);
    }

    private async Task<string?> ReplaceReadyAsync(CancellationToken stopping)
    {
        pool.Output.Say($"reload: worker {number}: a new process is started{(Worker is { } present ? $" beside pid {present.Id}" : "")}");
        var successor = Start();
        if (await WhyNotReadyAsync(successor, stopping).ConfigureAwait(false) is { } reason)
        {
            await EndAsync(successor).ConfigureAwait(false);
            return reason;
        }

        pool.Metrics?.Restarted(PrimaryMetrics.Reloaded);
        await LetGoAsync(Exchange(successor)).ConfigureAwait(false);
        return null;
    }

    /// <summary>Where two processes cannot have the same port, the old one goes first.</summary>
    private async Task<string?> ReplaceGoneAsync(CancellationToken stopping)
    {
        await LetGoAsync(Exchange(null)).ConfigureAwait(false);
        if (stopping.IsCancellationRequested)
            return "was not started";
        try
        {
            Refill(null);
        }
        catch (PrimaryException exception)
        {
            LeaveVacant(exception);
            throw;
        }

        if (Worker is not { } successor)
            return "was not started";
        pool.Metrics?.Restarted(PrimaryMetrics.Reloaded);
        return await WhyNotReadyAsync(successor, stopping).ConfigureAwait(false);
    }

    private async Task LetGoAsync(WorkerProcess? former)
    {
        if (former is null)
            return;
        pool.Output.Say($"reload: worker {number}: pid {former.Id} lets its clients go");
        await EndAsync(former).ConfigureAwait(false);
        pool.Output.Say($"reload: worker {number}: pid {former.Id} is gone");
    }

    private async Task<string?> WhyNotReadyAsync(WorkerProcess worker, CancellationToken stopping)
    {
        var limit = pool.Options.ReadyTimeout;
        try
        {
            await Task.WhenAny(worker.Ready, worker.Exited).WaitAsync(limit, pool.Time, stopping).ConfigureAwait(false);
            return worker.Ready.IsCompleted ? null : $"ended {Cause(await worker.Exited.ConfigureAwait(false))}";
        }
        catch (TimeoutException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"was not ready within {limit.TotalSeconds:0.#} s");
        }
        catch (OperationCanceledException)
        {
            return "was not waited for";
        }
    }

    private (WorkerProcess? Worker, Task Changed, bool IsVacant) Present()
    {
        lock (_gate)
            return (_worker, _changed.Task, _isVacant);
    }

    /// <summary>Puts a process in this place; gives the one that is not there any more, or may not be any more, of which the caller disposes.</summary>
    private WorkerProcess? Exchange(WorkerProcess? worker)
    {
        TaskCompletionSource changed;
        WorkerProcess? former;
        lock (_gate)
        {
            if (_hasEnded)
                return worker;
            (former, _worker, _isVacant) = (_worker, worker, false);
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
        return former;
    }

    /// <summary>The reload could not fill the place that it had emptied: that is left to who keeps it filled, unless it would be pointless.</summary>
    private void LeaveVacant(PrimaryException exception)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (!pool.HasServed)
            {
                _changed.TrySetException(exception);
                return;
            }

            _isVacant = _worker is null;
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    /// <summary>As <see cref="Refill"/>, again and again with pauses: a start that fails after the pool has served counts as an early death.</summary>
    /// <exception cref="PrimaryException">It has failed too often, or before any worker has served.</exception>
    private async Task RefillAsync(WorkerProcess? dead, Task changed, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Refill(dead);
                return;
            }
            catch (PrimaryException exception) when (pool.HasServed)
            {
                if (_backoff.Died(TimeSpan.Zero, wasReady: false) is not { } pause)
                    throw new PrimaryException(
                        $"Worker {number} died or was not started {pool.Options.MaxEarlyDeaths} times in a row; giving up. At last: {exception.Message}",
                        exception);
                pool.Output.Complain(string.Create(CultureInfo.InvariantCulture,
                    $"worker {number} was not started: {exception.Message}; trying again in {pause.TotalSeconds:0.0} s"));
                await Task.WhenAny(Task.Delay(pause, pool.Time, stopping), changed).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Starts a worker in the place of one that is no more, unless somebody else has.</summary>
    private void Refill(WorkerProcess? dead)
    {
        var isRefilled = false;
        lock (_gate)
        {
            if (ReferenceEquals(_worker, dead) && !_hasEnded)
            {
                _worker = Start();
                _isVacant = false;
                isRefilled = true;
            }
        }

        if (!isRefilled || dead is null)
            return;
        pool.Metrics?.Restarted(PrimaryMetrics.Died);
        dead.Dispose();
    }

    private WorkerProcess Start()
    {
        var environment = pool.EnvironmentOf(number, Interlocked.Increment(ref _starts));
        return WorkerProcess.Start(pool.Command, environment, pool.Output, pool.Time.GetTimestamp(), pool.Announce);
    }

    private async Task EndAsync(WorkerProcess worker)
    {
        if (!await worker.StopAsync(pool.Options.StopTimeout, pool.Time).ConfigureAwait(false))
            pool.Output.Complain(string.Create(
                CultureInfo.InvariantCulture,
                $"worker {number} (pid {worker.Id}) did not end within {pool.Options.StopTimeout.TotalSeconds:0.#} s and was killed"));
        // All leave at the same time; one that is gone before its leave got around would keep the others waiting for theirs.
        pool.Node.Down(worker.Environment.Role);
        await worker.DrainOutputAsync(OutputLimit, pool.Time).ConfigureAwait(false);
        worker.Dispose();
    }

    private async Task BuryAsync(WorkerProcess worker, Task changed, CancellationToken stopping)
    {
        _buried = worker;
        // First of all: the other workers wait for the dead one's answers until they know.
        pool.Node.Down(worker.Environment.Role);
        await worker.DrainOutputAsync(OutputLimit, pool.Time).ConfigureAwait(false);
        var code = await worker.Exited.ConfigureAwait(false);
        var lived = pool.Time.GetElapsedTime(worker.StartedAt);
        // Once a worker has served with this configuration, what says so means something else, such as a file that is replaced at this moment.
        var isMisconfigured = code == WorkerEnvironment.BadConfiguration;
        if (isMisconfigured && !pool.HasServed)
            throw new PrimaryException($"Worker {number} cannot run with this configuration; see its last lines above.");
        if (_backoff.Died(lived, worker.Ready.IsCompleted && !isMisconfigured) is not { } pause)
            throw new PrimaryException(
                $"Worker {number} died {pool.Options.MaxEarlyDeaths} times in a row soon after its start, at last {Cause(code)}; giving up. "
                + "Its last lines are above.");
        pool.Output.Complain(string.Create(CultureInfo.InvariantCulture,
            $"worker {number} (pid {worker.Id}) ended {Cause(code)} after {lived.TotalSeconds:0.0} s; starting it again in {pause.TotalSeconds:0.0} s"));
        await Task.WhenAny(Task.Delay(pause, pool.Time, stopping), changed).ConfigureAwait(false);
    }

    private static string Cause(int code) => code > 128 && !OperatingSystem.IsWindows() ? $"by signal {code - 128}" : $"with code {code}";
}
