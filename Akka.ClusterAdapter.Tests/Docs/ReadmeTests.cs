using System.Text;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The README's C# is a program: it is built as the page says, started, and admits clients (issue 16, 26).</summary>
[Collection(ProcessTests.Name)]
public sealed partial class ReadmeTests : IAsyncLifetime
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
            <ProjectReference Include="../../../Akka.ClusterAdapter/Akka.ClusterAdapter.csproj" />
          </ItemGroup>
        </Project>
        """;

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "readme", Guid.NewGuid().ToString("N")));

    private static string Configuration => Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')) == "release" ? "Release" : "Debug";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_program_of_the_page_is_built_and_admits_clients(bool isCluster)
    {
        var blocks = CodeBlock().Matches(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "README.md"))).Select(match => match.Groups[1].Value).ToArray();
        await WriteAsync(Program(blocks, isCluster));
        await BuildAsync();

        await using var program = new LineProcess("dotnet", [Path.Combine(_folder.FullName, "bin", Configuration, "net10.0", "Chat.dll"), "--urls", "http://127.0.0.1:0"]) { Deadline = TimeSpan.FromMinutes(3) };
        var listening = await program.LineAsync("Now listening on: ");
        var server = new Uri(listening[listening.IndexOf("http", StringComparison.Ordinal)..]);
        await Eventually.TrueAsync(() => IsOpenAsync(server), () => "the worker takes clients", TimeSpan.FromMinutes(2));

        await using var client = await WireClient.OpenAsync(server);
        await client.ConnectAsync();
        await client.ConnectAsync("/chat");
        await client.SendAsync("42/chat,1[\"now\"]");
        Assert.StartsWith("43/chat,1[\"20", await client.ReceiveAsync(), StringComparison.Ordinal);
        await client.SendAsync("40/admin,");
        await client.ExpectAsync("44/admin,{\"message\":\"unauthorized\",\"data\":{\"retry\":false}}");
        await client.SendAsync("421[\"join\",\"lobby\"]");
        await client.ExpectAsync("431[]");
        using var http = new HttpClient { BaseAddress = server };
        var announcing = http.PostAsync("/announce?text=hello", null);
        await client.ExpectAsync("42[\"announce\",\"hello\"]");
        var question = await client.ReceiveAsync();
        Assert.EndsWith("[\"ready?\"]", question, StringComparison.Ordinal);
        await client.SendAsync($"43{question[2..question.IndexOf('[', StringComparison.Ordinal)]}[true]");
        using var announced = await announcing;
        Assert.True(announced.IsSuccessStatusCode);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>The page's program; the fragment at its top as a function of it, the lines for several workers where the page puts them.</summary>
    private static string Program(string[] blocks, bool isCluster)
    {
        var (fragment, program, cluster) = (blocks[0], blocks[1], blocks[2]);
        program = program.Replace("app.Run();", "void Fragment(SocketIOServer io)\n{\n" + fragment + "}\n\napp.Run();", StringComparison.Ordinal);
        if (!isCluster)
            return program;
        var ports = FreePorts.Take(2);
        cluster = cluster.Replace("8110", ports[0].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("8111", ports[1].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var lines = cluster.Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
        var added = AddSocketIO().Replace(program, match => match.Value + "\n" + string.Join('\n', lines[false]), 1);
        Assert.NotEqual(program, added);
        return string.Join('\n', lines[true]) + "\n" + added;
    }

    private static async Task<bool> IsOpenAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        using var answer = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        return answer.IsSuccessStatusCode;
    }

    private async Task WriteAsync(string program)
    {
        var files = new (string Name, string Text)[]
        {
            ("Program.cs", program),
            ("Chat.csproj", Project),
            // A stranger's project has none of the repository's settings, only its package versions.
            ("Directory.Build.props", "<Project />"),
            ("Directory.Packages.props", "<Project><Import Project=\"../../../Directory.Packages.props\" /></Project>"),
            (".editorconfig", "root = true"),
        };
        foreach (var (name, text) in files)
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text, Encoding.UTF8);
    }

    private async Task BuildAsync()
    {
        await using var build = new LineProcess(
            "dotnet",
            ["build", "Chat.csproj", "-c", Configuration, "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false", "-nodeReuse:false", "--nologo"],
            _folder.FullName)
        { Deadline = TimeSpan.FromMinutes(10) };

        Assert.True(await build.ExitAsync() == 0, string.Join('\n', build.Lines));
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^builder\.Services\.AddSocketIO\(\);.*$", RegexOptions.Multiline)]
    private static partial Regex AddSocketIO();
}
