namespace Akka.ClusterAdapter.Faults.Soak.Planning;

/// <summary>What happens when: it depends on the seed and the length, and on nothing else.</summary>
internal static class Schedule
{
    /// <summary>Faults of clients: they may come at the same time as any other.</summary>
    private static readonly FaultKind[] OfClients =
    [
        FaultKind.DropClients, FaultKind.StopReading, FaultKind.HalfClose, FaultKind.StallRequests, FaultKind.Knock
    ];

    private static readonly FaultKind[] OfProcesses = [.. Enum.GetValues<FaultKind>().Except(OfClients)];

    /// <summary>What a step takes beside its pause and its duration, until the cluster is whole again.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(6);

    /// <summary>Rounds of faults, with quiet after each.</summary>
    /// <param name="seed">Which.</param>
    /// <param name="rounds">How many.</param>
    /// <param name="length">How long each is, about.</param>
    /// <param name="only">The kinds of fault; null for all.</param>
    public static Step[][] Of(int seed, int rounds, TimeSpan length, IReadOnlyCollection<FaultKind>? only = null)
    {
        var random = new Random(seed);
        // Each kind comes about as often as the others, however short the run.
        var (processes, clients) = (new Bag(OfProcesses, only, random), new Bag(OfClients, only, random));
        return [.. Enumerable.Range(0, rounds).Select(_ => Round(random, length, processes, clients).ToArray())];
    }

    private static IEnumerable<Step> Round(Random random, TimeSpan length, Bag processes, Bag clients)
    {
        for (var at = TimeSpan.Zero; at < length;)
        {
            var step = StepOf(random, processes, clients);
            at += step.Pause + step.Faults.Max(static fault => fault.Duration) + Recovery;
            yield return step;
        }
    }

    private static Step StepOf(Random random, Bag processes, Bag clients)
    {
        var faults = new List<Fault>();
        if (processes.Next() is { } first)
            faults.Add(FaultOf(first, random));
        if ((faults.Count == 0 || random.Next(2) == 0) && clients.Next() is { } second)
            faults.Add(FaultOf(second, random));
        // Two things at once are another matter than one after the other.
        if (random.Next(5) == 0 && processes.Next() is { } third && !faults.Exists(fault => fault.Kind == third))
            faults.Add(FaultOf(third, random));
        return new Step(TimeSpan.FromMilliseconds(500 + random.Next(3_500)), faults);
    }

    private static Fault FaultOf(FaultKind kind, Random random)
    {
        var (worker, other) = (random.Next(12), random.Next(12));
        var (seconds, amount) = kind switch
        {
            // Half of them shorter than the failure detector is patient.
            FaultKind.Freeze => (Either(1, 3.5, 7, 20), 0),
            FaultKind.Cut or FaultKind.Isolate => (Either(0.5, 3.5, 6, 15), 0),
            FaultKind.Lossy or FaultKind.Slow => (Between(2, 10), 0),
            FaultKind.DropClients => (0, 10 + random.Next(80)),
            FaultKind.StopReading => (Between(1, 14), 5 + random.Next(20)),
            FaultKind.HalfClose => (0, 5 + random.Next(20)),
            FaultKind.StallRequests => (Between(1, 10), 20 + random.Next(80)),
            FaultKind.Knock => (Between(1, 20), 20 + random.Next(200)),
            _ => (0.0, 0),
        };
        return new Fault(kind, worker, other, TimeSpan.FromSeconds(seconds), amount);

        double Between(double least, double most) => Math.Round(least + (random.NextDouble() * (most - least)), 1);

        double Either(double least, double most, double longLeast, double longMost) =>
            random.Next(2) == 0 ? Between(least, most) : Between(longLeast, longMost);
    }

    /// <summary>Draws all before it draws one again.</summary>
    private sealed class Bag(FaultKind[] kinds, IReadOnlyCollection<FaultKind>? only, Random random)
    {
        private readonly FaultKind[] _kinds = only is null ? kinds : [.. kinds.Where(only.Contains)];
        private readonly Queue<FaultKind> _left = new();

        public FaultKind? Next()
        {
            if (_kinds.Length == 0)
                return null;
            if (_left.Count == 0)
            {
                var shuffled = _kinds.ToArray();
                random.Shuffle(shuffled);
                foreach (var kind in shuffled)
                    _left.Enqueue(kind);
            }

            return _left.Dequeue();
        }
    }
}
