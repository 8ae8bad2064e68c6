using System.Reflection;
using System.Runtime.Loader;
using Akka.ClusterAdapter.Faults.Races.Subjects;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>The rewritten library and a second copy of this program that uses it, beside the library as it was built.</summary>
internal sealed class Isolated : AssemblyLoadContext
{
    private readonly RewrittenLibrary _library;
    private readonly MethodInfo _run;

    public Isolated()
        : base(nameof(Isolated))
    {
        var library = typeof(Protocol.Packet).Assembly;
        _library = Rewriting.Of(library.Location, Plants.All);
        var second = LoadFromAssemblyPath(typeof(Isolated).Assembly.Location);
        _run = second.GetType(typeof(IsolatedRun).FullName!, throwOnError: true)!.GetMethod(nameof(IsolatedRun.Run))!;
    }

    /// <summary>Runs interleavings of a subject until one fails.</summary>
    public RaceReport Run(string subject, int seed, long interleavings, Plant? plant = null)
    {
        int[] planted = plant is null ? [] : _library.Planted.GetValueOrDefault(plant.Name)
            ?? throw new InvalidOperationException($"There is nowhere to plant {plant.Name}.");
        var result = _run.Invoke(null, [subject, seed, interleavings, _library.Places, planted])!;
        var (done, steps, turns, order, failure) = ((long, long, long, long, string?))result;
        return new(subject, seed, done, steps, turns, order, failure) { Planted = plant };
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == typeof(Protocol.Packet).Assembly.GetName().Name)
            return LoadFromStream(new MemoryStream(_library.Image));
        return assemblyName.Name == typeof(Isolated).Assembly.GetName().Name ? LoadFromAssemblyPath(typeof(Isolated).Assembly.Location) : null;
    }
}

/// <summary>What <see cref="Isolated"/> calls in the copy.</summary>
internal static class IsolatedRun
{
    private const int FirstSeed = 0;
    private const long FirstSteps = 500;

    public static (long Done, long Steps, long Turns, long Order, string? Failure) Run(
        string subject, int seed, long interleavings, string[] places, int[] planted)
    {
        var act = Subjects.Subjects.All[subject];
        if (act == RequestRace.RunAsync)
            ControlledDispatcher.Prepare();
        var (done, allSteps, turns, order) = (0L, 0L, 0L, 17L);

        // How many steps there are about: where priorities change must be among them.
        var steps = Race.Run(act, FirstSeed, FirstSteps, places).Choices.Steps;
        Controlled.Planted.UnionWith(planted);
        try
        {
            while (done < interleavings)
            {
                var here = unchecked(seed + (int)done++);
                var scheduler = Race.Run(act, here, steps, places);
                (allSteps, turns, order) = (allSteps + scheduler.Choices.Steps, turns + scheduler.Turns, unchecked((order * 31) + scheduler.Order));
                if (scheduler.Failure is { } failure)
                    return (done, allSteps, turns, order, $"seed {here}: {failure}\n{scheduler.History()}");
            }

            return (done, allSteps, turns, order, null);
        }
        finally
        {
            Controlled.Planted.Clear();
        }
    }
}

/// <summary>What came of it.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Seed">Of the first interleaving; each further one has the next.</param>
/// <param name="Interleavings">How many there were.</param>
/// <param name="Steps">Steps at which another operation could have gone on.</param>
/// <param name="Turns">How often another one did.</param>
/// <param name="Order">Stands for the order of all of it.</param>
/// <param name="Failure">What the last one found; null for nothing.</param>
internal sealed record RaceReport(string Subject, int Seed, long Interleavings, long Steps, long Turns, long Order, string? Failure)
{
    /// <summary>The fault that was planted; null for the library as it is.</summary>
    public Plant? Planted { get; init; }

    public override string ToString()
    {
        if (Planted is { } plant)
            return FormattableString.Invariant($"{Subject,-12} {(Failure is null ? "NOT FOUND in" : "found after"),12} {Interleavings,9:N0}  {plant.What}");
        var finds = Failure is null ? 0 : 1;
        return FormattableString.Invariant($"{Subject,-12} {Interleavings,9:N0} interleavings, {Steps,14:N0} choices, {Turns,12:N0} turns, {finds} finds");
    }
}
