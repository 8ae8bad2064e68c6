using System.Globalization;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The example examples/Cluster as a person starts it: a primary process and its workers.</summary>
/// <remarks>Whoever runs the tests in the background has SIGINT ignored in all their processes; env puts it right for this one.</remarks>
internal sealed partial class ClusterExample(params string[] arguments) : LineProcess("/usr/bin/env", ["--default-signal=INT", Program, .. arguments])
{
    public static string Program
    {
        get
        {
            // Built with the tests, in the same configuration: artifacts/bin/PROJECT/CONFIGURATION/.
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            return Path.Combine(SourceTree.Root, "artifacts", "bin", "Cluster.Example", configuration, "Cluster.Example");
        }
    }

    /// <summary>Starts it on a free port and waits until all workers serve.</summary>
    public static async Task<ClusterExample> StartAsync(int workers, params string[] more)
    {
        var example = new ClusterExample(["--workers", workers.ToString(CultureInfo.InvariantCulture), "--port", "0", .. more]);
        try
        {
            await example.LineAsync("Ctrl+C stops");
        }
        catch
        {
            await example.DisposeAsync();
            throw;
        }

        return example;
    }

    /// <summary>Where the page is.</summary>
    public string Url => Address().Match(string.Join('\n', Lines)).Value;

    /// <summary>Process ids of the workers that were ever ready, in that order, with their numbers.</summary>
    public (int Number, int Id)[] Workers => ReadyWorkers(Lines);

    /// <summary>The workers of which these lines of a primary say that they were ready.</summary>
    public static (int Number, int Id)[] ReadyWorkers(string[] lines) =>
    [
        .. ReadyWorker().Matches(string.Join('\n', lines)).Select(match => (
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    public int PidOf(int worker) => Workers.Last(ready => ready.Number == worker).Id;

    // Its workers end with it: that is tested, and here it cleans up.
    public override async ValueTask DisposeAsync()
    {
        var workers = Workers;
        await base.DisposeAsync();
        await Eventually.TrueAsync(() => !workers.Any(worker => IsRunning(worker.Id)), "the workers end with their primary");
    }

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex Address();

    [GeneratedRegex(@"worker (\d+) is ready, pid (\d+)")]
    private static partial Regex ReadyWorker();
}
