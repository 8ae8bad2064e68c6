namespace Akka.ClusterAdapter.Server;

/// <summary>What of the application's code may be running.</summary>
internal enum HandlerKind
{
    Connection,
    Event,
    Middleware,
    ServerSide,
    Disconnect,

    /// <summary>The library's own: a connection is being closed, and its disconnect handlers begin.</summary>
    Closing,
}

/// <summary>
/// Counts the application's code that runs now, by kind, so that a server that stops knows what it waits for: from the call until what it returned
/// has completed, so that code which blocks its thread counts too. Thread-safe; two interlocked additions a call.
/// </summary>
internal sealed class RunningHandlers
{
    private static readonly string[] Names = ["connection", "event", "middleware", "server-side event", "disconnect"];

    private readonly int[] _counts = new int[Names.Length + 1];
    private TaskCompletionSource? _none;

    /// <summary>How many run now, of all kinds.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (ref var each in _counts.AsSpan())
                count += Volatile.Read(ref each);
            return count;
        }
    }

    public void Begin(HandlerKind kind) => Interlocked.Increment(ref _counts[(int)kind]);

    public void End(HandlerKind kind)
    {
        if (Interlocked.Decrement(ref _counts[(int)kind]) == 0 && Volatile.Read(ref _none) is { } none && Count == 0)
            none.TrySetResult();
    }

    /// <summary>Completes when nothing runs, or when the token ends the wait.</summary>
    /// <returns>True when nothing runs.</returns>
    public async Task<bool> WaitAsync(CancellationToken ct)
    {
        while (Count > 0 && !ct.IsCancellationRequested)
        {
            var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _none, none);
            // The last one may have ended just before.
            if (Count > 0)
                await none.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Count == 0;
    }

    /// <summary>Such as "2 event, 1 disconnect".</summary>
    public override string ToString()
    {
        var counts = _counts;
        return string.Join(", ", Names.Select((name, kind) => (Name: name, Count: Volatile.Read(ref counts[kind])))
            .Where(each => each.Count > 0)
            .Select(each => $"{each.Count} {each.Name}"));
    }
}
