using System.Globalization;
using Attacks.Victims;

namespace Attacks.Table;

/// <summary>Runs each attack once against a fresh server and prints a table.</summary>
internal static class TableProgram
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public static async Task<int> RunAsync(string[] names)
    {
        Console.WriteLine("| attack | bytes in | CPU | peak memory | kept | log | an honest client |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var failed = 0;
        foreach (var attack in AttackList.All.Where(attack => names.Length == 0 || names.Any(name => attack.Name.StartsWith(name, StringComparison.Ordinal))))
        {
            try
            {
                Console.WriteLine(await RunAsync(attack));
            }
            catch (Exception e)
            {
                failed++;
                Console.WriteLine($"| {attack.What} | could not be tried: {e.Message} |");
                Console.Error.WriteLine(e);
            }
        }

        return failed;
    }

    private static async Task<string> RunAsync(Attack attack)
    {
        await using var cluster = await VictimCluster.StartAsync(attack.Workers, attack.HasEdge, attack.Options);
        using var run = new AttackRun(cluster);
        await using var witness = attack.HasWitness ? await Witness.StartAsync(cluster.Workers[0].Url) : null;
        await attack.Prepare(run);
        await IdleAsync(cluster);
        var before = await Task.WhenAll(cluster.All.Select(victim => victim.StatsAsync(collect: true)));
        var (cpu, rss) = Sum(cluster);
        var log = cluster.All.Sum(victim => victim.LogBytes);
        witness?.Begin();
        using var peak = new Peak(cluster);

        var sent = await attack.Run(run);

        await IdleAsync(cluster);
        var worst = witness is null ? "" : await witness.EndAsync();
        var cost = Sum(cluster).Cpu - cpu;
        if (cluster.All.FirstOrDefault(victim => victim.ExitCode is not null) is { } dead)
            return $"| {attack.What} | {Bytes(sent)} | the process ended with {dead.ExitCode} |";
        var logged = cluster.All.Sum(victim => victim.LogBytes) - log;
        var peakRss = peak.Most - rss;
        var after = await Task.WhenAll(cluster.All.Select(victim => victim.StatsAsync(collect: true)));
        var kept = after.Sum(stats => stats.Managed) - before.Sum(stats => stats.Managed);
        return $"| {attack.What} | {Bytes(sent)} | {cost:0} ms | +{Bytes(Math.Max(0, peakRss))} | {Bytes(Math.Max(0, kept))} | {Bytes(logged)} "
            + $"| {string.Join("; ", new[] { worst, run.Noticed }.Where(text => text.Length > 0))} |";
    }

    private static (double Cpu, long Rss) Sum(VictimCluster cluster) =>
        cluster.All.Select(victim => victim.Look()).Aggregate((Cpu: 0.0, Rss: 0L), static (sum, one) => (sum.Cpu + one.Cpu, sum.Rss + one.Rss));

    /// <summary>Waits until the servers have nothing more to do, a minute at most.</summary>
    private static async Task IdleAsync(VictimCluster cluster)
    {
        var last = -1.0;
        for (int quiet = 0, looks = 0; quiet < 5 && looks < 300; looks++)
        {
            await Task.Delay(Look * 4);
            var now = Sum(cluster).Cpu;
            quiet = now - last < 25 ? quiet + 1 : 0;
            last = now;
        }
    }

    private static string Bytes(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000} MB"),
    };

    /// <summary>The most memory that was seen.</summary>
    private sealed class Peak : IDisposable
    {
        private readonly Timer _timer;

        public Peak(VictimCluster cluster)
        {
            Most = Sum(cluster).Rss;
            _timer = new(_ => Most = Math.Max(Most, Sum(cluster).Rss), null, Look, Look);
        }

        public long Most { get; private set; }

        public void Dispose() => _timer.Dispose();
    }
}
