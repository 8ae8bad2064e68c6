using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary><c>make races</c>: interleavings of every subject, and whether what was planted is found.</summary>
internal static class RaceRun
{
    public static int Run(string[] args)
    {
        var interleavings = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 1_000;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
        var only = args.Length > 2 ? args[2].Split(',') : [.. Subjects.Subjects.All.Keys];
        if (Array.Find(only, name => !Subjects.Subjects.All.ContainsKey(name)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no subject {unknown}, but {string.Join(", ", Subjects.Subjects.All.Keys)}.");
            return 2;
        }

        Console.WriteLine($"Races from seed {seed}.");
        var races = new Isolated();
        var finds = 0;
        foreach (var subject in only)
        {
            var report = races.Run(subject, seed, interleavings);
            Console.WriteLine(report);
            if (report.Failure is null)
                continue;
            finds++;
            Console.WriteLine(report.Failure);
        }

        foreach (var plant in Plants.All.Where(plant => only.Contains(plant.Subject)))
        {
            var report = races.Run(plant.Subject, seed, interleavings, plant);
            Console.WriteLine(report);
            finds += report.Failure is null ? 1 : 0;
        }

        return finds == 0 ? 0 : 1;
    }
}
