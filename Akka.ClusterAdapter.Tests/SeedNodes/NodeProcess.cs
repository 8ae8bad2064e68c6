using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.SeedNodes;

/// <summary>A process of examples/SeedNodes: the repository's HOCON files as they stand, and environment variables over them.</summary>
internal sealed partial class NodeProcess : LineProcess
{
    private NodeProcess(IEnumerable<string> variables, IEnumerable<string> arguments)
        : base("/usr/bin/env", ["--default-signal=INT", .. variables, Program, .. arguments, "--urls", "http://127.0.0.1:0"])
    {
    }

    public static string Program
    {
        get
        {
            // Built with the tests, in the same configuration: artifacts/bin/PROJECT/CONFIGURATION/.
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            return Path.Combine(SourceTree.Root, "artifacts", "bin", "SeedNodes.Example", configuration, "SeedNodes.Example");
        }
    }

    /// <summary>Where its HTTP endpoint is; known when it is ready.</summary>
    public string Url => Address().Match(string.Join('\n', Lines)).Value;

    public static NodeProcess Seed(int[] seeds, int port, params string[] variables) =>
        new([.. Common(seeds), $"AKKA__REMOTE__DOT_NETTY__TCP__PORT={port}", .. variables], ["HOCON/seed-node.conf"]);

    public static NodeProcess Worker(int[] seeds, params string[] variables) => new([.. Common(seeds), .. variables], ["HOCON/worker.conf"]);

    public Task ReadyAsync() => LineAsync(" is ready");

    private static IEnumerable<string> Common(int[] seeds) =>
        seeds.Select((port, i) => $"AKKA__CLUSTER__SEED_NODES__{i}=akka.tcp://chat@127.0.0.1:{port}");

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
