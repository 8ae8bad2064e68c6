using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>Runs scenarios with the official clients under Node.</summary>
internal static class NodeClient
{
    private static readonly NodeScripts Scripts = new(Folder, "scenarios.mjs");

    /// <summary>Where the scripts are.</summary>
    public static string Folder
    {
        get
        {
            var root = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests");
            Assert.True(
                Directory.Exists(Path.Combine(root, "Interop", "node_modules", "client-3-1")),
                "The official clients are not installed: run npm ci in Akka.ClusterAdapter.Tests/Interop, or make test.");
            return Path.Combine(root, "Clients");
        }
    }

    /// <summary>Where the official client's files for browsers are.</summary>
    public static string Bundle => Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop", "node_modules", "socket.io-client", "dist");

    /// <summary>Fails the test with what the script complains of.</summary>
    public static Task PassesAsync(string scenario, params string[] arguments) => Scripts.PassesAsync(scenario, arguments);
}
