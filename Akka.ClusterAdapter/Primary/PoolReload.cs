using System.Globalization;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Replaces all workers of a pool, one after the other, and tells what happens.</summary>
internal sealed class PoolReload(WorkerPool pool, IReadOnlyCollection<WorkerSlot> slots)
{
    private readonly long _start = pool.Time.GetTimestamp();
    private int _replaced;

    /// <summary>Ends with the last worker, or with the first that cannot be replaced.</summary>
    public async Task<ReloadResult> RunAsync(CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested)
            return Ended();
        pool.Output.Say($"reload: {slots.Count} worker(s), one after the other");
        foreach (var slot in slots)
        {
            var reason = await slot.ReplaceAsync(stopping).ConfigureAwait(false);
            if (stopping.IsCancellationRequested)
                return Ended();
            if (reason is not null)
                return Stop(slot, reason);
            _replaced++;
        }

        return Complete();
    }

    private ReloadResult Ended() => new(false, _replaced, "The reload ended, for everything ends.");

    private ReloadResult Stop(WorkerSlot slot, string reason)
    {
        var summary =
            $"reload stopped: the successor of worker {slot.Number} {reason}; {_replaced} of {slots.Count} workers were replaced, the others stay as they are";
        pool.Output.Complain(summary);
        return new(false, _replaced, summary);
    }

    private ReloadResult Complete()
    {
        var summary = string.Create(
            CultureInfo.InvariantCulture, $"reload: all {_replaced} workers were replaced, in {pool.Time.GetElapsedTime(_start).TotalSeconds:0.0} s");
        pool.Output.Say(summary);
        return new(true, _replaced, summary);
    }
}
