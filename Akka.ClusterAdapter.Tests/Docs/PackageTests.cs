using System.IO.Compression;
using System.Xml.Linq;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The package holds what users should see and nothing else.</summary>
[Collection(ProcessTests.Name)]
public sealed class PackageTests(PackageTests.Packed packed) : IClassFixture<PackageTests.Packed>
{
    [Fact]
    public async Task The_package_asks_for_what_the_library_names_and_carries_no_pin_of_ours()
    {
        using var package = await packed.OpenAsync();
        var named = XDocument.Load(Path.Combine(SourceTree.Root, "Akka.ClusterAdapter", "Akka.ClusterAdapter.csproj")).Descendants("PackageReference")
            .Where(reference => reference.Attribute("PrivateAssets") is null).Select(reference => reference.Attribute("Include")!.Value);

        using var nuspec = package.GetEntry("Akka.ClusterAdapter.nuspec")!.Open();
        var asked = XDocument.Load(nuspec).Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);

        Assert.Equal(named.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_package_holds_the_library_its_documentation_and_the_readme()
    {
        using var package = await packed.OpenAsync();

        var files = package.Entries.Select(entry => entry.FullName).Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal));

        Assert.Equal(
            [
                "Akka.ClusterAdapter.nuspec", "README.md", "[Content_Types].xml", "analyzers/dotnet/cs/Akka.ClusterAdapter.Generators.dll",
                "buildTransitive/Akka.ClusterAdapter.targets", "buildTransitive/SocketIOTypes.targets", "lib/net10.0/Akka.ClusterAdapter.dll", "lib/net10.0/Akka.ClusterAdapter.xml",
            ],
            files.Order(StringComparer.Ordinal));
    }

    /// <summary>The library, packed once.</summary>
    public sealed class Packed : IAsyncLifetime
    {
        private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "packed", Guid.NewGuid().ToString("N")));

        private static string Configuration => Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')) == "release" ? "Release" : "Debug";

        public async Task InitializeAsync()
        {
            await using var pack = new LineProcess(
                "dotnet",
                ["pack", Path.Combine(SourceTree.Root, "Akka.ClusterAdapter"), "--no-build", "-c", Configuration, "-o", _folder.FullName, "-nodeReuse:false", "--nologo"],
                SourceTree.Root);
            Assert.True(await pack.ExitAsync() == 0, string.Join('\n', pack.Lines));
        }

        public Task DisposeAsync()
        {
            _folder.Delete(recursive: true);
            return Task.CompletedTask;
        }

        internal Task<ZipArchive> OpenAsync() => ZipFile.OpenReadAsync(Assert.Single(_folder.GetFiles("*.nupkg")).FullName);
    }
}
