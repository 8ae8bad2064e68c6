using System.IO.Compression;
using System.Xml.Linq;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>Everything that uses the packages, one after the other: they are packed once.</summary>
[CollectionDefinition(Name)]
public sealed class PackageLane : ICollectionFixture<PackedFeed>
{
    public const string Name = "packages";
}

/// <summary>
/// The packages in a folder that is a feed, and room for projects of strangers who use them. Nothing is left of them in the machine's own package folder,
/// which serves the other packages.
/// </summary>
public sealed class PackedFeed : IAsyncLifetime
{
    private static readonly string[] Projects = ["Akka.ClusterAdapter", "Akka.ClusterAdapter.Testing", "Akka.ClusterAdapter.Tool"];

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "packed", Guid.NewGuid().ToString("N")));

    internal static string Configuration => Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')) == "release" ? "Release" : "Debug";

    /// <summary>Their version.</summary>
    public string Version { get; } =
        XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private string Feed => Path.Combine(_folder.FullName, "feed");

    public async Task InitializeAsync()
    {
        foreach (var project in Projects)
            await PackAsync(project, "--no-build");
        // Content only: nothing of it was built.
        await PackAsync("Akka.ClusterAdapter.Templates");
        var machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await WriteAsync("Directory.Build.props", $"""
            <Project>
              <PropertyGroup>
                <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
                <RestorePackagesPath>$(MSBuildThisFileDirectory)packages</RestorePackagesPath>
                <RestoreAdditionalProjectFallbackFolders>{machine}</RestoreAdditionalProjectFallbackFolders>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
              </PropertyGroup>
            </Project>
            """);
        // A stranger's project has none of the repository's settings, only its package versions.
        await WriteAsync("Directory.Packages.props", $"""
            <Project>
              <Import Project="{Path.Combine(SourceTree.Root, "Directory.Packages.props")}" />
              <ItemGroup>
                <PackageVersion Include="Akka.ClusterAdapter" Version="{Version}" />
                <PackageVersion Include="Akka.ClusterAdapter.Testing" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        await WriteAsync("Directory.Build.targets", "<Project />");
        await WriteAsync(".editorconfig", "root = true");
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    internal Task<ZipArchive> OpenAsync(string id, string kind = "nupkg") => ZipFile.OpenReadAsync(PathOf($"feed/{id}.{Version}.{kind}"));

    private Task<string> PackAsync(string project, params string[] options) => RunAsync(
        SourceTree.Root, ["pack", Path.Combine(SourceTree.Root, project), "-c", Configuration, "-o", Feed, "-nodeReuse:false", "--nologo", .. options]);

    /// <summary>A path in the folder of the strangers' projects.</summary>
    internal string PathOf(string path) => Path.Combine(_folder.FullName, path);

    internal async Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        await File.WriteAllTextAsync(PathOf(path), text);
    }

    /// <summary>Runs dotnet in a folder; what it has printed. Fails when it does, with what it has printed.</summary>
    internal static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        var (code, output) = await TryAsync(folder, arguments);
        Assert.True(code == 0, output);
        return output;
    }

    /// <summary>The same, when it may fail.</summary>
    internal static async Task<(int Code, string Output)> TryAsync(string folder, params string[] arguments)
    {
        await using var dotnet = new LineProcess("dotnet", arguments, folder) { Deadline = TimeSpan.FromMinutes(10) };
        var code = await dotnet.ExitAsync();
        return (code, string.Join('\n', dotnet.Lines));
    }
}
