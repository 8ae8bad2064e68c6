using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>The repository this test was compiled from.</summary>
internal static class SourceTree
{
    public static readonly string Root = FindRoot();

    /// <summary>The C# files below a folder of the repository, without build output.</summary>
    public static IEnumerable<string> CSharpFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Segments(file).Any(segment => segment is "bin" or "obj" or "artifacts" or "node_modules"));

    /// <summary>A file's path below the root, in parts.</summary>
    public static string[] Segments(string file) => Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar);

    // The compiler's path is that of another machine when paths are mapped (CI), so the way up from the test's binary comes first.
    private static string FindRoot([CallerFilePath] string source = "")
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(source) ?? string.Empty])
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Akka.ClusterAdapter.slnx")))
                    return folder.FullName;
        throw new DirectoryNotFoundException("Akka.ClusterAdapter.slnx is not above the test's binary.");
    }
}
