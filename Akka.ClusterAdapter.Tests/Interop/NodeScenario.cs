using System.Diagnostics;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Runs one of the node scripts in <c>scenarios</c>, with the official client, and takes its verdict.</summary>
internal static class NodeScenario
{
    // The script itself gives up after 30 s and says why.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Fails the test with what the script says when it does not pass.</summary>
    public static async Task PassesAsync(string name, IReadOnlyList<string> urls)
    {
        var verdict = await RunAsync(name, urls);

        Assert.True(verdict.Ok, $"{verdict.Name}: {verdict.Detail}");
    }

    private static async Task<Verdict> RunAsync(string name, IReadOnlyList<string> urls)
    {
        var folder = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
            Assert.Fail("The official client is not installed: run npm ci in Akka.ClusterAdapter.Tests/Interop, or make test.");
        var start = new ProcessStartInfo("node", ["scenarios/run.mjs", name, .. urls]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
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
            return new Verdict(name, false, "the script did not end");
        }

        var line = (await output).TrimEnd().Split('\n')[^1];
        return line.StartsWith('{')
            ? JsonSerializer.Deserialize<Verdict>(line, JsonSerializerOptions.Web)!
            : new Verdict(name, false, $"the script said nothing: {await errors}");
    }

    private sealed record Verdict(string Name, bool Ok, string Detail);
}
