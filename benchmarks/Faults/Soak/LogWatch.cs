using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Faults.Soak.Processes;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>Reads logs: an error is a fault of ours or lost data, unless it says what was done to the process.</summary>
internal sealed partial class LogWatch
{
    private const int MostOfEach = 3;

    private readonly HashSet<NodeProcess> _read = [];

    /// <summary>Errors of a process that has ended.</summary>
    public string[] Take(NodeProcess process)
    {
        lock (_read)
        {
            if (!_read.Add(process))
                return [];
        }

        return [.. Errors(process)];
    }

    /// <summary>Errors of those that run.</summary>
    public string[] Take(SoakCluster cluster) => [.. cluster.Running.Select(static slot => slot.Process).OfType<NodeProcess>().SelectMany(Take)];

    private static IEnumerable<string> Errors(NodeProcess process) => process.Log
        .Where(static line => IsError().IsMatch(line) && !IsExpected().IsMatch(line))
        .GroupBy(static line => line.Split(": ").ElementAtOrDefault(1)?.Split(' ')[0])
        .SelectMany(static same => same.Take(MostOfEach))
        .Select(line => $"{process.Life} logged {line[..Math.Min(line.Length, 600)]}");

    [GeneratedRegex(@"^\S+ (fail|crit): |Unhandled exception")]
    private static partial Regex IsError();

    // What somebody who was cut off, or killed by the others, has to say.
    [GeneratedRegex(@"HealthChecks|(SocketIOLifetime|SeedNodeLifetime)\[40|EndpointDisassociatedException|has not heard its own beats|never arrived")]
    private static partial Regex IsExpected();
}
