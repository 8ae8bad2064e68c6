using System.Net.Sockets;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>An admin page costs clients nothing, whatever happens and however slow it is.</summary>
public sealed class LoadTests
{
    private const int Connections = 160;
    private const int Namespaces = 32;

    [Fact]
    public async Task Five_thousand_sockets_connect_while_a_page_does_not_read()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                for (var i = 0; i < Namespaces; i++)
                {
                    var ns = io.Of($"/n{i}");
                    ns.OnConnection(socket => socket.JoinAsync("everybody"));
                    ns.On("echo", (int number) => number);
                }
            },
            services: services => services.AddSocketIOAdmin(Admins.Open));
        var admin = Admins.Of(host.Services);
        await using var slow = await OpenSlowlyAsync(host.Uri);
        await slow.ConnectAsync("/admin");
        while (!(await slow.ReceiveAsync()).Contains("all_sockets", StringComparison.Ordinal))
        {
        }

        var page = Assert.Single(admin.Pages.All);
        var most = 0;
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => ConnectAsync(host)));
        for (var ns = 0; ns < Namespaces; ns++)
        {
            await Task.WhenAll(clients.Select((client, number) => EchoAsync(client, ns, number)));
            most = Math.Max(most, page.Waiting);
        }

        Assert.Equal(
            Connections * Namespaces, host.Server.Namespaces.Where(ns => ns.Name.StartsWith("/n", StringComparison.Ordinal)).Sum(ns => ns.Sockets.Count));
        Assert.InRange(most, 1, AdminPage.Most);
        await Eventually.TrueAsync(() => page.LeftOut > 0, () => $"{page.LeftOut} left out, {page.Waiting} waiting");
        Assert.Equal(0, host.Server.Counters.Count(counter => counter.Key.StartsWith("failed", StringComparison.Ordinal)));

        // Once it reads again, it gets a list of what is.
        var shown = 0;
        for (var isNew = false; shown < 5_000;)
        {
            var message = await slow.ReceiveAsync();
            Assert.NotEqual("closed", message);
            isNew |= message.Contains("all_sockets", StringComparison.Ordinal);
            if (isNew)
                shown += message.Split("\"clientId\"").Length - 1;
        }

        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_broadcast_to_many_is_sampled()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(Admins.Open));
        await using var page = await host.ConnectAsync("/admin");
        await using var client = await host.ConnectAsync();
        var feed = Admins.Of(host.Services).Watch.Feed;

        for (var i = 0; i < 2_000; i++)
            await host.Server.EmitAsync("tick", i);

        for (var i = 0; i < 2_000; i++)
            Assert.Equal($"42[\"tick\",{i}]", await client.ReceiveAsync());
        Assert.True(feed.LeftOut > 0, "All of them were to be told.");
    }

    private static async Task<WireClient> ConnectAsync(SocketIOTestHost host)
    {
        var client = await host.OpenAsync();
        for (var ns = 0; ns < Namespaces; ns++)
            await client.SendAsync($"40/n{ns},");
        for (var ns = 0; ns < Namespaces; ns++)
            Assert.StartsWith("40/n", await client.ReceiveAsync(), StringComparison.Ordinal);
        return client;
    }

    private static async Task EchoAsync(WireClient client, int ns, int number)
    {
        await client.SendAsync($"42/n{ns},1[\"echo\",{number}]");
        Assert.Equal($"43/n{ns},1[{number}]", await client.ReceiveAsync());
    }

    /// <summary>A page whose machine takes little at a time.</summary>
    private static async Task<WireClient> OpenSlowlyAsync(Uri server)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = static async (context, ct) =>
            {
                var socket = new System.Net.Sockets.Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var web = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await web.ConnectAsync(new Uri($"ws://{server.Authority}/socket.io/?EIO=4&transport=websocket"), invoker, deadline.Token);
        return await WireClient.OverAsync(web);
    }
}
