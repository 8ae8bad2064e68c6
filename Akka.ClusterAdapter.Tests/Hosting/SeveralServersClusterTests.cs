using System.Net;
using System.Text.Json;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.ClusterAdapter.Tests.Clients;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Named servers over one cluster (issue 18, part 6): what is for one server never reaches another, and a worker need not have all of them.</summary>
public sealed class SeveralServersClusterTests
{
    private static readonly string[] Both = ["", "admin"];

    public static TheoryData<SocketIOTestTransport> Transports => [.. Enum.GetValues<SocketIOTestTransport>()];

    [Fact]
    public async Task What_one_server_says_reaches_its_own_clients_on_all_workers_and_nobody_else()
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both);
        await using var main = await workers[1].ConnectAsync();
        await using var admin = await workers[1].ConnectAsync("/admin-io");
        var heard = new List<string>();
        workers[1].Server().Of("/").OnServerSide("tidy", (string by) => heard.Add("main " + by));
        workers[1].Server("admin").Of("/").OnServerSide("tidy", (string by) => "admin " + by);

        await workers[0].Server("admin").EmitAsync("news", "for admins");
        await workers[0].Server().EmitAsync("news", "for all");
        var tidied = await workers[0].Server("admin").Of("/").ServerSideEmitWithAckAsync<string>("tidy", ["zero"]);

        Assert.Equal("for admins", await admin.WaitForAsync<string>("news"));
        Assert.Equal("for all", await main.WaitForAsync<string>("news"));
        Assert.Equal(admin.Id, Assert.Single(await workers[0].Server("admin").FetchSocketsAsync()).Id);
        Assert.Equal(main.Id, Assert.Single(await workers[0].Server().FetchSocketsAsync()).Id);
        Assert.Equal(["admin zero"], tidied);
        Assert.Empty(heard);
    }

    [Fact]
    public async Task Workers_with_other_servers_are_ready_answer_nothing_and_are_not_counted()
    {
        await using var workers = await SeveralClusters.StartAsync([""], ["admin"], Both);
        await using var main = await workers[0].ConnectAsync();
        await using var admin = await workers[1].ConnectAsync("/admin-io");

        var fetched = await workers[2].Server("admin").FetchSocketsAsync();
        workers[2].Server("admin").Of("/").OnServerSide("ping", () => "pong");
        var asked = await workers[1].Server("admin").Of("/").ServerSideEmitWithAnswersAsync<string>("ping", []);
        await workers[2].Server("admin").EmitAsync("news", "x");
        await workers[2].Server().EmitAsync("news", "y");

        Assert.Equal(admin.Id, Assert.Single(fetched).Id);
        Assert.Equal("pong", Assert.Single(asked.Answers).Value);
        Assert.False(asked.IsTimedOut);
        Assert.Equal("x", await admin.WaitForAsync<string>("news"));
        Assert.Equal("y", await main.WaitForAsync<string>("news"));
        foreach (var worker in new[] { 0, 1, 2 })
            Assert.Equal(3, workers.Extension(worker).ServerCount);
        Assert.Equal(2, await workers[0].Server().ServerCountAsync());
        Assert.Equal(2, await workers[1].Server("admin").ServerCountAsync());
    }

    [Fact]
    public async Task A_request_for_a_session_of_another_worker_reaches_the_server_that_it_is_for()
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both, [""]);
        using var http = new HttpClient();
        var sid = await OpenAsync(http, workers[0].Uri, "/admin-io");

        var post = await http.PostAsync(At(workers[1].Uri, "/admin-io", sid), new StringContent("40"));
        var poll = await http.GetStringAsync(At(workers[1].Uri, "/admin-io", sid));
        using var mistaken = await http.GetAsync(At(workers[1].Uri, "/socket.io", sid));
        using var without = await http.GetAsync(At(workers[2].Uri, "/socket.io", sid));

        Assert.Equal("ok", await post.Content.ReadAsStringAsync());
        Assert.StartsWith("40{", poll, StringComparison.Ordinal);
        foreach (var answer in new[] { mistaken, without })
            Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, workers[0].Server().Engine.SessionCount);
        Assert.Equal(1, workers[0].Server("admin").Engine.SessionCount);
    }

    [Theory]
    [InlineData("polling,websocket")]
    [InlineData("websocket")]
    public async Task Behind_a_gateway_each_server_has_its_path_and_only_workers_that_have_it(string transports)
    {
        await using var workers = await SeveralClusters.StartAsync([""], ["admin"]);
        var (system, member) = workers.Address;
        await using var gateway = await GatewayHost.StartAsync(system, member, workers: 1, map: static app => app.MapSocketIOGateway("/admin-io", "admin"));
        await Eventually.TrueAsync(() => gateway.OpenWorkersOf("admin") == 1, "a worker for admins");

        foreach (var _ in Enumerable.Range(0, 3))
        {
            await NodeClient.PassesAsync("place", "socket.io-client", transports, gateway.Url, "/socket.io", "{}", "{}", "main of 0");
            await NodeClient.PassesAsync("place", "socket.io-client", transports, gateway.Url, "/admin-io", "{}", "{}", "admin of 1");
        }
    }

    [Fact]
    public async Task An_emitter_to_a_named_server_reaches_its_clients_and_counts_its_workers()
    {
        await using var workers = await SeveralClusters.StartAsync(Both, [""]);
        await using var main = await workers[0].ConnectAsync();
        await using var admin = await workers[0].ConnectAsync("/admin-io");
        var system = workers.AddMember();
        var emitter = SocketIOEmitter.Create(system, "admin");
        workers.Join(system);

        await emitter.EmitAsync("news", "for admins");
        await workers[1].Server().EmitAsync("news", "for all");

        Assert.Equal("for admins", await admin.WaitForAsync<string>("news"));
        Assert.Equal("for all", await main.WaitForAsync<string>("news"));
        Assert.Equal(admin.Id, Assert.Single(await emitter.FetchSocketsAsync()).Id);
        Assert.Equal(("admin", "admin"), (emitter.ServerName, emitter.Of("/x").ServerName));
        Assert.Equal(1, await emitter.ServerCountAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task One_server_that_is_drained_alone_brings_its_new_clients_to_others_and_the_worker_stays(SocketIOTestTransport transport)
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both);
        await using var main = await workers[0].ConnectAsync();

        await workers[0].Server("admin").DrainAsync();

        await using var admin = await workers[0].ConnectAsync("/admin-io", transport: transport);
        Assert.Equal("admin of 1", await admin.EmitWithAckAsync<string>("who"));
        Assert.Equal("main of 0", await main.EmitWithAckAsync<string>("who"));
        Assert.Equal((0, 1), (workers[0].Server("admin").Engine.SessionCount, workers[1].Server("admin").Engine.SessionCount));
        Assert.True(workers.Extension(0).IsReady);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task So_does_one_that_is_closed_alone_and_polls_wait_at_the_owner(bool isDrained)
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both);
        using var http = new HttpClient();
        await (isDrained ? workers[0].Server("admin").DrainAsync() : workers[0].Server("admin").CloseAsync().AsTask());

        var sid = await OpenAsync(http, workers[0].Uri, "/admin-io");
        using var post = await http.PostAsync(At(workers[0].Uri, "/admin-io", sid), new StringContent("40"));
        var connected = await http.GetStringAsync(At(workers[0].Uri, "/admin-io", sid));
        using var poll = await WaitAtOwnerAsync(http, workers[0], workers[1], sid);
        await workers[1].Server("admin").EmitAsync("news", "x");

        Assert.Equal("ok", await post.Content.ReadAsStringAsync());
        Assert.StartsWith("40{", connected, StringComparison.Ordinal);
        Assert.Equal("42[\"news\",\"x\"]", await poll);
    }

    [Fact]
    public async Task Those_that_it_brought_to_others_are_let_go_when_its_worker_stops()
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both);
        using var http = new HttpClient();
        await workers[0].Server("admin").DrainAsync();
        await using var admin = await workers[0].ConnectAsync("/admin-io");
        var sid = await OpenAsync(http, workers[0].Uri, "/admin-io");
        using var poll = await WaitAtOwnerAsync(http, workers[0], workers[1], sid);

        // The web server still waits for its connections.
        await Assert.Single(workers[0].App.Services.GetServices<IHostedService>().OfType<SocketIOLifetime>()).StoppingAsync(CancellationToken.None);

        Assert.Equal("6", await poll);
        await admin.WaitForDisconnectAsync();
        Assert.Equal("6", await http.GetStringAsync(At(workers[0].Uri, "/admin-io", sid)));
    }

    [Fact]
    public async Task One_server_that_is_drained_alone_is_counted_no_more_and_the_worker_leaves_with_its_last_one()
    {
        await using var workers = await SeveralClusters.StartAsync(Both, Both, [""]);
        using var http = new HttpClient();
        var sid = await OpenAsync(http, workers[0].Uri, "/admin-io");
        await workers[0].Server("admin").Adapters.LeaveAsync();

        // While it lets its clients go, they are still there for the others.
        using var post = await http.PostAsync(At(workers[1].Uri, "/admin-io", sid), new StringContent("40"));
        Assert.Equal("ok", await post.Content.ReadAsStringAsync());
        Assert.Equal(2, await workers[1].Server("admin").ServerCountAsync());

        await workers[0].Server("admin").DrainAsync();

        await Eventually.TrueAsync(async () => await workers[1].Server("admin").ServerCountAsync() == 1, "the others hear that it has ended");
        Assert.True(workers.Extension(0).IsReady);
        Assert.Equal(3, await workers[1].Server().ServerCountAsync());
        await workers[0].Server().DrainAsync();
        await Eventually.TrueAsync(() => !workers.Extension(0).IsReady && workers.Extension(1).ServerCount == 2, "the worker leaves with its last server");
    }

    [Fact]
    public async Task Workers_whose_servers_of_one_name_use_other_parsers_do_not_work_together()
    {
        var systems = new TestSystems();
        var (first, second) = (systems.Add(), systems.Add());
        var one = ClusterAdapterExtension.Get(first);
        var two = ClusterAdapterExtension.Get(second);
        one.FactoryOf("admin").Create(new FakeHost("/"));
        systems.Join(first);
        await Eventually.TrueAsync(() => one.IsReady);

        two.FactoryOf("admin").Create(new FakeHost("/", new MessagePackPacketParser()));
        systems.Join(second);

        await Eventually.TrueAsync(() => two.NotReadyBecause is not null, "it is refused");
        Assert.Contains("its server 'admin' uses the packet parser", two.NotReadyBecause, StringComparison.Ordinal);
        var refusal = Assert.Throws<InvalidOperationException>(() => one.FactoryOf("admin").Create(new FakeHost("/x", new MessagePackPacketParser())));
        Assert.Contains("for its server 'admin'", refusal.Message, StringComparison.Ordinal);
        await systems.EndAsync();
    }

    [Fact]
    public async Task Two_applications_in_one_process_with_a_cluster_each_hear_nothing_of_each_other()
    {
        await using var one = await SeveralClusters.StartAsync(Both, Both);
        await using var two = await SeveralClusters.StartAsync(Both, Both);
        await using var here = await one[1].ConnectAsync("/admin-io");
        await using var there = await two[1].ConnectAsync("/admin-io");
        using var http = new HttpClient();
        var sid = await OpenAsync(http, one[0].Uri, "/admin-io");

        await one[0].Server("admin").EmitAsync("news", "one");
        await two[0].Server("admin").EmitAsync("news", "two");
        using var foreign = await http.GetAsync(At(two[0].Uri, "/admin-io", sid));

        Assert.Equal("one", await here.WaitForAsync<string>("news"));
        Assert.Equal("two", await there.WaitForAsync<string>("news"));
        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        Assert.Equal(here.Id, Assert.Single(await one[0].Server("admin").FetchSocketsAsync()).Id);
        Assert.Equal(0, one.Extension(0).State.Counters[PeerCounter.UnknownNamespace]);
    }

    [Fact]
    public async Task A_named_server_that_is_full_takes_no_other_server_of_its_worker_from_a_gateway()
    {
        await using var workers = await SeveralClusters.StartAsync(static (name, options) => options.MaxSessions = name == "admin" ? 1 : 1000, Both);
        var (system, member) = workers.Address;
        await using var gateway = await GatewayHost.StartAsync(system, member, workers: 1, map: static app => app.MapSocketIOGateway("/admin-io", "admin"));
        await Eventually.TrueAsync(() => gateway.OpenWorkersOf("admin") == 1, "a worker for admins");
        await using var admin = await workers[0].ConnectAsync("/admin-io");
        using var http = new HttpClient();

        for (var i = 0; i < 20; i++)
        {
            using var full = await http.GetAsync(At(new Uri(gateway.Url), "/admin-io"));
            using var open = await http.GetAsync(At(new Uri(gateway.Url), "/socket.io"));
            Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (full.StatusCode, open.StatusCode));
        }

        await admin.DisposeAsync();
        await Eventually.TrueAsync(
            async () => (await http.GetAsync(At(new Uri(gateway.Url), "/admin-io"))).IsSuccessStatusCode,
            "the server has room again, and the gateway hears of it");
    }

    /// <summary>A poll through one worker that waits at another one.</summary>
    private static async Task<Task<string>> WaitAtOwnerAsync(HttpClient http, SeveralHost here, SeveralHost owner, string sid)
    {
        var poll = http.GetStringAsync(At(here.Uri, "/admin-io", sid));
        await Eventually.TrueAsync(() => poll.IsCompleted || owner.Server("admin").Engine.Sessions[sid].Polling is { Waiting: not null }, "a poll");
        return poll;
    }

    private static async Task<string> OpenAsync(HttpClient http, Uri server, string path)
    {
        var open = await http.GetStringAsync(At(server, path));
        return JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
    }

    private static Uri At(Uri server, string path, string? sid = null) => new(server, $"{path}/?EIO=4&transport=polling{(sid is null ? "" : "&sid=" + sid)}");
}
