using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Akka.ClusterAdapter.Tests.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A server whose clients one thread reads: what runs there, what does not, and what comes of a handler that blocks.</summary>
public sealed class LoopReadsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Handlers_of_WebSockets_run_on_that_thread_and_nothing_else_does()
    {
        await using var host = await StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("here", () => ThreadName());
            socket.On("later", async () =>
            {
                await Task.Yield();
                return ThreadName();
            });
        }), app => app.MapGet("/other", ThreadName));
        await using var client = await host.ConnectAsync();
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = await PollingSidAsync(http);

        await client.SendAsync("421[\"here\"]");
        await client.ExpectAsync($"431[\"{ClientLoop.ThreadName}\"]");
        await client.SendAsync("422[\"later\"]");
        await client.ExpectAsync("432[\"another\"]");
        Assert.Equal("another", await http.GetStringAsync("/other"));
        Assert.Equal("ok", await PostAsync(http, sid, "421[\"here\"]"));
        Assert.Equal("431[\"another\"]", await http.GetStringAsync($"/socket.io/?EIO=4&transport=polling&sid={sid}"));
    }

    [Fact]
    public async Task TLS_stays_Kestrels_and_its_handlers_run_there_too()
    {
        using var certificate = RoutedProtocolTests.MakeCertificate();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.On("here", (string text) => ThreadName() + text.Length)),
            options => options.LoopReads = true,
            listen: listen => listen.UseHttps(certificate));
        var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == certificate.GetCertHashString();
        using var deadline = new CancellationTokenSource(Deadline);
        await socket.ConnectAsync(new Uri($"wss://{host.SecondUri.Authority}/socket.io/?EIO=4&transport=websocket"), deadline.Token);
        await using var client = await WireClient.OverAsync(socket);
        await client.ConnectAsync();

        foreach (var length in new[] { 1, 100_000, 2, 300_000, 3 })
        {
            await client.SendAsync($"421[\"here\",\"{new string('x', length)}\"]");
            await client.ExpectAsync($"431[\"{ClientLoop.ThreadName}{length}\"]");
        }
    }

    [Fact]
    public async Task A_client_that_changes_from_polling_is_on_that_thread_from_then_on()
    {
        await using var host = await StartAsync(io => io.OnConnection(socket => socket.On("here", () => ThreadName())));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = await PollingSidAsync(http);
        using var socket = await RoutedHosts.UpgradeAsync(host, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        await RoutedHosts.SendAsync(socket, "5");

        await RoutedHosts.SendAsync(socket, "421[\"here\"]");

        Assert.Equal($"431[\"{ClientLoop.ThreadName}\"]", await RoutedHosts.ReceiveAsync(socket));
    }

    [Fact]
    public async Task While_handlers_block_all_others_are_served_and_theirs_come_in_order_behind()
    {
        using var blocks = new ManualResetEventSlim();
        var blocked = 0;
        await using var host = await StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("block", () =>
            {
                Interlocked.Increment(ref blocked);
                blocks.Wait(Deadline);
            });
            socket.On("echo", (int number) => number);
            socket.On("all", (int number) => io.EmitAsync("said", number));
        }));
        using var meters = new MeterRecorder(host.Services);
        await using var other = await host.ConnectAsync();
        var held = new List<WireClient>();
        for (var i = 1; i <= 5; i++)
        {
            var client = await host.ConnectAsync();
            held.Add(client);
            await client.SendAsync("42[\"block\"]");
            await client.SendAsync("421[\"echo\",1]");
            await client.SendAsync("422[\"echo\",2]");
            await Eventually.TrueAsync(() => Volatile.Read(ref blocked) == i, "it blocks");
            await other.SendAsync($"421[\"echo\",{i}]");
            await other.ExpectAsync($"431[{i}]");
        }

        await other.SendAsync("42[\"all\",7]");
        await other.ExpectAsync("42[\"said\",7]");
        foreach (var client in held)
            await client.ExpectAsync("42[\"said\",7]");
        await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.Contains("(block)", StringComparison.Ordinal)), "it is told");
        Assert.Single(host.Logs.Lines, line => line.Contains("(block)", StringComparison.Ordinal));
        blocks.Set();

        foreach (var client in held)
        {
            await client.ExpectAsync("431[1]", "432[2]");
            await client.DisposeAsync();
        }

        Assert.InRange(meters["socketio.engine.held_up"], 1, 100);
    }

    [Fact]
    public async Task A_broadcast_to_many_is_written_by_other_threads_and_reaches_all()
    {
        const int Clients = 300;
        await using var host = await StartAsync(io => io.OnConnection(socket => socket.On("all", (int number) => io.EmitAsync("said", number))));
        var clients = new List<WireClient>();
        for (var i = 0; i < Clients; i++)
            clients.Add(await host.ConnectAsync());

        for (var i = 0; i < 3; i++)
            await clients[i].SendAsync($"42[\"all\",{i}]");

        foreach (var client in clients)
        {
            var heard = new HashSet<string>();
            for (var i = 0; i < 3; i++)
                heard.Add(await client.ReceiveAsync());
            Assert.Equal(3, heard.Count);
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task In_a_cluster_the_clusters_thread_reads_them_and_goes_on_while_a_handler_blocks()
    {
        using var blocks = new ManualResetEventSlim();
        var threads = new ConcurrentQueue<string>();
        await using var hosts = await RoutedHosts.StartAsync("akka.cluster-adapter.transport = epoll\nakka.cluster-adapter.loop = clients");
        hosts.One.Server.OnConnection(socket =>
        {
            socket.On("block", () =>
            {
                threads.Enqueue(ThreadName());
                blocks.Wait(Deadline);
            });
            socket.On("all", (int number) => hosts.One.Server.EmitAsync("said", number));
            socket.On("workers", async () => await hosts.One.Server.ServerCountAsync());
        });
        await using var one = await hosts.One.ConnectAsync();
        await using var other = await hosts.One.ConnectAsync();
        await using var far = await hosts.Two.ConnectAsync();
        await one.SendAsync("42[\"block\"]");
        await Eventually.TrueAsync(() => !threads.IsEmpty, "it blocks");

        for (var i = 0; i < 20; i++)
        {
            await other.SendAsync($"42[\"all\",{i}]");
            await other.ExpectAsync($"42[\"said\",{i}]");
            await far.ExpectAsync($"42[\"said\",{i}]");
            await one.ExpectAsync($"42[\"said\",{i}]");
        }

        await other.SendAsync("421[\"workers\"]");
        await other.ExpectAsync("431[2]");
        blocks.Set();
        Assert.Equal(["cluster-links"], threads);
    }

    private static string ThreadName() =>
        Thread.CurrentThread.Name is { } name && name.EndsWith("-links", StringComparison.Ordinal) ? name : "another";

    private static Task<SocketIOTestHost> StartAsync(Action<SocketIOServer> configure, Action<WebApplication>? use = null) =>
        SocketIOTestHost.StartAsync(configure, options => options.LoopReads = true, use: use);

    private static async Task<string> PollingSidAsync(HttpClient http)
    {
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var sid = System.Text.Json.JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
        Assert.Equal("ok", await PostAsync(http, sid, "40"));
        Assert.StartsWith("40{", await http.GetStringAsync($"/socket.io/?EIO=4&transport=polling&sid={sid}"), StringComparison.Ordinal);
        return sid;
    }

    private static async Task<string> PostAsync(HttpClient http, string sid, string packet)
    {
        using var answer = await http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={sid}", new StringContent(packet));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
