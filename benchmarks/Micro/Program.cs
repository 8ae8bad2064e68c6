using BenchmarkDotNet.Running;

namespace Akka.ClusterAdapter.Micro;

/// <summary>Runs the micro benchmarks and writes their tables, one below the other, to the file named first.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("usage: Akka.ClusterAdapter.Micro TABLE.md [--filter '*RoomSelection*' and what else BenchmarkDotNet takes]");
            return 1;
        }

        var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args[1..].DefaultIfEmpty("--filter=*")], new ShortRun()).ToArray();
        if (summaries.Length == 0 || summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)))
            return 1;
        MicroTable.Write(args[0], summaries);
        return 0;
    }
}
