using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Clustering.Emitters;

/// <summary>
/// Keeps what an emitter is told to send until it has found the workers, and the order of the calls with it: a member that has just joined knows nobody,
/// and what it published would be lost without a word. Thread-safe.
/// </summary>
internal sealed class EmitterGate(ClusterState state)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private long _bytes;

    /// <summary>Time to join the cluster, and as much again to know the workers.</summary>
    private TimeSpan Limit => 2 * state.Settings.ReadyTimeout;

    /// <summary>Runs a call now, or after those before it as soon as the workers are known.</summary>
    /// <param name="call">Must have handed on what it sends when it returns.</param>
    /// <param name="size">Bytes that are kept while it waits.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <exception cref="ObjectDisposedException">The member has left the cluster.</exception>
    /// <exception cref="InvalidOperationException">The emitter does not fit the workers, or too much waits.</exception>
    /// <exception cref="TimeoutException">The workers were not found in time.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> call, int size, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        ThrowIfEnded();
        if (TakeTurn(size) is not { } turn)
            return call();
        // The time counts from the call, not from its turn.
        return WaitAsync(turn, state.Readiness.WaitAsync(Limit, ct).AsTask(), call, size);
    }

    /// <summary>A place behind the calls that wait; null when none does, and none needs to.</summary>
    private Turn? TakeTurn(int size)
    {
        lock (_gate)
        {
            if (_last.IsCompleted && (state.IsWorker || state.Readiness.IsReady))
                return null;
            if (_bytes + size > state.Settings.PeerQueue)
                throw new InvalidOperationException(
                    $"{_bytes} bytes wait for this emitter to find the workers (akka.cluster-adapter.peer-queue); this was not sent.");
            _bytes += size;
            var turn = new Turn(_last, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _last = Task.WhenAll(turn.Before, turn.Passed.Task);
            return turn;
        }
    }

    private async Task<T> WaitAsync<T>(Turn turn, Task<bool> ready, Func<Task<T>> call, int size)
    {
        Task<T> running;
        try
        {
            var isReady = await ready.ConfigureAwait(false);
            ThrowIfEnded();
            if (!isReady)
                throw new TimeoutException(
                    $"This emitter has not joined the cluster within {Limit} (twice akka.cluster-adapter.ready-timeout); nothing was sent.");
            await turn.Before.ConfigureAwait(false);
            running = call();
        }
        finally
        {
            lock (_gate)
                _bytes -= size;
            turn.Passed.TrySetResult();
        }

        return await running.ConfigureAwait(false);
    }

    private void ThrowIfEnded()
    {
        if (state.IsWorker || state.Readiness.EndedBecause is not { } reason)
            return;
        throw state.Ended.IsCompleted ? new ObjectDisposedException(nameof(SocketIOEmitter), reason) : new InvalidOperationException(reason);
    }

    private sealed record Turn(Task Before, TaskCompletionSource Passed);
}
