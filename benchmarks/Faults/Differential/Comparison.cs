namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>The same clients at both servers, and what they saw of either.</summary>
internal sealed class Comparison(IServerUnderTest original, IServerUnderTest ours) : IDisposable
{
    /// <summary>What comes late comes by the last of them: a difference counts when it stays.</summary>
    private static readonly int[] PatienceInMilliseconds = [0, 10, 60, 250];

    // A poll waits for as long as a ping interval takes, and no scenario is as long as that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, MaxConnectionsPerServer = 100 }) { Timeout = Patience };

    /// <summary>Both transcripts, line by line where they differ; null when they do not.</summary>
    public async Task<Difference?> DifferenceAsync(Scenario scenario)
    {
        var difference = default(Difference);
        foreach (var patience in PatienceInMilliseconds)
        {
            difference = await CompareAsync(scenario, TimeSpan.FromMilliseconds(patience));
            if (difference is null)
                return null;
        }

        return difference;
    }

    /// <summary>How they differ in something that is listed: looked for as often as <see cref="DifferenceAsync"/> does before it believes in one.</summary>
    public async Task<Difference?> ListedAsync(Scenario scenario)
    {
        foreach (var patience in scenario.IsSlow ? PatienceInMilliseconds[^1..] : PatienceInMilliseconds[1..])
        {
            if (await CompareAsync(scenario, TimeSpan.FromMilliseconds(patience)) is { IsSeenByClients: true } difference)
                return difference;
        }

        return null;
    }

    /// <summary>Without the steps that the difference does not need.</summary>
    public async Task<(Scenario Scenario, Difference Difference)> ShrinkAsync(Scenario scenario, Difference difference)
    {
        for (var size = Math.Max(1, scenario.Steps.Count / 2); size >= 1; size /= 2)
        {
            for (var at = scenario.Steps.Count - size; at >= 0; at -= size)
            {
                var shorter = scenario with { Steps = [.. scenario.Steps.Take(at), .. scenario.Steps.Skip(at + size)] };
                if (shorter.Steps.Count > 0 && await DifferenceAsync(shorter) is { } still)
                    (scenario, difference) = (shorter, still);
            }
        }

        return (scenario, difference);
    }

    public void Dispose() => _http.Dispose();

    private async Task<Difference?> CompareAsync(Scenario scenario, TimeSpan patience)
    {
        var both = await Task.WhenAll(Transcript.OfAsync(original, scenario, _http, patience), Transcript.OfAsync(ours, scenario, _http, patience));
        return both[0] == both[1] ? null : new Difference(both[0].Split('\n'), both[1].Split('\n'));
    }
}

/// <summary>Two transcripts that are not the same.</summary>
internal sealed class Difference(string[] original, string[] ours)
{
    private readonly int _same = original.Zip(ours).TakeWhile(pair => pair.First == pair.Second).Count();

    /// <summary>The first step in which they differ; what the handlers saw comes after all steps.</summary>
    public int Step => Math.Min(StepOf(original[_same]), StepOf(ours[_same]));

    public bool IsSeenByClients => Step < int.MaxValue;

    public override string ToString() =>
        $"the same so far:{Lines(original[..Math.Min(_same, original.Length)].TakeLast(4))}\n  original:{Lines(original.Skip(_same).Take(12))}\n"
        + $"  ours:{Lines(ours.Skip(_same).Take(12))}";

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => "\n    " + line));

    private static int StepOf(string line) =>
        line.StartsWith("step ", StringComparison.Ordinal)
            ? int.Parse(line.AsSpan(5, line.IndexOf(',', StringComparison.Ordinal) - 5), System.Globalization.CultureInfo.InvariantCulture)
            : int.MaxValue;
}
