using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>What a pool writes, read while it writes.</summary>
internal sealed partial class PoolOutput : TextWriter
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public override Encoding Encoding => Encoding.UTF8;

    public string[] Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>Process ids of the workers that were ever ready, in that order.</summary>
    public int[] Pids => Numbers(Ready());

    /// <summary>Process id of the last worker with a number that was ready; workers are ready in any order.</summary>
    public int PidOf(int number) => Numbers(new Regex($@"^\[primary\] worker {number} is ready, pid (\d+)"))[^1];

    /// <summary>Process ids that workers told of themselves as <c>I am ...</c>.</summary>
    public int[] Started => Numbers(Introduction());

    public override void WriteLine(string? value)
    {
        lock (_gate)
            _lines.Add(value ?? "");
    }

    private int[] Numbers(Regex pattern) =>
        [.. Lines.Select(line => pattern.Match(line)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^\[primary\] worker \d+ is ready, pid (\d+)")]
    private static partial Regex Ready();

    [GeneratedRegex(@"\] I am (\d+)$")]
    private static partial Regex Introduction();
}
