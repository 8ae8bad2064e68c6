using System.Diagnostics;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>Runs a scenario with one of the official clients under Node.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Fails the test with what the script complains of.</summary>
    public static async Task PassesAsync(string scenario, params string[] arguments)
    {
        var root = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests");
        if (!Directory.Exists(Path.Combine(root, "Interop", "node_modules", "client-3-1")))
            Assert.Fail("The official clients are not installed: run npm ci in Akka.ClusterAdapter.Tests/Interop, or make test.");
        var start = new ProcessStartInfo("node", ["scenarios.mjs", scenario, .. arguments])
        {
            WorkingDirectory = Path.Combine(root, "Clients"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        var output = node.StandardOutput.ReadToEndAsync();
        var errors = node.StandardError.ReadToEndAsync();
        try
        {
            await node.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            node.Kill(entireProcessTree: true);
        }

        Assert.True((await output).EndsWith("passed\n", StringComparison.Ordinal), $"{scenario} {string.Join(' ', arguments)}: {await errors}{await output}");
    }
}
