using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The README's program, for one worker and for several, built as projects of a stranger.</summary>
public sealed partial class ReadmePrograms : IAsyncLifetime
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
          </PropertyGroup>
          <ItemGroup>
            <ProjectReference Include="../../../../Akka.ClusterAdapter/Akka.ClusterAdapter.csproj" />
          </ItemGroup>
        </Project>
        """;

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "readme", Guid.NewGuid().ToString("N")));

    private static string Configuration => Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')) == "release" ? "Release" : "Debug";

    public async Task InitializeAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "README.md"));
        var blocks = CodeBlock().Matches(page).Select(match => match.Groups[1].Value).ToArray();
        var files = new (string Name, string Text)[]
        {
            ("Single/Program.cs", Program(blocks, isCluster: false)),
            ("Single/Chat.csproj", Project),
            ("Cluster/Program.cs", Program(blocks, isCluster: true)),
            ("Cluster/Chat.csproj", Project),
            // A stranger's project has none of the repository's settings, only its package versions.
            ("Directory.Build.props", "<Project />"),
            ("Directory.Packages.props", "<Project><Import Project=\"../../../Directory.Packages.props\" /></Project>"),
            (".editorconfig", "root = true"),
        };
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, name))!);
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text, Encoding.UTF8);
        }

        foreach (var project in new[] { "Single", "Cluster" })
            await BuildAsync(project);
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Where the built program is.</summary>
    internal string PathOf(bool isCluster) => Path.Combine(_folder.FullName, isCluster ? "Cluster" : "Single", "bin", Configuration, "net10.0", "Chat.dll");

    /// <summary>The page's program; the fragment at its top as a function of it, the lines for several workers where the page puts them.</summary>
    private static string Program(string[] blocks, bool isCluster)
    {
        var (fragment, program, cluster) = (blocks[0], blocks[1], blocks[2]);
        program = program.Replace("app.Run();", "void Fragment(SocketIOServer io)\n{\n" + fragment + "}\n\napp.Run();", StringComparison.Ordinal);
        if (!isCluster)
            return program;
        var ports = FreePorts.Take(2);
        cluster = cluster.Replace("8110", ports[0].ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("8111", ports[1].ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var lines = cluster.Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
        var added = AddSocketIO().Replace(program, match => match.Value + "\n" + string.Join('\n', lines[false]), 1);
        Assert.NotEqual(program, added);
        return string.Join('\n', lines[true]) + "\n" + added;
    }

    private async Task BuildAsync(string project)
    {
        await using var build = new LineProcess(
            "dotnet",
            ["build", "Chat.csproj", "-c", Configuration, "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false", "-nodeReuse:false", "--nologo"],
            Path.Combine(_folder.FullName, project))
        { Deadline = TimeSpan.FromMinutes(10) };

        Assert.True(await build.ExitAsync() == 0, string.Join('\n', build.Lines));
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^builder\.Services\.AddSocketIO\(\);.*$", RegexOptions.Multiline)]
    private static partial Regex AddSocketIO();
}
