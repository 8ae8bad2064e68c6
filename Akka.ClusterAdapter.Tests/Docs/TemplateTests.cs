using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using YamlDotNet.RepresentationModel;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>What <c>dotnet new</c> makes of the packed templates is built, tested and run as a stranger would do it (issue 18, 8).</summary>
[Collection(PackageLane.Name)]
public sealed class TemplateTests(PackedFeed feed)
{
    private const string Name = "My.Chat";

    [Fact]
    public async Task One_worker_is_built_tested_and_serves()
    {
        var folder = await MakeAsync("socketio", "single");

        await using var program = Start(folder);

        await SaysAsync(await UrlAsync(program));
    }

    [Theory]
    [InlineData("hocon")]
    [InlineData("code")]
    public async Task A_cluster_is_built_tested_and_serves(string settings)
    {
        var folder = await MakeAsync("socketio-cluster", settings, "--settings", settings);
        var port = FreePorts.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        var seedNodes = $"--akka:cluster:seed-nodes:0=akka.tcp://chat@127.0.0.1:{port}";

        await using var seed = Start(folder, "--role=seed", "--akka:remote:dot-netty:tcp:port=" + port, seedNodes);
        await using var worker = Start(folder, seedNodes);

        await SaysAsync(await UrlAsync(worker));
        Assert.Equal(settings == "hocon", Directory.Exists(Path.Combine(folder, "src", Name, "HOCON")));
    }

    [Fact]
    public void Templates_name_the_versions_that_the_repository_uses()
    {
        var known = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(version => version.Attribute("Include")!.Value, version => version.Attribute("Version")!.Value);
        var templates = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Templates", "templates");

        var named = Directory.GetFiles(templates, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(file => XDocument.Load(file).Descendants("PackageReference"))
            .Select(reference => (Id: reference.Attribute("Include")!.Value, Version: reference.Attribute("Version")!.Value)).ToList();

        Assert.All(named, package => Assert.Equal(known.GetValueOrDefault(package.Id, "ADAPTER_VERSION"), package.Version));
        foreach (var file in Directory.GetFiles(templates, "template.json", SearchOption.AllDirectories))
        {
            var symbols = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("symbols");
            Assert.Equal(feed.Version, symbols.GetProperty("adapterVersion").GetProperty("defaultValue").GetString());
        }
    }

    /// <summary>Makes a solution of a template; builds it and runs its tests.</summary>
    private async Task<string> MakeAsync(string template, string into, params string[] options)
    {
        // A stranger has no central versions either.
        await feed.WriteAsync("templates/Directory.Build.props", """
            <Project>
              <Import Project="../Directory.Build.props" />
              <PropertyGroup>
                <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
              </PropertyGroup>
            </Project>
            """);
        await feed.WriteAsync("templates/Directory.Packages.props", "<Project />");
        var folder = feed.PathOf("templates/" + into);
        string[] hive = ["--debug:custom-hive", feed.PathOf("hive-" + into)];
        var root = feed.PathOf("templates");
        await PackedFeed.RunAsync(root, ["new", "install", feed.PathOf($"feed/Akka.ClusterAdapter.Templates.{feed.Version}.nupkg"), .. hive]);
        await PackedFeed.RunAsync(root, ["new", template, "-n", Name, "-o", folder, .. options, .. hive]);
        CheckManifests(Path.Combine(folder, "kubernetes"));
        Assert.Contains("docker build -t my-chat", await File.ReadAllTextAsync(Path.Combine(folder, "Dockerfile")), StringComparison.Ordinal);

        var output = await PackedFeed.RunAsync(folder, "test", Name + ".slnx", "-c", "Debug", "--nologo", "-nodeReuse:false");
        Assert.Contains("Passed!", output, StringComparison.Ordinal);
        return folder;
    }

    private static void CheckManifests(string folder)
    {
        var files = Directory.GetFiles(folder, "*.yaml");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var yaml = new YamlStream();
            using var text = File.OpenText(file);
            yaml.Load(text);
            Assert.All(yaml.Documents, document => Assert.StartsWith("my-chat", document.RootNode["metadata"]["name"].ToString(), StringComparison.Ordinal));
        }
    }

    private static LineProcess Start(string folder, params string[] arguments) =>
        new(
            "dotnet", [Path.Combine("bin", "Debug", "net10.0", Name + ".dll"), "--urls", "http://127.0.0.1:0", .. arguments],
            Path.Combine(folder, "src", Name));

    private static async Task<Uri> UrlAsync(LineProcess program)
    {
        var listening = await program.LineAsync("Now listening on: ");
        return new Uri(listening[listening.IndexOf("http", StringComparison.Ordinal)..]);
    }

    private static async Task SaysAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        await Eventually.TrueAsync(
            async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode, () => "the worker is ready", TimeSpan.FromMinutes(2));
        await using var ada = await SocketIOTestClient.ConnectAsync(server, "/chat");
        await using var bob = await SocketIOTestClient.ConnectAsync(server, "/chat");

        await ada.EmitWithAckAsync<JsonElement>("say", ["hello"]);

        Assert.Equal("hello", (await bob.WaitForAsync<JsonElement>("said")).GetProperty("text").GetString());
    }
}
