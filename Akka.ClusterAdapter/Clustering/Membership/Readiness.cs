namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>Whether this worker may take clients. Set by the adapter actor, read and awaited by everybody; thread-safe.</summary>
internal sealed class Readiness(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<bool> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isReady;
    private volatile bool _isDegraded;
    private volatile string? _ended;
    private volatile IReadOnlyList<string> _missing = [];

    public bool IsReady => _isReady;

    /// <summary>Ready only because the time was over: some workers are still missing.</summary>
    public bool IsDegraded => _isDegraded;

    /// <summary>Whom messages may not reach while this worker is degraded.</summary>
    public IReadOnlyList<string> Missing
    {
        get => _missing;
        set => _missing = value;
    }

    /// <summary>Why this worker will never be ready (again); null while it may.</summary>
    public string? EndedBecause => _ended;

    public void Set(bool degraded)
    {
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _isDegraded = degraded;
            _isReady = true;
            _decided.TrySetResult(true);
        }
    }

    /// <summary>Not ready until it is set again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (!_isReady)
                return;
            _isReady = false;
            _isDegraded = false;
            _decided = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Never ready again. The first reason stays.</summary>
    public void End(string reason)
    {
        lock (_gate)
        {
            Clear();
            _ended ??= reason;
            _decided.TrySetResult(false);
        }
    }

    /// <summary>Waits until this worker is ready; false when it may not become so or the limit has passed.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken ct)
    {
        Task<bool> decided;
        lock (_gate)
            decided = _decided.Task;
        if (decided.IsCompleted)
            return await decided.ConfigureAwait(false);
        try
        {
            return await decided.WaitAsync(limit, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return IsReady;
        }
    }
}
