using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>What an admin page is shown of a cluster.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task It_sees_all_workers_their_sockets_and_what_happens_to_them()
    {
        await using var cluster = await Admins.ClusterAsync(3, Admins.Open, io =>
        {
            io.On("join", (Socket socket, string room) => socket.JoinAsync(room));
            io.On("leave", (Socket socket, string room) => socket.LeaveAsync(room));
            io.On("name", (Socket socket, string name) => socket.Data = new { name });
            io.On("say", (Socket socket, string text) => socket.EmitAsync("said", text));
            io.Of("/other").OnConnection(_ => { });
        });
        await using var early = await cluster[1].ConnectAsync("/other");
        await early.Socket.JoinAsync("lobby");

        await using var page = await cluster[0].ConnectAsync("/admin");
        var all = (await page.WaitForAsync<JsonElement>("all_sockets")).EnumerateArray().ToDictionary(socket => socket.GetProperty("id").GetString()!);
        await using var late = await cluster[2].ConnectAsync(configure: options => options.Transport = SocketIOTestTransport.PollingThenWebSocket);

        Assert.Equal(new[] { early.Id, page.Id }.Order(), all.Keys.Order());
        var known = all[early.Id];
        Assert.Equal(("/other", "websocket"), (known.GetProperty("nsp").GetString(), known.GetProperty("transport").GetString()));
        Assert.Equal(new[] { early.Id, "lobby" }.Order(), known.GetProperty("rooms").EnumerateArray().Select(room => room.GetString()).Order());
        var connected = (await page.HearAsync("socket_connected", args => args[0].GetProperty("id").GetString() == late.Id))[0];
        Assert.Equal(12, connected.GetProperty("clientId").GetString()!.Length);
        Assert.Equal("127.0.0.1", connected.GetProperty("handshake").GetProperty("address").GetString());
        if (connected.GetProperty("transport").GetString() == "polling")
            await page.HearAsync("socket_updated", args => args[0].TryGetProperty("transport", out var transport) && transport.GetString() == "websocket");

        await late.EmitAsync("join", "blue");
        Assert.True((await page.HearAsync("room_joined", args => args[1].GetString() == "blue"))[3].TryGetDateTimeOffset(out _));
        await late.EmitAsync("leave", "blue");
        Assert.Equal(["/", "blue", late.Id], (await page.HearAsync("room_left", _ => true)).Take(3).Select(arg => arg.GetString()));
        await late.EmitAsync("name", "Bob");
        Assert.Equal("Bob", (await page.HearAsync("socket_updated", args => args[0].TryGetProperty("data", out _)))[0]
            .GetProperty("data").GetProperty("name").GetString());
        await late.EmitAsync("say", "hello");
        Assert.Equal("[\"say\",\"hello\"]", (await page.HearAsync("event_received", args => args[2][0].GetString() == "say"))[2].GetRawText());
        Assert.Equal("[\"said\",\"hello\"]", (await page.HearAsync("event_sent", _ => true))[2].GetRawText());
        await late.DisconnectAsync();
        Assert.Equal(
            ["/", late.Id, "client namespace disconnect"], (await page.HearAsync("socket_disconnected", _ => true)).Take(3).Select(arg => arg.GetString()));
    }

    [Fact]
    public async Task It_gets_the_numbers_of_every_worker_and_of_one_that_comes_later()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.Open, io => io.On("echo", (string text) => text));
        await using var client = await cluster[1].ConnectAsync();
        await using var page = await cluster[0].ConnectAsync("/admin");

        await page.HearAsync("server_stats", args => IsOf(args, "worker 1"));
        var stats = (await page.HearAsync("server_stats", args => IsOf(args, "worker 2")))[0];
        Assert.Equal((1, 0), (stats.GetProperty("clientsCount").GetInt32(), stats.GetProperty("pollingClientsCount").GetInt32()));
        Assert.Equal(Environment.ProcessId, stats.GetProperty("pid").GetInt32());
        Assert.Contains(stats.GetProperty("namespaces").EnumerateArray(), ns => ns.GetProperty("name").GetString() == "/"
            && ns.GetProperty("socketsCount").GetInt32() == 1);

        for (var i = 0; i < 5; i++)
            await client.EmitWithAckAsync<string>("echo", ["x"]);
        var counted = new Dictionary<string, long>();
        while (counted.GetValueOrDefault("packetsIn") < 5 || counted.GetValueOrDefault("packetsOut") < 5)
            Count(counted, (await page.HearAsync("server_stats", args => IsOf(args, "worker 2")))[0]);
        Assert.True(counted["bytesIn"] >= 5 * "420[\"echo\",\"x\"]".Length && counted["bytesOut"] >= 5 * "430[\"x\"]".Length, string.Join(' ', counted));

        var third = await cluster.AddWorkerAsync();
        await page.HearAsync("server_stats", args => IsOf(args, "worker 3"));
        var cut = await third.ConnectAsync();
        await cut.Connection.CloseAsync();
        while (!counted.ContainsKey("rawConnection") || !counted.ContainsKey("rawDisconnection/transport close"))
            Count(counted, (await page.HearAsync("server_stats", args => IsOf(args, "worker 3")))[0]);

        static bool IsOf(JsonElement[] args, string worker) => args[0].GetProperty("serverId").GetString() == worker;

        static void Count(Dictionary<string, long> counted, JsonElement stats)
        {
            foreach (var entry in stats.GetProperty("aggregatedEvents").EnumerateArray())
            {
                Assert.Equal(0, entry.GetProperty("timestamp").GetInt64() % 1_000);
                var name = entry.GetProperty("type").GetString() + (entry.TryGetProperty("subType", out var subType) ? "/" + subType.GetString() : "");
                counted[name] = counted.GetValueOrDefault(name) + entry.GetProperty("count").GetInt64();
            }
        }
    }

    [Fact]
    public async Task Nothing_is_listened_to_while_no_page_is_open()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.Open);
        var admins = cluster.Workers.Select(worker => Admins.Of(worker.Services)).ToArray();
        Assert.All(cluster.Workers, worker => Assert.Null(worker.Server.Observer));
        Assert.All(admins, admin => Assert.False(admin.Watch.IsOn));

        await using (var page = await cluster[0].ConnectAsync("/admin"))
            await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Server.Observer is not null) && admins.All(admin => admin.Watch.IsOn));

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Server.Observer is null) && admins.All(admin => !admin.Watch.IsOn));
    }

    [Fact]
    public async Task A_worker_whose_pages_are_not_heard_of_any_more_is_not_believed()
    {
        await using var cluster = await Admins.ClusterAsync(2, Admins.Open);
        var admin = Admins.Of(cluster[1].Services);
        await cluster[0].Server.Of("/admin").ServerSideEmitAsync("sio-admin:watch", "a worker that was killed");
        await Eventually.TrueAsync(() => admin.Watch.IsOn);

        await Eventually.TrueAsync(() => !admin.Watch.IsOn, "the lease has ended");
    }

    [Fact]
    public async Task In_production_it_gets_numbers_and_nothing_of_a_socket()
    {
        await using var cluster = await Admins.ClusterAsync(2, options =>
        {
            Admins.Open(options);
            options.Mode = null;
        }, io => io.On("say", (Socket socket, string text) => socket.EmitAsync("said", text)));

        await using var page = await cluster[0].ConnectAsync("/admin");
        await using var client = await cluster[1].ConnectAsync();
        await client.EmitAsync("say", "hello");
        await client.WaitForAsync("said");
        await client.DisconnectAsync();
        await page.HearAsync("server_stats", args => args[0].GetProperty("serverId").GetString() == "worker 2");
        await page.HearAsync("server_stats", args => args[0].GetProperty("serverId").GetString() == "worker 2");

        Assert.Equal(["config", "server_stats"], page.Received.Select(message => message.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain("ALL_EVENTS", page.AllText(), StringComparison.Ordinal);
        Assert.All(cluster.Workers, worker => Assert.Null(worker.Server.Observer));
    }

    [Fact]
    public async Task It_is_shown_no_secret()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("bytes", (byte[] _) => { }),
            options => options.ConnectionStateRecovery = new SessionStoreOptions(),
            services => services.AddSocketIOAdmin(options =>
            {
                Admins.ByPassword(options);
                options.HiddenNames = [.. options.HiddenNames, "X-Mine"];
            }));
        await using var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin", Admins.Login);
        await page.WaitForAsync("all_sockets");
        await using var client = await SocketIOTestClient.ConnectAsync(host.Uri, "/", new { token = "hidden-1" }, options =>
        {
            (options.Headers["Cookie"], options.Headers["Authorization"], options.Headers["X-Mine"], options.Headers["X-Shown"]) =
                ("hidden-2", "Bearer hidden-3", "hidden-4", "shown-1");
            (options.Query["Access_Token"], options.Query["shown"]) = ("hidden-5", "shown 2");
            // Sees a session id in the query.
            options.Transport = SocketIOTestTransport.PollingThenWebSocket;
        });
        await page.HearAsync("socket_connected", args => args[0].GetProperty("id").GetString() == client.Id);
        await using var second = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin", Admins.Login);
        var all = await second.WaitForAsync<JsonElement>("all_sockets");

        var sessions = host.Server.Engine.Sessions.Keys;
        var text = page.AllText().Replace(await page.WaitForAsync<string>("session"), "", StringComparison.Ordinal) + second.AllText() + all;
        Assert.Contains("shown-1", text, StringComparison.Ordinal);
        Assert.Contains("?", text, StringComparison.Ordinal);
        Assert.Contains("shown=shown%202", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Admins.Password, text, StringComparison.Ordinal);
        Assert.All(sessions, id => Assert.DoesNotContain(id[..6], text, StringComparison.Ordinal));
        Assert.All(
            host.Server.Namespaces.SelectMany(ns => ns.Sockets.Values), socket => Assert.DoesNotContain(socket.PrivateId!, text, StringComparison.Ordinal));
        Assert.DoesNotContain("\"auth\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_values_and_binary_are_shown_as_short_text()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.On("long", (string _) => { });
            io.On("bytes", (JsonElement _) => { });
            io.On("data", (Socket socket) => socket.Data = new string('d', 10_000));
        }, services: services => services.AddSocketIOAdmin(Admins.Open));
        await using var page = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin");
        await page.WaitForAsync("all_sockets");
        await using var client = await SocketIOTestClient.ConnectAsync(host.Uri, "/", configure: options => options.Headers["X-Long"] = new string('h', 2_000));

        await client.EmitAsync("long", new string('l', 10_000));
        Assert.Matches("^\\[\"long\",\"… \\(10... bytes\\)\"\\]$", (await page.HearAsync("event_received", _ => true))[2].ToString());
        await client.EmitAsync("bytes", new { file = new byte[] { 1, 2, 3 } });
        Assert.Equal("[\"bytes\",{\"file\":\"AQID\"}]", (await page.HearAsync("event_received", _ => true))[2].GetRawText());
        await client.EmitAsync("deep", JsonSerializer.Deserialize<JsonElement>(new string('[', 60) + new string(']', 60)));
        Assert.Equal(61, (await page.HearAsync("event_received", _ => true))[2].GetRawText().Count(letter => letter == '['));
        await using (var raw = await host.ConnectAsync())
            await raw.SendAsync("42[\"half\",\"\\ud800\",{\"\\udc00\":1},\"whole\"]");
        Assert.Equal("[\"half\",\"\ufffd\",{\"\ufffd\":1},\"whole\"]", (await page.HearAsync("event_received", _ => true))[2].GetRawText());
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        await client.EmitAsync("data");
        Assert.Equal("… (10002 bytes)", (await page.HearAsync("socket_updated", _ => true))[0].GetProperty("data").GetProperty("value").GetString());
        Assert.DoesNotContain(new string('h', 600), page.AllText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_may_speak_MessagePack()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("say", (byte[] _, int number) => number),
            options => options.Parser = new MessagePackPacketParser(), services => services.AddSocketIOAdmin(Admins.Open));
        await using var page = await ConnectAsync("/admin");
        Assert.Single((await page.WaitForAsync<JsonElement>("all_sockets")).EnumerateArray());
        await using var client = await ConnectAsync("/");

        Assert.Equal(7, await client.EmitWithAckAsync<int>("say", [new byte[] { 1, 2, 3 }, 7]));

        Assert.Equal("[\"say\",\"AQID\",7]", (await page.HearAsync("event_received", _ => true))[2].GetRawText());
        await page.EmitArgsAsync("emit", ["/", null, "told", new byte[] { 9 }]);
        Assert.Equal([9], await client.WaitForAsync<byte[]>("told"));

        Task<SocketIOTestClient> ConnectAsync(string ns) =>
            SocketIOTestClient.ConnectAsync(host.Uri, ns, configure: options => options.Parser = new MessagePackPacketParser());
    }

    [Fact]
    public async Task No_more_pages_are_open_than_a_worker_can_bear()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.Open));
        var pages = new List<SocketIOTestClient>();
        for (var i = 0; i < 32; i++)
            pages.Add(await SocketIOTestClient.ConnectAsync(host.Uri, "/admin"));

        await using var tooMany = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin");

        Assert.Equal("io server disconnect", await tooMany.WaitForDisconnectAsync());
        await pages[0].DisconnectAsync();
        await Eventually.TrueAsync(() => Admins.Of(host.Services).Pages.All.Count == 31);
        await using var next = await SocketIOTestClient.ConnectAsync(host.Uri, "/admin");
        await next.WaitForAsync("all_sockets");
    }
}
