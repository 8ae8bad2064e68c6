using Attacks.Victims;

namespace Attacks.Soak;

/// <summary>
/// Everything that once ended, ghosted or shut a worker, at once and for minutes, beside 200 clients that behave. They must notice nothing: no connection lost,
/// no message lost, no handshake refused; and afterwards sessions and memory are what they were.
/// </summary>
internal static class SoakProgram
{
    private const int Clients = 200;
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(120);

    public static async Task<int> RunAsync(double minutes)
    {
        await using var cluster = await VictimCluster.StartAsync(2, hasEdge: true, "--connect-timeout", "1000", "--throwing");
        await using var crowd = await Crowd.StartAsync(cluster, Clients);
        // The questions whether all of it is ready have left sessions that nobody joined.
        var before = await QuietAsync(cluster, static stats => stats.Sessions == stats.Sockets);
        Console.WriteLine($"begins: {Describe(before)}");

        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        var attackers = new Attackers(cluster, end.Token);
        var attacking = attackers.RunAsync();
        crowd.Come(cluster.Edge!.Url);
        while (!end.IsCancellationRequested && cluster.All.All(static victim => victim.ExitCode is null))
        {
            await Task.WhenAny(attacking, Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System));
            Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} attacks {attackers.Count}, {crowd.Describe()}");
        }

        await end.CancelAsync();
        await attacking;
        await crowd.EndComingAsync();
        var after = await QuietAsync(cluster, static stats => stats.Sessions == stats.Sockets);
        Console.WriteLine($"ends:   {Describe(after)}");
        Console.WriteLine($"attacks: {attackers.Describe()}; log {cluster.All.Sum(static victim => victim.LogBytes)} B");
        var faults = Faults(cluster, crowd, before, after).ToList();
        foreach (var fault in faults)
            Console.WriteLine($"FAULT: {fault}");
        Console.WriteLine(faults.Count == 0 ? $"holds: {minutes} minutes, {attackers.Count} attacks, {crowd.Describe()}" : "fails");
        return faults.Count == 0 ? 0 : 1;
    }

    private static IEnumerable<string> Faults(VictimCluster cluster, Crowd crowd, Stats[] before, Stats[] after)
    {
        foreach (var victim in cluster.All.Where(static victim => victim.ExitCode is not null))
            yield return $"a process ended with {victim.ExitCode}: {victim.LogText[^Math.Min(2_000, victim.LogText.Length)..]}";
        foreach (var fault in crowd.Faults())
            yield return fault;
        for (var i = 0; i < after.Length; i++)
        {
            if (after[i].Sessions != before[i].Sessions || after[i].Sockets != before[i].Sockets)
                yield return $"process {i} has {after[i].Sessions} sessions and {after[i].Sockets} sockets, and had {before[i].Sessions} "
                    + $"and {before[i].Sockets}";
            // Code that was compiled meanwhile and the pools of the framework stay.
            if (after[i].Managed > (before[i].Managed * 1.1) + 8_000_000)
                yield return $"process {i} keeps {after[i].Managed} B of managed memory, and kept {before[i].Managed}";
        }
    }

    /// <summary>Waits until what the attackers left is gone.</summary>
    private static async Task<Stats[]> QuietAsync(VictimCluster cluster, Func<Stats, bool> isQuiet)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (cluster.All.Any(static victim => victim.ExitCode is not null))
                return [];
            var now = await StatsAsync(cluster);
            if (now.All(isQuiet) || TimeProvider.System.GetElapsedTime(start) > Recovery)
                return now;
            await Task.Delay(1_000);
        }
    }

    private static Task<Stats[]> StatsAsync(VictimCluster cluster) => Task.WhenAll(cluster.All.Select(static victim => victim.StatsAsync(collect: true)));

    private static string Describe(Stats[] all) => string.Join(" | ", all.Select(static stats =>
        $"sessions {stats.Sessions} sockets {stats.Sockets} managed {stats.Managed / 1_000_000.0:0.0} MB rss {stats.Rss / 1_000_000} "
        + $"MB threads {stats.Threads} handles {stats.Handles}"));
}
