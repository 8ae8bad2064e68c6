using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>
/// Legal and illegal requests of several connections to several sessions at once, with time under control: each seed is one run of an engine without a web
/// server.
/// </summary>
internal static class StatefulRun
{
    public const string Name = "sessions";

    /// <summary>Runs until the time is over; says what it found, and how many finds that is.</summary>
    public static int Report(Func<Func<long, bool>> ends, int seed)
    {
        var (goesOn, count, steps) = (ends(), 0L, 0L);
        for (; goesOn(count * 64); count++)
        {
            var run = unchecked(seed + (int)count);
            try
            {
                steps += RunAsync(run).GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                Console.WriteLine($"{Name}: seed {run}: {e}");
                return 1;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Name,-20} {steps,12:N0} steps in {count:N0} runs, 0 finds"));
        return 0;
    }

    /// <summary>One engine, some hundred steps; throws when something is not as it must be. Gives the number of steps.</summary>
    public static async Task<int> RunAsync(int seed)
    {
        var random = new Random(seed);
        await using var bench = new SessionBench(random);
        var steps = random.Next(20, 200);
        for (var i = 0; i < steps; i++)
            await bench.StepAsync();
        await bench.EndAsync();
        return steps;
    }
}
