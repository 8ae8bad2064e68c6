using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;

namespace Akka.ClusterAdapter.Micro;

/// <summary>The results as Markdown: what, how long, how many bytes.</summary>
internal static class MicroTable
{
    public static void Write(string path, IReadOnlyList<Summary> summaries)
    {
        var text = new StringBuilder();
        var host = summaries[0].HostEnvironmentInfo;
        text.AppendLine(CultureInfo.InvariantCulture, $"# Micro benchmarks, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}").AppendLine()
            .AppendLine(
                CultureInfo.InvariantCulture, $"{host.Cpu.Value?.ProcessorName?.Trim()}, {Environment.ProcessorCount} cores; .NET {Environment.Version}, "
                    + $"BenchmarkDotNet {host.BenchmarkDotNetVersion}. Short runs: a time is good for a factor, allocations are exact.");
        foreach (var summary in summaries)
            Append(text, summary);
        File.WriteAllText(path, text.ToString());
    }

    private static void Append(StringBuilder text, Summary summary)
    {
        var parameters = summary.BenchmarksCases[0].Parameters.Items.Select(item => item.Name).ToArray();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {summary.BenchmarksCases[0].Descriptor.Type.Name}").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", ["what", .. parameters, "median", "fastest", "allocated"])} |")
            .AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(Enumerable.Repeat("---|", parameters.Length + 4))}");
        foreach (var report in summary.Reports)
        {
            var statistics = report.ResultStatistics!;
            var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
            string[] cells =
            [
                report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
                .. report.BenchmarkCase.Parameters.Items.Select(item => $"{item.Value}"),
                Time(statistics.Median), Time(statistics.Min), $"{allocated:N0} B",
            ];
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
        }
    }

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:G3} ns"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:G3} µs"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:G3} ms"),
    };
}
