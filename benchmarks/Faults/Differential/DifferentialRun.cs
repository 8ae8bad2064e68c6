using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary><c>make differential</c>: random sequences until the time is over, or until one differs.</summary>
internal static class DifferentialRun
{
    public static async Task<int> MainAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
        await using var original = await OriginalServer.StartAsync(Root());
        await using var ours = await OurServer.StartAsync();
        using var comparison = new Comparison(original, ours);
        if (args.Length > 2)
            return await ListedAsync(comparison, args[2]);
        Console.WriteLine($"Differential: {seconds} s from seed {seed}.");
        var start = TimeProvider.System.GetTimestamp();
        var count = 0;
        while (TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
        {
            if (await FoundAsync(comparison, seed + count) is { } found)
            {
                Console.WriteLine(found);
                return 1;
            }

            count++;
        }

        foreach (var error in ours.Errors)
            Console.WriteLine($"Logged as an error: {error}");
        Console.WriteLine($"{count} sequences, the same at both servers; {ours.Errors.Count} errors logged.");
        return ours.Errors.Count == 0 ? 0 : 1;
    }

    /// <summary>Null when both servers did the same with the sequence of a seed; otherwise the shortest one that still differs, and how.</summary>
    public static async Task<string?> FindAsync(Comparison comparison, int seed)
    {
        var scenario = new Generator(seed).Next();
        if (await comparison.DifferenceAsync(scenario) is not { } difference)
            return null;
        var (shortest, still) = await comparison.ShrinkAsync(scenario, difference);
        return $"Not in docs/decisions/0021: seed {seed} (make differential SEED={seed}), at its shortest\n{shortest}\n  {still}";
    }

    private static async Task<string?> FoundAsync(Comparison comparison, int seed)
    {
        try
        {
            return await FindAsync(comparison, seed);
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TimeoutException)
        {
            return $"Seed {seed}: {e.Message} {new Generator(seed).Next()}";
        }
    }

    private static async Task<int> ListedAsync(Comparison comparison, string only)
    {
        foreach (var (name, scenarios) in ListedDifferences.Scenarios)
        {
            foreach (var scenario in scenarios.Where(_ => name.Contains(only, StringComparison.Ordinal)))
                Console.WriteLine($"== {name} {scenario}\n  {await comparison.ListedAsync(scenario) ?? (object)"GONE"}");
        }

        return 0;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Akka.ClusterAdapter.slnx")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("Akka.ClusterAdapter.slnx is not above this program.");
    }
}
