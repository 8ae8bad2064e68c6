using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Sessions that move between the workers of a real cluster in one process.</summary>
public class MovingSessionsOfClustersTests
{
    [Theory]
    [InlineData("")]
    [InlineData("akka.cluster-adapter.recovery.survive-crash = on")]
    public async Task Of_clients_that_show_one_secret_at_several_workers_at_once_one_has_the_session(string hocon)
    {
        await using var cluster = await StartAsync(3, hocon);
        for (var round = 0; round < 5; round++)
        {
            var (sid, auth) = await LostClient.LoseAsync(cluster[0]);
            var clients = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => WireClient.OpenAsync(cluster[i % 3].Url)));

            var answers = await Task.WhenAll(clients.Select(client => ConnectAsync(client, auth)));

            Assert.InRange(answers.Count(answer => answer == sid), 1, 9);
            await Eventually.TrueAsync(() => Having(cluster, sid) == 1, () => $"one has it, not {Having(cluster, sid)}");
            foreach (var client in clients)
                await client.DisposeAsync();
            await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Server.Sockets.Sockets.Count == 0), "all have left");
        }
    }

    [Fact]
    public async Task A_worker_that_goes_hands_over_twenty_thousand_sessions()
    {
        const int Count = 20_000;
        await using var cluster = await StartAsync(3, "akka.cluster-adapter.drain-timeout = 60s");
        await cluster[1].Server.EmitAsync("first");
        await Eventually.TrueAsync(() => Sessions(cluster[0]).Last > 0, "it has come");
        for (var i = 0; i < Count; i++)
            Sessions(cluster[0])
                .Save(new SavedSession($"s{i}", PrivateId.Create(7), [$"s{i}", "everybody", $"room {i % 100}"], "{\"name\":\"somebody\"}", null));

        await cluster[0].Server.DrainAsync();

        Assert.Equal(Count, Sessions(cluster[1]).SessionCount + Sessions(cluster[2]).SessionCount);
    }

    [Fact]
    public async Task A_client_that_is_away_while_all_workers_are_replaced_gets_what_it_missed_from_workers_that_were_not_there()
    {
        await using var cluster = await StartAsync(2, "");
        var old = cluster.Workers.ToArray();
        var (sid, auth) = await LostClient.LoseAsync(old[0]);
        for (var i = 0; i < 3; i++)
            await old[i % 2].Server.EmitAsync($"missed {i}");
        await Eventually.TrueAsync(() => old.All(worker => Held(worker) == 4), "both have heard all");

        foreach (var worker in old)
        {
            var next = await cluster.AddWorkerAsync();
            await Eventually.TrueAsync(() => Held(next) == 4, "it has got what was sent before it joined");
            await cluster.StopWorkerAsync(worker);
        }

        await using var client = await WireClient.OpenAsync(cluster[0].Url);
        await client.SendAsync("40" + auth);
        var got = new List<string> { await client.ReceiveAsync() };
        // Not before: of logs that began within the same five seconds nobody can tell what is newer.
        foreach (var worker in cluster.Workers)
            await worker.Server.EmitAsync("late");
        while (got.Count < 6)
            got.Add(await client.ReceiveAsync());

        Assert.Contains(sid, got[0], StringComparison.Ordinal);
        Assert.Equal(["missed 0", "missed 2", "missed 1", "late", "late"], got[1..].OrderBy(static text => text.Contains("late", StringComparison.Ordinal))
            .ThenBy(static text => text.Contains("missed 1", StringComparison.Ordinal)).Select(NameOf));
    }

    [Fact]
    public async Task A_worker_takes_clients_when_it_has_got_what_was_sent_before()
    {
        // Akka's own pace: the others are known one after the other.
        const string Slow = """
            akka.cluster.gossip-interval = 1s
            akka.cluster.pub-sub.gossip-interval = 1s
            """;
        await using var cluster = await StartAsync(3, Slow, static io => io.Of("/chat"));
        var rooms = Enumerable.Range(0, 40).Select(static i => $"somebody {i}").ToArray();
        for (var i = 0; i < 3_000; i++)
            await cluster[i % 3].Server.Of("/chat").To(rooms).EmitAsync("earlier");
        await Eventually.TrueAsync(() => cluster.Workers.All(static worker => Sessions(worker, "/chat").Size.Packets == 3_000), "all have heard all");

        var joined = await cluster.AddWorkerAsync();

        Assert.Equal(3_000, Sessions(joined, "/chat").Size.Packets);
    }

    [Fact]
    public async Task In_a_namespace_a_client_gets_what_was_for_its_rooms_when_it_left_whatever_is_joined_and_left_meanwhile()
    {
        await using var cluster = await StartAsync(2, "", static io => io.Of("/chat"));
        var chat = cluster[0].Server.Of("/chat");
        string auth;
        await using (var client = await WireClient.OpenAsync(cluster[0].Url))
        {
            await client.SendAsync("40/chat,");
            var pid = JsonDocument.Parse((await client.ReceiveAsync())["40/chat,".Length..]).RootElement.GetProperty("pid").GetString();
            await cluster[1].Server.Of("/chat").SocketsJoinAsync(["members", "editors"]);
            await Eventually.TrueAsync(() => chat.Adapter.LocalRooms().ContainsKey("editors"), "it is in both rooms");
            await cluster[1].Server.Of("/chat").To("members").EmitAsync("seen");
            var offset = JsonDocument.Parse((await client.ReceiveAsync())["42/chat,".Length..]).RootElement[1].GetString();
            auth = $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}";
            await client.CloseAsync();
        }

        await Eventually.TrueAsync(() => Sessions(cluster[0], "/chat").SessionCount == 1, "the connection is lost");
        var others = cluster[1].Server.Of("/chat");
        await others.SocketsJoinAsync("late");
        await others.SocketsLeaveAsync("members");
        await others.To("members").EmitAsync("for members");
        await others.To("late").EmitAsync("for late");
        await others.To("members").Except("editors").EmitAsync("not for editors");
        await chat.Except("late").EmitAsync("for all but late");
        await chat.To("editors").To("late").EmitAsync("for editors and late");
        await cluster[1].Server.EmitAsync("of another namespace");
        await Eventually.TrueAsync(() => cluster.Workers.All(worker => Sessions(worker, "/chat").Size.Packets == 6), "both have heard all");

        await using var again = await WireClient.OpenAsync(cluster[1].Url);
        await again.SendAsync("40/chat," + auth);
        var connected = await again.ReceiveAsync();
        await others.EmitAsync("end");
        var got = new List<string>();
        while (got is not [.., "end"])
            got.Add(JsonDocument.Parse((await again.ReceiveAsync())["42/chat,".Length..]).RootElement[0].GetString()!);

        Assert.StartsWith("40/chat,{", connected, StringComparison.Ordinal);
        Assert.Equal(["for all but late", "for editors and late", "for members"], got[..^1].Order(StringComparer.Ordinal));
        Assert.Equal(["editors", "members"], others.Adapter.LocalRooms().Keys.Where(static room => room.Length < 10).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_client_that_loses_its_connection_again_in_the_middle_of_what_it_missed_goes_on_there_at_a_worker_that_joined_later()
    {
        await using var cluster = await StartAsync(1, "");
        var first = cluster[0];
        var (sid, auth) = await LostClient.LoseAsync(first);
        foreach (var name in new[] { "one", "two", "three" })
            await first.Server.EmitAsync(name);
        var second = await cluster.AddWorkerAsync();
        await Eventually.TrueAsync(() => Held(second) == 4, "it has got what was sent before it joined");
        string seen;
        await using (var client = await WireClient.OpenAsync(second.Url))
        {
            await client.SendAsync("40" + auth);
            Assert.Contains(sid, await client.ReceiveAsync(), StringComparison.Ordinal);
            // Two more are on the way when its connection is lost.
            seen = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString()!;
            await client.CloseAsync();
        }

        await Eventually.TrueAsync(() => second.Server.Sockets.Sockets.Count == 0, "the connection is lost");
        var third = await cluster.AddWorkerAsync();
        await Eventually.TrueAsync(() => Held(third) == 4, "it has got what was sent before it joined");
        await cluster.StopWorkerAsync(first);
        await cluster.StopWorkerAsync(second);
        await using var again = await WireClient.OpenAsync(third.Url);
        await again.SendAsync("40" + auth[..auth.IndexOf(",\"offset", StringComparison.Ordinal)] + $",\"offset\":\"{seen}\"}}");

        Assert.Contains(sid, await again.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal(["two", "three"], [NameOf(await again.ReceiveAsync()), NameOf(await again.ReceiveAsync())]);
    }

    [Fact]
    public async Task A_copy_follows_its_sessions_and_is_gone_when_its_worker_has_left()
    {
        await using var cluster = await StartAsync(2, "akka.cluster-adapter.recovery.survive-crash = on");
        var copies = Sessions(cluster[1]).Copies;
        await using var client = await WireClient.OpenAsync(cluster[0].Url);
        await ConnectAsync(client, "");
        await Eventually.TrueAsync(() => copies.Size.Sessions == 1, "the session is copied");

        await client.SendAsync("41");
        await Eventually.TrueAsync(() => copies.Size.Sessions == 0, "a session that is over is not kept");
        await client.SendAsync("40");
        await Eventually.TrueAsync(() => copies.Size.Sessions == 1, "the next one is copied");
        await cluster[0].Server.DrainAsync();

        Assert.Equal((0, 0L), copies.Size);
        Assert.Equal(1, Sessions(cluster[1]).SessionCount);
    }

    private static Task<SocketIOTestCluster> StartAsync(
        int workers, string hocon, Action<SocketIOServer>? configure = null) => SocketIOTestCluster.StartAsync(workers, configure ?? (_ => { }), options =>
    {
        options.Hocon = hocon;
        options.ConfigureServer(static server => server.ConnectionStateRecovery = new SessionStoreOptions());
    });

    private static SessionStore Sessions(SocketIOTestWorker worker, string name = "/") => worker.Server.Of(name).Recovery!.Sessions;

    private static int Held(SocketIOTestWorker worker) => Sessions(worker).Size.Packets;

    private static string NameOf(string text) => JsonDocument.Parse(text[2..]).RootElement[0].GetString()!;

    private static int Having(SocketIOTestCluster cluster, string sid) => cluster.Workers.Count(worker => worker.Server.Sockets.Sockets.ContainsKey(sid));

    /// <summary>The id that a client is given.</summary>
    private static async Task<string> ConnectAsync(WireClient client, string auth)
    {
        await client.SendAsync("40" + auth);
        while (await client.ReceiveAsync() is var text)
        {
            if (text.StartsWith("40{", StringComparison.Ordinal))
                return JsonDocument.Parse(text[2..]).RootElement.GetProperty("sid").GetString()!;
            if (text == "closed")
                break;
        }

        return "";
    }
}
