using System.Collections.Concurrent;
using Akka.ClusterAdapter.Faults.Soak.Clients;
using Akka.ClusterAdapter.Faults.Soak.Histories;
using Akka.ClusterAdapter.Faults.Soak.Planning;
using Akka.ClusterAdapter.Faults.Soak.Processes;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>Does what the schedule says, and notes what docs/delivery.md leaves open then.</summary>
internal sealed class Injector(SoakCluster cluster, SoakHistory history, Crowd crowd, Random random)
{
    /// <summary>What a process sent, or was sent, so shortly before it was killed or cut off may be lost.</summary>
    private const long JustBefore = 2_000;

    /// <summary>After a link works again, what was sent meanwhile may still be given up.</summary>
    private const long JustAfter = 4_000;

    /// <summary>As long as that a worker may stand still, or a link, and nothing is lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Replacing = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<(NodeProcess Process, Excuse Excuse)> _open = new();

    /// <summary>All is well again: who came through owes everything from now on.</summary>
    public void Settled()
    {
        while (_open.TryDequeue(out var open))
        {
            if (open.Process.HasExited)
                continue;
            open.Excuse.Until = Environment.TickCount64 + JustAfter;
            open.Process.IsDoomed = false;
        }
    }

    public Task DoAsync(Step step) => Task.WhenAll(step.Faults.Select(DoAsync));

    private Task DoAsync(Fault fault) => fault.Kind switch
    {
        FaultKind.Kill => KillAsync(Worker(fault.Worker)),
        FaultKind.KillGateway => KillAsync(cluster.Gateway),
        FaultKind.KillEmitter => KillAsync(cluster.Emitter),
        FaultKind.Freeze => FreezeAsync(Worker(fault.Worker), fault.Duration),
        FaultKind.Restart => ReplaceAsync(Worker(fault.Worker)),
        FaultKind.Reload => ReplaceAllAsync(cluster.Workers.Where(static worker => worker.IsWanted)),
        FaultKind.Rotate => ReplaceAllAsync(cluster.Running),
        FaultKind.ScaleUp => ScaleUpAsync(),
        FaultKind.ScaleDown => ScaleDownAsync(fault.Worker),
        FaultKind.Cut => CutAsync([(Worker(fault.Worker), OtherThan(fault.Worker, fault.Other))], fault.Duration),
        FaultKind.Isolate => CutAsync([.. Others(Worker(fault.Worker)).Select(other => (Worker(fault.Worker), other))], fault.Duration),
        FaultKind.Lossy => LossyAsync(Worker(fault.Worker), OtherThan(fault.Worker, fault.Other), fault.Duration),
        FaultKind.Slow => SlowAsync(Worker(fault.Worker), fault.Duration),
        FaultKind.ReloadFront => Signals.SendAsync("HUP", cluster.Front.Pid),
        FaultKind.FullLog => FullLogAsync(Worker(fault.Worker)),
        FaultKind.DropClients => EachAsync(fault.Amount, client => client.Drop(random.Next(2) == 0)),
        FaultKind.HalfClose => EachAsync(fault.Amount, static client => client.HalfClose()),
        FaultKind.StopReading => Task.WhenAll(crowd.Some(fault.Amount, random).Select(client => client.StopReadingAsync(fault.Duration))),
        FaultKind.StallRequests => Strangers.StallAsync(
            fault.Amount,
            [.. cluster.Workers.Where(static worker => worker.IsWanted).Append(cluster.Gateway).Select(static slot => slot.HttpPort)], fault.Duration),
        FaultKind.Knock => Strangers.KnockAsync(fault.Amount, [.. cluster.Running.Select(static slot => slot.Remoting.Target)], fault.Duration),
        _ => throw new InvalidOperationException($"Nothing does {fault.Kind}."),
    };

    private Slot[] RunningWorkers() => [.. cluster.Workers.Where(static worker => worker.IsWanted)];

    private Slot Worker(int number)
    {
        var running = RunningWorkers();
        return running[number % running.Length];
    }

    private Slot OtherThan(int worker, int number)
    {
        var others = RunningWorkers().Except([Worker(worker)]).ToArray();
        return others[number % others.Length];
    }

    private IEnumerable<Slot> Others(Slot worker) => cluster.Running.Except([worker]);

    private Task EachAsync(int percent, Action<SoakClient> action)
    {
        foreach (var client in crowd.Some(percent, random))
            action(client);
        return Task.CompletedTask;
    }

    private async Task KillAsync(Slot slot)
    {
        var process = Doomed(slot);
        var now = Environment.TickCount64;
        history.Excuse(new(process.Life, null, now - JustBefore));
        await process.SignalAsync("KILL");
        await process.Exited;
    }

    private async Task FreezeAsync(Slot slot, TimeSpan duration)
    {
        var process = slot.Process!;
        var start = Environment.TickCount64;
        if (duration > Patience)
        {
            process.IsDoomed = true;
            Excuse(process, start);
        }

        await process.SignalAsync("STOP");
        await Task.Delay(duration, TimeProvider.System);
        await process.SignalAsync("CONT");
        Disturbed(start);
    }

    /// <summary>Everything from it and to it may be lost.</summary>
    private void Excuse(NodeProcess process, long since)
    {
        foreach (var excuse in new Excuse[] { new(process.Life, null, since - JustBefore), new(null, process.Life, since - JustBefore) })
        {
            history.Excuse(excuse);
            _open.Enqueue((process, excuse));
        }
    }

    /// <summary>Nothing may be lost by it, but questions may take long.</summary>
    private void Disturbed(long since) => history.Excuse(new("nobody", "nobody", since) { Until = Environment.TickCount64 });

    private async Task ReplaceAsync(Slot slot)
    {
        var process = Doomed(slot);
        Disturbed(Environment.TickCount64);
        await process.SignalAsync("TERM");
        await process.Exited;
    }

    private async Task ReplaceAllAsync(IEnumerable<Slot> slots)
    {
        foreach (var slot in slots.ToArray())
        {
            await ReplaceAsync(slot);
            if (await cluster.WholeAsync(Replacing) is { } missing)
                history.Found($"a reload is stuck after {slot.Name}: {missing}");
        }
    }

    private Task ScaleUpAsync()
    {
        if (cluster.Workers.FirstOrDefault(static worker => worker is { IsWanted: false, Process: null or { HasExited: true } }) is { } slot)
            cluster.Start(slot);
        return Task.CompletedTask;
    }

    private async Task ScaleDownAsync(int number)
    {
        if (RunningWorkers() is { Length: > 2 })
            await SoakCluster.StopAsync(Worker(number));
    }

    private async Task CutAsync((Slot One, Slot Other)[] links, TimeSpan duration)
    {
        var start = Environment.TickCount64;
        var isLong = duration > Patience;
        var lives = links.Select(static link => (One: link.One.Process!, Other: link.Other.Process!)).ToArray();
        foreach (var (one, other) in lives.Where(_ => isLong))
        {
            // Both see the rest, or one side is the smaller one: it may be declared dead.
            (one.IsDoomed, other.IsDoomed) = (true, other.IsDoomed || links.Length == 1);
            Excuse(one, start);
            if (links.Length == 1)
                Excuse(other, start);
        }

        foreach (var (one, other) in links)
            cluster.Links.Between(one.Name, other.Name).Cut();
        await Task.Delay(duration, TimeProvider.System);
        foreach (var (one, other) in links)
            cluster.Links.Between(one.Name, other.Name).Mend();
        Disturbed(start);
    }

    private async Task LossyAsync(Slot one, Slot other, TimeSpan duration)
    {
        var (start, end) = (Environment.TickCount64, Environment.TickCount64 + (long)duration.TotalMilliseconds + JustAfter);
        foreach (var (from, to) in new[] { (one, other), (other, one) })
            history.Excuse(new(from.Process!.Life, to.Process!.Life, start - JustBefore) { Until = end });
        for (var left = duration; left > TimeSpan.Zero;)
        {
            cluster.Links.Between(one.Name, other.Name).Reset();
            var pause = TimeSpan.FromMilliseconds(Math.Min(left.TotalMilliseconds, 300 + random.Next(1_500)));
            await Task.Delay(pause, TimeProvider.System);
            left -= pause;
        }
    }

    private async Task SlowAsync(Slot worker, TimeSpan duration)
    {
        var links = Others(worker).Select(other => cluster.Links.Between(worker.Name, other.Name)).ToArray();
        foreach (var link in links)
            link.Delay = TimeSpan.FromMilliseconds(20 + random.Next(100));
        await Task.Delay(duration, TimeProvider.System);
        foreach (var link in links)
            link.Delay = TimeSpan.Zero;
    }

    private async Task FullLogAsync(Slot slot)
    {
        slot.HasFullLog = !slot.HasFullLog;
        await ReplaceAsync(slot);
    }

    private static NodeProcess Doomed(Slot slot)
    {
        slot.Process!.IsDoomed = true;
        return slot.Process;
    }
}
