namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>
/// Decides who goes on, from a seed: in a third of the seeds by chance at each step, otherwise by priorities that change at a few steps (PCT: a fault that
/// needs d orderings is found in n operations of k steps with a chance of 1 in n * k^(d-1) at least).
/// </summary>
internal sealed class Choices
{
    private const int MostChanges = 4;
    private readonly Random _random;
    private readonly HashSet<long> _changes = [];
    private readonly double? _chance;
    private double _lowest;
    private long _step;

    /// <param name="seed">The same one decides the same.</param>
    /// <param name="steps">About how many steps with a choice there are.</param>
    public Choices(int seed, long steps)
    {
        _random = new Random(seed);
        if (_random.Next(3) == 0)
            _chance = Math.Pow(2, -1 - _random.Next(6));
        else
            AddChanges(steps);
    }

    /// <summary>Steps at which there was a choice.</summary>
    public long Steps => _step;

    /// <summary>For everything else that is decided by chance.</summary>
    public Random Random => _random;

    public double NewPriority() => 1 + _random.NextDouble();

    /// <summary>The one that goes on.</summary>
    /// <param name="able">Those that could.</param>
    /// <param name="present">The one that comes to this step; null when it cannot go on.</param>
    public Operation Next(IReadOnlyList<Operation> able, Operation? present)
    {
        if (able.Count == 1)
            return able[0];
        _step++;
        if (_chance is { } chance)
            return present is not null && _random.NextDouble() >= chance ? present : able[_random.Next(able.Count)];
        if (present is not null && _changes.Contains(_step))
            present.Priority = --_lowest;
        var next = able[0];
        foreach (var each in able)
        {
            if (each.Priority > next.Priority)
                next = each;
        }

        return next;
    }

    private void AddChanges(long steps)
    {
        for (var changes = _random.Next(MostChanges + 1); changes > 0; changes--)
            _changes.Add(1 + _random.NextInt64(Math.Max(1, steps)));
    }
}
