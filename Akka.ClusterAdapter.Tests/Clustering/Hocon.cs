using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The texts in the repository's HOCON folder.</summary>
internal static class Hocon
{
    public static string Read(string file) => File.ReadAllText(Path.Combine(SourceTree.Root, "HOCON", file));
}
