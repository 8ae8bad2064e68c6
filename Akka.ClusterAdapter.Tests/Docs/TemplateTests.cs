using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
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
    // The one of getting-started.md: it is that of a class in it as well.
    private const string Plain = "Chat";

    [Fact]
    public async Task One_worker_is_built_tested_and_serves()
    {
        var folder = await MakeAsync("socketio", "single", Plain, "chat");

        await using var program = Start(folder, Plain);

        await SaysAsync(await UrlAsync(program));
    }

    [Theory]
    [InlineData("hocon", "My.Chat-App", "my-chat-app")]
    [InlineData("code", "1st Chat", "chat-1-st-chat")]
    public async Task A_cluster_is_built_tested_and_serves(string settings, string name, string dnsName)
    {
        var folder = await MakeAsync("socketio-cluster", settings, name, dnsName, "--settings", settings);
        var port = FreePorts.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        var seedNodes = $"--akka:cluster:seed-nodes:0=akka.tcp://chat@127.0.0.1:{port}";

        await using var seed = Start(folder, name, "--role=seed", "--akka:remote:dot-netty:tcp:port=" + port, seedNodes);
        await using var worker = Start(folder, name, seedNodes);

        await SaysAsync(await UrlAsync(worker));
        Assert.Equal(settings == "hocon", Directory.Exists(Path.Combine(folder, "src", name, "HOCON")));
    }

    [Theory]
    [InlineData("socketio")]
    [InlineData("socketio-cluster")]
    public async Task Whatever_it_is_called_all_of_it_fits_together(string template)
    {
        var hive = await InstallAsync("names-" + template);

        foreach (var name in (string[])["My.Chat", "my-chat", "My.Chat-App", "Chat App", "1chat"])
        {
            var folder = await NewAsync(template, $"names-{template}/{name}", name, hive);
            CheckProjects(folder, name);
            await CheckDockerfileAsync(folder, name);
            await CheckReadmeAsync(folder);
            await CheckNamespacesAsync(folder, name);
            CheckManifests(Path.Combine(folder, "kubernetes"), "");
        }
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
    private async Task<string> MakeAsync(string template, string into, string name, string dnsName, params string[] options)
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
        var folder = await NewAsync(template, into, name, [.. options, .. await InstallAsync(into)]);
        CheckManifests(Path.Combine(folder, "kubernetes"), dnsName);
        Assert.Contains($"docker build -t {dnsName} .", await File.ReadAllTextAsync(Path.Combine(folder, "Dockerfile")), StringComparison.Ordinal);

        var output = await PackedFeed.RunAsync(folder, "test", name + ".slnx", "-c", "Debug", "--nologo", "-nodeReuse:false");
        Assert.Contains("Passed!", output, StringComparison.Ordinal);
        return folder;
    }

    /// <summary>Installs the templates; the options of <c>dotnet new</c> that say where.</summary>
    private async Task<string[]> InstallAsync(string hive)
    {
        string[] options = ["--debug:custom-hive", feed.PathOf("hive-" + hive)];
        var package = feed.PathOf($"feed/Akka.ClusterAdapter.Templates.{feed.Version}.nupkg");
        await PackedFeed.RunAsync(feed.PathOf(""), ["new", "install", package, .. options]);
        return options;
    }

    private async Task<string> NewAsync(string template, string into, string name, string[] options)
    {
        var folder = feed.PathOf("templates/" + into);
        await PackedFeed.RunAsync(feed.PathOf(""), ["new", template, "-n", name, "-o", folder, .. options]);
        return folder;
    }

    /// <summary>The solution has all projects, and what they refer to is there.</summary>
    private static void CheckProjects(string folder, string name)
    {
        string[] projects = [Path.Combine(folder, "src", name, name + ".csproj"), Path.Combine(folder, "tests", name + ".Tests", name + ".Tests.csproj")];
        var inSolution = XDocument.Load(Path.Combine(folder, name + ".slnx")).Descendants("Project")
            .Select(project => Path.Combine(folder, project.Attribute("Path")!.Value));
        var references = projects.SelectMany(project => XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value))));

        Assert.Equal(projects, inSolution);
        Assert.Equal(projects.Order(), Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories).Order());
        Assert.Equal(projects[0], Assert.Single(references));
    }

    /// <summary>It copies and publishes what is there, and starts what that makes.</summary>
    private static async Task CheckDockerfileAsync(string folder, string name)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "Dockerfile"));
        var copied = Regex.Matches(text, @"^COPY (?!--from)(\S+) ", RegexOptions.Multiline).Select(copy => Path.Combine(folder, copy.Groups[1].Value));
        var published = Regex.Match(text, """^RUN dotnet publish (?:"([^"]+)"|(\S+)) """, RegexOptions.Multiline);
        var entry = Regex.Match(text, @"^ENTRYPOINT (\[.+\])\s*$", RegexOptions.Multiline).Groups[1].Value;

        Assert.All(copied, path => Assert.True(Path.Exists(path), path));
        Assert.Equal("src/" + name, published.Groups[1].Value + published.Groups[2].Value);
        Assert.Equal(["dotnet", name + ".dll"], JsonSerializer.Deserialize<string[]>(entry)!);
    }

    /// <summary>The paths in its commands and in its text are there.</summary>
    private static async Task CheckReadmeAsync(string folder)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "README.md"));
        var paths = Regex.Matches(text, """--project (?:"([^"]+)"|(\S+))|`((?:src|tests)/[^`]+)`""")
            .Select(match => Path.Combine(folder, match.Groups[1].Value + match.Groups[2].Value + match.Groups[3].Value)).ToList();

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(path), path));
    }

    /// <summary>They are C#, that of the program is the one it uses, and an editor gives new files the same.</summary>
    private static async Task CheckNamespacesAsync(string folder, string name)
    {
        string? root = null;
        foreach (var (project, suffix) in ((string, string)[])[($"src/{name}/{name}", ""), ($"tests/{name}.Tests/{name}.Tests", ".Tests")])
        {
            var file = Path.Combine(folder, project + ".csproj");
            var expected = XDocument.Load(file).Descendants("RootNamespace").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(file);
            root ??= expected;
            Assert.Equal(root + suffix, expected);
            Assert.Matches(@"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", expected);
            foreach (var source in Directory.GetFiles(Path.GetDirectoryName(file)!, "*.cs"))
            {
                var text = await File.ReadAllTextAsync(source);
                var used = Regex.Match(text, @"^namespace (.+);|MapSocketIO\((.+)\.Chat\.Map\)", RegexOptions.Multiline);
                Assert.Equal(expected, used.Groups[1].Value + used.Groups[2].Value);
            }
        }
    }

    private static void CheckManifests(string folder, string prefix)
    {
        var files = Directory.GetFiles(folder, "*.yaml");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var yaml = new YamlStream();
            using var text = File.OpenText(file);
            yaml.Load(text);
            // As a service may be called.
            Assert.All(yaml.Documents, document => Assert.Matches($"^(?=[a-z]){prefix}(-?[a-z0-9]+)*$", document.RootNode["metadata"]["name"].ToString()));
        }
    }

    private static LineProcess Start(string folder, string name, params string[] arguments) =>
        new(
            "dotnet", [Path.Combine("bin", "Debug", "net10.0", name + ".dll"), "--urls", "http://127.0.0.1:0", .. arguments],
            Path.Combine(folder, "src", name));

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
