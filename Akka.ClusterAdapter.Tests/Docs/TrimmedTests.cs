using System.Runtime.InteropServices;
using System.Text.Json;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>A stranger's server that uses the package, published trimmed (issue 18, 8), and what the package does to its build.</summary>
[Collection(PackageLane.Name)]
public sealed class TrimmedTests(PackedFeed feed) : IAsyncLifetime
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <PublishTrimmed Condition="'$(PublishAot)' == ''">true</PublishTrimmed>
            <SelfContained>true</SelfContained>
            <SuppressTrimAnalysisWarnings>true</SuppressTrimAnalysisWarnings>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Akka.ClusterAdapter" />
          </ItemGroup>
        </Project>
        """;

    private const string Program = """"
        using Akka.Actor;
        using Akka.ClusterAdapter.Clustering;
        using Akka.ClusterAdapter.Server;
        using Akka.Configuration;
        using AkkaCluster = Akka.Cluster.Cluster;

        var builder = WebApplication.CreateBuilder(args);
        var server = builder.Services.AddSocketIO();
        builder.Services.AddSingleton<Prices>();
        if (args.Contains("--cluster"))
        {
            var hocon = ConfigurationFactory.ParseString("""
                akka.actor.provider = cluster
                akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
                akka.cluster.roles = [socketio]
                """).WithFallback(ClusterAdapterHocon.Hardened());
            var system = ActorSystem.Create("trimmed", hocon);
            AkkaCluster.Get(system).Join(AkkaCluster.Get(system).SelfAddress);
            server.UseClusterAdapter(system);
        }

        var app = builder.Build();
        app.MapSocketIO(io => io.MapHandler<ShopHandler>());
        app.Run();

        public sealed record Order(string Item, int Count, DateTimeOffset? Due = null);

        public sealed record Bill(string Item, decimal Total);

        public sealed class Prices
        {
            public decimal Of(string item) => item.Length;
        }

        public sealed class ShopHandler(Prices prices) : SocketHandler
        {
            [On("buy")]
            public async ValueTask<Bill> BuyAsync(Order order)
            {
                await Socket.JoinAsync("buyers");
                await Socket.Namespace.To("buyers").EmitAsync("sold", order);
                return new(order.Item, order.Count * prices.Of(order.Item));
            }
        }
        """";

    private string Folder => feed.PathOf("Trimmed");

    public async Task InitializeAsync()
    {
        await feed.WriteAsync("Trimmed/Trimmed.csproj", Project);
        await feed.WriteAsync("Trimmed/Program.cs", Program);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_server_that_is_published_trimmed_serves_its_clients_alone_and_in_a_cluster()
    {
        await PackedFeed.RunAsync(
            Folder, "publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", "out", "--nologo", "-nodeReuse:false", "-v", "quiet");

        await ServesAsync();
        await ServesAsync("--cluster");
        var settings = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "out", "Trimmed.runtimeconfig.json")))
            .RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        Assert.False(settings.GetProperty("System.Runtime.TieredPGO").GetBoolean());
        Assert.Equal(0, settings.GetProperty("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit").GetInt32());
    }

    [Fact]
    public async Task The_settings_for_the_runtime_have_a_switch_and_what_a_project_sets_stays()
    {
        await PackedFeed.RunAsync(Folder, "restore", "--nologo");

        Assert.Equal(("false", "partial"), (await PropertyAsync("TieredPGO"), await PropertyAsync("TrimMode")));
        Assert.Equal("", await PropertyAsync("TieredPGO", "-p:SocketIORuntimeSettings=false"));
        Assert.Equal(("true", "full"), (await PropertyAsync("TieredPGO", "-p:TieredPGO=true"), await PropertyAsync("TrimMode", "-p:TrimMode=full")));
    }

    [Theory]
    [InlineData("_SocketIOAheadOfTimeError", "-p:PublishAot=true", true, "error SIO012: PublishAot")]
    [InlineData("_SocketIOAheadOfTimeWarning", "-p:PublishAot=true", false, "warning SIO012: PublishAot")]
    [InlineData("_SocketIOTrimmedFully", "-p:TrimMode=full", false, "warning SIO011: TrimMode=full")]
    public async Task What_cannot_be_kept_is_said_when_it_is_built(string target, string property, bool isError, string text)
    {
        await PackedFeed.RunAsync(Folder, "restore", "--nologo");

        var (code, output) = await PackedFeed.TryAsync(Folder, "msbuild", "-t:" + target, property, "-nologo", "-nodeReuse:false");

        Assert.Equal(isError, code != 0);
        Assert.Contains(text, output, StringComparison.Ordinal);
    }

    private static Task<string> PropertyAsync(string folder, string name, string property) =>
        PackedFeed.RunAsync(folder, "msbuild", "-getProperty:" + name, property, "-nologo", "-nodeReuse:false");

    private async Task<string> PropertyAsync(string name, string property = "-p:None=") => (await PropertyAsync(Folder, name, property)).Trim();

    private async Task ServesAsync(params string[] arguments)
    {
        await using var program = new LineProcess(Path.Combine(Folder, "out", "Trimmed"), ["--urls", "http://127.0.0.1:0", .. arguments], Folder);
        var listening = await program.LineAsync("Now listening on: ");
        var server = new Uri(listening[listening.IndexOf("http", StringComparison.Ordinal)..]);
        await using var client = await SocketIOTestClient.ConnectAsync(server, configure: options => options.Deadline = TimeSpan.FromMinutes(1));

        var bill = await client.EmitWithAckAsync<JsonElement>("buy", [new { item = "tea", count = 3, due = "2030-01-02T03:04:05Z" }]);
        var sold = await client.WaitForAsync<JsonElement>("sold");

        Assert.Equal(("tea", 9m), (bill.GetProperty("item").GetString(), bill.GetProperty("total").GetDecimal()));
        Assert.Equal(2030, sold.GetProperty("due").GetDateTimeOffset().Year);
    }
}
