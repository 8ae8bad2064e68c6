using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>
/// A newcomer's first hour, from the packed packages alone: a server with every form of handler, tokens, a contract; its
/// page, its tests; and what goes wrong (issue 18).
/// </summary>
[Collection(PackageLane.Name)]
public sealed class FirstHourTests(PackedFeed feed)
{
    private const string Key = "a key that is long enough for HMAC SHA-256";

    private string Folder => feed.PathOf("first-hour");

    [Fact]
    public async Task A_program_under_60_lines_its_page_and_its_tests()
    {
        await FromNewcomerAsync("Shop/Program.cs", "Program.cs.txt");
        await FromNewcomerAsync("Shop.Tests/EventsTests.cs", "EventsTests.cs.txt");
        await FromNewcomerAsync("Shop/page/page.ts", "page.ts.txt");
        await feed.WriteAsync("first-hour/Shop/Shop.csproj", Project("""
            <PackageReference Include="Microsoft.AspNetCore.Authentication.JwtBearer" />
            """, $"""
            <SocketIOTypes>page/events.d.ts</SocketIOTypes>
            <SocketIOTypesArguments>--ack-errors</SocketIOTypesArguments>
            <SocketIOTypesCommand>{Path.Combine(Folder, "tools", "dotnet-socketio")}</SocketIOTypesCommand>
            """));
        await feed.WriteAsync("first-hour/Shop.Tests/Shop.Tests.csproj", Project("""
            <PackageReference Include="Akka.ClusterAdapter.Testing" />
            <PackageReference Include="Microsoft.NET.Test.Sdk" />
            <PackageReference Include="xunit" />
            <PackageReference Include="xunit.runner.visualstudio" />
            <ProjectReference Include="../Shop/Shop.csproj" />
            """, "<IsTestProject>true</IsTestProject>"));
        await PackedFeed.RunAsync(
            Folder, "tool", "install", "Akka.ClusterAdapter.Tool", "--version", feed.Version, "--tool-path", "tools", "--add-source", feed.PathOf("feed"));

        // "make test" sets CONFIGURATION, which a build would take for its own.
        // Builds the server, writes its page's types, and tests it.
        var tested = await PackedFeed.RunAsync(Folder, "test", "Shop.Tests", "-c", "Debug", "--nologo", "-nodeReuse:false");
        await CompilePageAsync();
        var said = await RunAsync();

        Assert.True((await File.ReadAllLinesAsync(PathOf("Program.cs.txt"))).Length < 60);
        Assert.Contains("Passed!  - Failed:     0, Passed:     2", tested, StringComparison.Ordinal);
        Assert.Equal(
            """
            {"add":3,"sum":15,"greet":["hello Ada","hello stranger"],"said":"hello","buy":[3,{"error":{"message":"sold out","data":{"left":3}}}]}
            """,
            Part(said, "add", "sum", "greet", "said", "buy"));
        Assert.Equal(
            ["invalid_arguments", "invalid_arguments", "unknown_event"],
            said.GetProperty("wrong").EnumerateArray().Select(answer => answer.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("""{"staff":"2 of tea","fill":[2,"Grace"],"refused":"unauthorized"}""", Part(said, "staff", "fill", "refused"));
    }

    [Fact]
    public async Task What_cannot_work_is_said_at_the_start_with_its_name_and_the_remedy()
    {
        await FromNewcomerAsync("Wrong/Program.cs", "Wrong.cs.txt");
        await feed.WriteAsync("first-hour/Wrong/Wrong.csproj", Project("", "<NoWarn>$(NoWarn);SIO201;SIO202</NoWarn>"));

        var output = await PackedFeed.RunAsync(Path.Combine(Folder, "Wrong"), "run", "-c", "Debug", "--urls", "http://127.0.0.1:0");

        (string Shape, string Handler, string[] Remedy)[] expected =
        [
            ("service", "buy", ["IShop", "builder.Services"]),
            ("async void", "late", ["Task or ValueTask"]),
            ("reference", "swap", ["by value"]),
            ("callback", "ask", ["return a value", "AckAsync"]),
            ("request", "who", ["HttpContext", "socket.Handshake"]),
            ("query", "find", ["[FromQuery]", "no HTTP request"]),
            ("result of HTTP", "get", ["IResult", "acknowledgement"]),
            ("reserved", "disconnect", ["OnDisconnect"]),
            ("attribute", "open", ["AllowAnonymous"]),
            ("policy", "ban", ["AddAuthorization"]),
        ];
        Assert.All(expected, wrong =>
        {
            var line = Assert.Single(output.Split('\n'), line => line.StartsWith(wrong.Shape + ": ", StringComparison.Ordinal));
            Assert.All([$"\"{wrong.Handler}\"", .. wrong.Remedy], part => Assert.Contains(part, line, StringComparison.Ordinal));
        });
    }

    private async Task CompilePageAsync()
    {
        var page = Path.Combine(Folder, "Shop", "page");
        var modules = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop", "node_modules");
        Directory.CreateSymbolicLink(Path.Combine(page, "node_modules"), modules);
        await feed.WriteAsync("first-hour/Shop/page/package.json", """{ "type": "module" }""");
        await feed.WriteAsync("first-hour/Shop/page/tsconfig.json", """
            { "compilerOptions": { "outDir": "out", "strict": true, "skipLibCheck": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
                "lib": ["es2022", "dom"], "types": [] },
              "files": ["page.ts", "node.d.ts"] }
            """);
        await feed.WriteAsync("first-hour/Shop/page/node.d.ts", "declare const process: { argv: string[]; exit(): void };");
        await using var compiler = new LineProcess("node", [Path.Combine(modules, "typescript", "bin", "tsc"), "--project", "."], page);

        var code = await compiler.ExitAsync();

        Assert.True(code == 0, string.Join('\n', compiler.Lines));
    }

    private async Task<JsonElement> RunAsync()
    {
        var program = Path.Combine("bin", "Debug", "net10.0", "Shop.dll");
        await using var server = new LineProcess("dotnet", [program, "--urls", "http://127.0.0.1:0", "--Key", Key], Path.Combine(Folder, "Shop"));
        var listening = await server.LineAsync("Now listening on: ");
        var url = listening[listening.IndexOf("http", StringComparison.Ordinal)..].Trim();
        await using var page = new LineProcess("node", ["out/page.js", url, Token()], Path.Combine(Folder, "Shop", "page"));
        var said = await page.LineAsync("RESULT ");
        await server.LineAsync("from the page");
        await server.LineAsync("gone ");
        return JsonDocument.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }

    private static string Token() => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "shop",
        Audience = "shop",
        Subject = new ClaimsIdentity([new Claim(ClaimTypes.Name, "Grace")]),
        Expires = TimeProvider.System.GetUtcNow().AddHours(1).UtcDateTime,
        SigningCredentials = new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key)), SecurityAlgorithms.HmacSha256),
    });

    private static string Part(JsonElement said, params string[] names) =>
        $"{{{string.Join(',', names.Select(name => $"\"{name}\":{said.GetProperty(name).GetRawText()}"))}}}";

    private static string PathOf(string file) => Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Docs", "FirstHour", file);

    private async Task FromNewcomerAsync(string path, string file) => await feed.WriteAsync("first-hour/" + path, await File.ReadAllTextAsync(PathOf(file)));

    private static string Project(string references, string properties) => $"""
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Akka.ClusterAdapter" />
            {references}
          </ItemGroup>
        </Project>
        """;
}
