using System.Diagnostics;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>Runs a scenario with one of the official clients under Node.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Fails the test with what the script complains of.</summary>
    public static Task PassesAsync(string scenario, params string[] arguments) => RunAsync(["scenarios.mjs", scenario, .. arguments]);

    /// <summary>Runs what the official client does in a real browser.</summary>
    public static Task BrowserPassesAsync(string transports, Uri url) => RunAsync(["browser.mjs", transports, url.ToString()]);

    /// <summary>Where the official client's files for browsers are.</summary>
    public static string Bundle => Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop", "node_modules", "socket.io-client", "dist");

    private static async Task RunAsync(string[] arguments)
    {
        var root = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests");
        if (!Directory.Exists(Path.Combine(root, "Interop", "node_modules", "client-3-1")))
            Assert.Fail("The official clients are not installed: run npm ci in Akka.ClusterAdapter.Tests/Interop, or make test.");
        var start = new ProcessStartInfo("node", arguments)
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

        Assert.True((await output).EndsWith("passed\n", StringComparison.Ordinal), $"{string.Join(' ', arguments)}: {await errors}{await output}");
    }
}
