using System.Globalization;
using System.Text.Json;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>examples/Aspire, built here, for it is not in the solution: its replicas are one server, without sticky sessions.</summary>
[Collection(ProcessTests.Name)]
public sealed class AspireExampleTests
{
    private const int Replicas = 3;

    [Fact]
    public async Task Its_replicas_are_one_server()
    {
        var program = await BuildAsync();
        var ports = FreePorts.Take(2).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        await using var host = new LineProcess(program, ["--no-dashboard", "--Port", ports[0], "--SeedPort", ports[1]]);
        var url = new Uri($"http://127.0.0.1:{ports[0]}");
        var workers = new HashSet<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                if (await OwnerOfNewSessionAsync(url) is { } worker)
                    workers.Add(worker);
                return workers.Count == Replicas;
            },
            () => $"{workers.Count} replicas take clients. {string.Join('\n', host.Lines)}",
            TimeSpan.FromMinutes(3));

        // A connection may come to any of them, whosever session it is for.
        await using var clients = new Clients();
        for (var i = 0; i < 2 * Replicas; i++)
            clients.Add(await SocketIOTestClient.ConnectAsync(url, configure: options => options.Transport = SocketIOTestTransport.Polling));
        await Eventually.TrueAsync(async () => await clients.All[0].EmitWithAckAsync<int>("count", []) == clients.All.Count, "they see each other's clients");
        await clients.All[0].EmitWithAckAsync<bool>("say", ["lobby", "good morning"]);

        foreach (var client in clients.All)
            await client.WaitForAsync("said");
        await LineProcess.SignalAsync("TERM", host.Id);
        await host.ExitAsync();
    }

    /// <summary>What it refers to is this run's build already.</summary>
    private static async Task<string> BuildAsync()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var configuration = folder == "debug" ? "Debug" : "Release";
        string[] arguments =
        [
            "build", "examples/Aspire", "-c", configuration, "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false", "-nodeReuse:false", "--nologo"
        ];
        await using var build = new LineProcess("dotnet", arguments) { Deadline = TimeSpan.FromMinutes(5) };
        Assert.True(await build.ExitAsync() == 0, string.Join('\n', build.Lines));
        return Path.Combine(SourceTree.Root, "artifacts", "bin", "Aspire.Example", folder, "Aspire.Example");
    }

    /// <summary>Opens a session and leaves it alone; the part of its id that names the worker. Null as long as whoever the proxy asks takes none.</summary>
    private static async Task<string?> OwnerOfNewSessionAsync(Uri url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            var open = await http.GetStringAsync(new Uri(url, "/socket.io/?EIO=4&transport=polling"));
            return JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()![^4..];
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private sealed class Clients : IAsyncDisposable
    {
        public List<SocketIOTestClient> All { get; } = [];

        public SocketIOTestClient Add(SocketIOTestClient client)
        {
            All.Add(client);
            return client;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in All)
                await client.DisposeAsync();
        }
    }
}
