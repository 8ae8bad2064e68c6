using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary><c>make fuzz</c>: every decoder for its share of the time, or for a number of inputs.</summary>
internal static class FuzzRun
{
    public static int Run(string[] args, Coverage? coverage)
    {
        var length = args.Length > 0 ? args[0] : "60";
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
        var only = args.Length > 2 ? args[2].Split(',') : [.. Targets.Names, StatefulRun.Name];
        Console.WriteLine($"Fuzzing from seed {seed}{(coverage is null ? "" : ", guided by coverage")}.");
        var finds = 0;
        foreach (var name in only)
            finds += name == StatefulRun.Name ? StatefulRun.Report(Ends(length, only.Length), seed) : One(name, Ends(length, only.Length), seed, coverage);
        return finds == 0 ? 0 : 1;
    }

    private static int One(string name, Func<Func<long, bool>> ends, int seed, Coverage? coverage)
    {
        var report = new Fuzzer(Targets.Of(name), seed, coverage).Run(ends());
        Console.WriteLine(report);
        foreach (var find in report.Finds)
            Console.WriteLine(find);
        return report.Finds.Count;
    }

    // 60 is seconds for all together, 10000000x inputs for each.
    private static Func<Func<long, bool>> Ends(string length, int shares)
    {
        if (length.EndsWith('x'))
        {
            var inputs = long.Parse(length.AsSpan(0, length.Length - 1), CultureInfo.InvariantCulture);
            return () => count => count < inputs;
        }

        var time = TimeSpan.FromSeconds(double.Parse(length, CultureInfo.InvariantCulture) / shares);
        return () =>
        {
            var start = TimeProvider.System.GetTimestamp();
            return count => count % 64 != 0 || TimeProvider.System.GetElapsedTime(start) < time;
        };
    }
}
