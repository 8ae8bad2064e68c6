using Akka.ClusterAdapter.Faults.Soak.Nodes;
using Akka.ClusterAdapter.Faults.Soak.Processes;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>
/// Looks whether everything is back where it was when nobody is connected any more. The base was measured after the first round, which had load and no faults.
/// It is kept by role, because processes are replaced.
/// </summary>
internal sealed class Quiet(SoakCluster cluster, Action<string> say)
{
    private const double Tolerance = 1.05;

    // Code that is compiled later, buffers of the framework that are kept for a while.
    private const long MemorySlack = 2_000_000;
    private const long RecoverySlack = 200_000;
    private const int Slack = 4;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Instruments that are not 0 when nobody is there.</summary>
    private static readonly string[] NeverZero =
    [
        "socketio.cluster.ready", "socketio.cluster.workers[confirmed]", "socketio.gateway.workers[open]", "socketio.cluster.window.fill"
    ];

    private readonly Dictionary<string, NodeState> _base = new(StringComparer.Ordinal);

    /// <summary>Waits until all is quiet, and says what is not as it was. The first call makes the base.</summary>
    public async Task<string[]> CheckAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        var isBase = _base.Count == 0;
        while (true)
        {
            var late = TimeProvider.System.GetElapsedTime(start) > Limit;
            // A collection with each look would make a look a load.
            var states = await StatesAsync(collect: false);
            var left = states.SelectMany(static each => Left(each.Slot, each.State)).ToArray();
            if (left.Length > 0 && !late)
            {
                await Task.Delay(Pause, TimeProvider.System);
                continue;
            }

            states = await StatesAsync(collect: true);
            if (isBase)
                Remember(states);
            string[] all = [.. left, .. states.SelectMany(each => More(each.Slot, each.State))];
            if (all.Length > 0 && !late)
            {
                await Task.Delay(5 * Pause, TimeProvider.System);
                continue;
            }

            foreach (var (slot, state) in states)
                say($"  quiet {slot.Process!.Life}: {Describe(state)}");
            return all;
        }
    }

    private static string Describe(NodeState state) =>
        $"managed {state.Managed / 1e6:0.00} MB, resident {state.Resident / 1_000_000} MB, threads {state.Threads}, handles {state.Handles}, "
        + $"timers {state.Timers}";

    private async Task<(Slot Slot, NodeState State)[]> StatesAsync(bool collect)
    {
        var states = await Task.WhenAll(cluster.Running.Select(async slot => (Slot: slot, State: await slot.Process!.TryStateAsync(collect))));
        return [.. states.Where(static each => each.State is not null).Select(static each => (each.Slot, each.State!))];
    }

    private void Remember((Slot Slot, NodeState State)[] states)
    {
        foreach (var same in states.GroupBy(static each => each.Slot.Role))
        {
            _base[same.Key] = same.First().State with
            {
                Managed = same.Max(static each => each.State.Managed),
                Threads = same.Max(static each => each.State.Threads),
                Handles = same.Max(static each => each.State.Handles),
                Timers = same.Max(static each => each.State.Timers),
            };
        }
    }

    private static long Recovery(NodeState state) =>
        (long)state.Instruments.Where(static instrument => IsKept(instrument.Key)).Sum(static instrument => instrument.Value);

    /// <summary>What should be gone.</summary>
    private static IEnumerable<string> Left(Slot slot, NodeState state) => state.Instruments
        .Where(static instrument => instrument.Value != 0 && !NeverZero.Contains(instrument.Key) && !IsKept(instrument.Key))
        .Select(instrument => $"quiet: {slot.Process!.Life} has {instrument.Key} {instrument.Value:0}");

    // Tables keep what they have grown to.
    private static bool IsKept(string instrument) => instrument.StartsWith("socketio.server.recovery.bytes", StringComparison.Ordinal);

    private IEnumerable<string> More(Slot slot, NodeState state)
    {
        if (!_base.TryGetValue(slot.Role, out var before))
            yield break;
        foreach (var (what, was, now, slack) in new[]
        {
            ("bytes for recovery", Recovery(before), Recovery(state), RecoverySlack),
            ("managed memory", before.Managed, state.Managed, MemorySlack), ("threads", before.Threads, state.Threads, Slack),
            ("handles", before.Handles, state.Handles, Slack), ("timers", before.Timers, state.Timers, Slack),
        })
        {
            if (now > (was * Tolerance) + slack)
                yield return $"quiet: {slot.Process!.Life} has {what} {now}, the base is {was}";
        }
    }
}
