using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Runs the node scenarios of the folder <c>scenarios</c>, with the official client.</summary>
internal static class NodeScenario
{
    private static readonly NodeScripts Scripts = new(ChatClient.Scripts, "scenarios/run.mjs");

    /// <summary>Fails the test with what the script says when it does not pass.</summary>
    public static Task PassesAsync(string name, IReadOnlyList<string> urls) => Scripts.PassesAsync(name, [.. urls]);
}
