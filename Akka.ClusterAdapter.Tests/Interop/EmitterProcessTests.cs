using System.Net.Http.Json;
using System.Text.Json;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Interop.Wire;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>An emitter in this process, configured by HOCON/emitter.conf, and real worker processes with real connections.</summary>
public sealed class EmitterProcessTests
{
    private const string SystemName = "socketio";

    [Fact]
    public async Task Everything_an_emitter_does_reaches_clients_of_every_worker_process()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--open-to-others");
        var system = ActorSystem.Create(SystemName, Configuration);
        try
        {
            var emitter = SocketIOEmitter.Create(system);
            AkkaCluster.Get(system).Join(Address.Parse($"akka.tcp://{SystemName}@{await AddressOfAsync(server.Urls[0])}"));
            using var one = await ConnectAsync(server.Urls[0]);
            using var two = await ConnectAsync(server.Urls[1]);

            await BroadcastAsync(emitter, one, two);
            await AskAsync(emitter, one, two);
            var workers = await emitter.ServerSideEmitWithAckAsync<string>("sse-ping", []);
            await emitter.DisconnectSocketsAsync(close: true);

            Assert.Equal(2, workers.Distinct().Count());
            Assert.Equal("41", await one.TextAsync());
            await one.IsClosedAsync();
            Assert.Equal("41", await two.TextAsync());
            await two.IsClosedAsync();
            Assert.Equal(2, await emitter.ServerCountAsync());
            foreach (var url in server.Urls)
                Assert.Equal(2, (await ControlAsync(url, "serverCount")).GetProperty("count").GetInt32());
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static Config Configuration =>
        ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.cluster.seed-nodes = []")
            .WithFallback(ConfigurationFactory.ParseString(Hocon.Read("emitter.conf")));

    private static async Task BroadcastAsync(SocketIOEmitter emitter, params WireSocket[] clients)
    {
        var large = new string('x', 900_000);

        await emitter.EmitAsync("bytes", new byte[] { 1, 2 });
        await emitter.EmitAsync("large", large);

        foreach (var client in clients)
        {
            Assert.Equal("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]", await client.TextAsync());
            Assert.Equal([1, 2], await client.BinaryAsync());
            Assert.Equal($"42[\"large\",\"{large}\"]", await client.TextAsync());
        }
    }

    private static async Task AskAsync(SocketIOEmitter emitter, params WireSocket[] clients)
    {
        var asking = emitter.EmitWithAnswersAsync<int>("how many", []);
        for (var i = 0; i < clients.Length; i++)
        {
            var question = await clients[i].TextAsync();
            Assert.Matches("^42[0-9]+\\[\"how many\"\\]$", question);
            await clients[i].SendAsync($"43{question[2..question.IndexOf('[', StringComparison.Ordinal)]}[{i}]");
        }

        var reply = await asking;
        var sockets = await emitter.FetchSocketsAsync();

        Assert.Equal([0, 1], reply.Answers.Select(answer => answer.Value).Order());
        Assert.Equal(
            reply.Answers.Select(answer => (answer.SocketId, answer.WorkerId)).Order(), sockets.Select(socket => (socket.Id, socket.WorkerId)).Order());
        Assert.Equal(2, sockets.Select(socket => socket.WorkerId).Distinct().Count());
        Assert.All(sockets, socket => Assert.Equal("4", socket.Handshake.Query["EIO"]));
    }

    private static async Task<WireSocket> ConnectAsync(string url)
    {
        var client = await WireSocket.OpenAsync(url, "/socket.io/");
        await client.SendAsync("40");
        Assert.StartsWith("40{\"sid\":\"", await client.TextAsync());
        return client;
    }

    private static async Task<string> AddressOfAsync(string url) => (await ControlAsync(url, "info")).GetProperty("worker").GetString()!.Split('#')[0];

    private static async Task<JsonElement> ControlAsync(string url, string operation)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(url + "/control", new { op = operation });
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
