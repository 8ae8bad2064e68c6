using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The packages hold what users should see and nothing else.</summary>
[Collection(PackageLane.Name)]
public sealed class PackageTests(PackedFeed feed)
{
    private const string Library = "Akka.ClusterAdapter";
    private const string Testing = "Akka.ClusterAdapter.Testing";

    [Fact]
    public async Task The_package_asks_for_what_the_library_names_and_carries_no_pin_of_ours()
    {
        var named = XDocument.Load(Path.Combine(SourceTree.Root, Library, Library + ".csproj")).Descendants("PackageReference")
            .Where(reference => reference.Attribute("PrivateAssets") is null).Select(reference => reference.Attribute("Include")!.Value);

        var asked = (await NuspecAsync(Library)).Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);

        Assert.Equal(named.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_package_for_tests_asks_for_the_very_library_it_was_made_with()
    {
        var asked = (await NuspecAsync(Testing)).Where(element => element.Name.LocalName == "dependency")
            .Select(element => (element.Attribute("id")!.Value, Version: element.Attribute("version")!.Value)).ToDictionary();

        Assert.Equal([Library, "Microsoft.AspNetCore.TestHost"], asked.Keys.Order(StringComparer.Ordinal));
        Assert.Equal($"[{feed.Version}]", asked[Library]);
    }

    [Fact]
    public async Task The_package_holds_the_library_its_documentation_settings_and_HOCON()
    {
        var files = await FilesAsync(Library);

        Assert.Equal(
            [
                "Akka.ClusterAdapter.nuspec", "README.md", "[Content_Types].xml", "analyzers/dotnet/cs/Akka.ClusterAdapter.CodeFixes.dll",
                "analyzers/dotnet/cs/Akka.ClusterAdapter.Generators.dll",
                "buildTransitive/Akka.ClusterAdapter.props", "buildTransitive/Akka.ClusterAdapter.targets", "buildTransitive/SocketIOTypes.targets",
                .. Directory.GetFiles(Path.Combine(SourceTree.Root, "HOCON"))
                    .Select(file => "contentFiles/any/any/HOCON/" + Path.GetFileName(file)).Order(StringComparer.Ordinal),
                "icon.png", "lib/net10.0/Akka.ClusterAdapter.dll", "lib/net10.0/Akka.ClusterAdapter.xml", "sbom/bom.cdx.json",
            ],
            files);
    }

    [Fact]
    public async Task The_package_for_tests_holds_the_same_of_its_own() => Assert.Equal(
        [
            "Akka.ClusterAdapter.Testing.nuspec", "README.md", "[Content_Types].xml", "icon.png",
            "lib/net10.0/Akka.ClusterAdapter.Testing.dll", "lib/net10.0/Akka.ClusterAdapter.Testing.xml", "sbom/bom.cdx.json",
        ],
        await FilesAsync(Testing));

    [Theory]
    [InlineData(Library)]
    [InlineData(Testing)]
    public async Task A_package_says_what_it_is_and_what_is_new(string id)
    {
        var metadata = (await NuspecAsync(id)).Where(element => !element.HasElements).ToLookup(element => element.Name.LocalName, element => element.Value);

        Assert.Equal(("icon.png", "README.md", "Apache-2.0"), (metadata["icon"].Single(), metadata["readme"].Single(), metadata["license"].Single()));
        Assert.StartsWith("### ", metadata["releaseNotes"].Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("\n## ", metadata["releaseNotes"].Single(), StringComparison.Ordinal);
        Assert.InRange(metadata["releaseNotes"].Single().Length, 100, 35_000);
    }

    [Theory]
    [InlineData(Library)]
    [InlineData(Testing)]
    public async Task What_was_built_names_no_path_of_the_machine_that_built_it(string id)
    {
        using var package = await feed.OpenAsync(id);
        using var symbols = await feed.OpenAsync(id, "snupkg");

        foreach (var entry in (ZipArchiveEntry[])[package.GetEntry($"lib/net10.0/{id}.dll")!, symbols.GetEntry($"lib/net10.0/{id}.pdb")!])
        {
            using var bytes = new MemoryStream();
            await using var stream = await entry.OpenAsync();
            await stream.CopyToAsync(bytes);
            Assert.True(bytes.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(SourceTree.Root)) < 0, $"{entry.FullName} names {SourceTree.Root}.");
        }
    }

    [Theory]
    [InlineData(Library)]
    [InlineData(Testing)]
    public async Task The_bill_of_materials_names_what_the_package_asks_for_with_hashes(string id)
    {
        using var package = await feed.OpenAsync(id);
        await using var stream = await package.GetEntry("sbom/bom.cdx.json")!.OpenAsync();
        using var bill = await JsonDocument.ParseAsync(stream);
        var parts = bill.RootElement.GetProperty("components").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!);
        var asked = (await NuspecAsync(id)).Where(element => element.Name.LocalName == "dependency")
            .Select(element => element.Attribute("id")!.Value).Where(name => name != Library);

        Assert.Equal(("CycloneDX", "1.6", $"pkg:nuget/{id}@{feed.Version}"), (
            bill.RootElement.GetProperty("bomFormat").GetString(), bill.RootElement.GetProperty("specVersion").GetString(),
            bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("purl").GetString()));
        Assert.Empty(asked.Except(parts.Keys));
        Assert.All(parts.Values, part => Assert.Matches("^[0-9a-f]{128}$", part.GetProperty("hashes")[0].GetProperty("content").GetString()));
        Assert.All(
            parts.Values, part => Assert.Equal($"pkg:nuget/{part.GetProperty("name")}@{part.GetProperty("version")}", part.GetProperty("purl").GetString()));
    }

    private async Task<IReadOnlyList<XElement>> NuspecAsync(string id)
    {
        using var package = await feed.OpenAsync(id);
        await using var nuspec = await package.GetEntry(id + ".nuspec")!.OpenAsync();
        return [.. XDocument.Load(nuspec).Descendants()];
    }

    private async Task<IEnumerable<string>> FilesAsync(string id)
    {
        using var package = await feed.OpenAsync(id);
        return [.. package.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }
}
