using System.Net;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

public class ConnectTests
{
    [Fact]
    public async Task A_middleware_that_throws_after_it_let_the_client_in_refuses_nobody_and_the_log_says_so()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Use(async (socket, next) =>
        {
            await next();
            throw new InvalidOperationException("late");
        }));
        await using var client = await host.ConnectAsync();

        await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.Contains("let the client in; the client stays. late", StringComparison.Ordinal)));
        Assert.Single(host.Server.Of("/").Sockets);
        Assert.DoesNotContain(host.Logs.Lines, line => line.Contains("was refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_reply_names_a_public_id_that_is_not_the_sessions()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        await using var client = await host.ConnectAsync();

        Assert.Matches("^[A-Za-z0-9_-]{20}$", client.SocketId);
        Assert.NotEqual(client.EngineId, client.SocketId);
        Assert.True(host.Server.Of("/").Sockets.ContainsKey(client.SocketId));
    }

    [Fact]
    public async Task Auth_query_and_headers_are_in_the_handshake()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.EmitAsync(
            "seen", socket.Handshake.Auth, socket.Handshake.Query["EIO"], socket.Handshake.Headers.ContainsKey("host"))));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40{\"token\":\"abc\"}");

        Assert.StartsWith("40{\"sid\"", await client.ReceiveAsync(), StringComparison.Ordinal);
        await client.ExpectAsync("42[\"seen\",{\"token\":\"abc\"},\"4\",true]");
    }

    [Fact]
    public async Task Unknown_namespace_is_refused_and_the_connection_stays()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/random,");

        await client.ExpectAsync("44/random,{\"message\":\"Invalid namespace\"}");
        await client.ConnectAsync();
    }

    [Fact]
    public async Task Refusal_of_a_middleware_reaches_the_client_with_its_data()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of("/admin").Use((_, _) => throw new ConnectErrorException("denied", new { retry = false })));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/admin,");

        await client.ExpectAsync("44/admin,{\"message\":\"denied\",\"data\":{\"retry\":false}}");
        Assert.Empty(host.Server.Of("/admin").Sockets);
    }

    [Fact]
    public async Task Any_other_exception_of_a_middleware_tells_the_client_nothing()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Use((_, _) => throw new InvalidOperationException("the password is 1234")));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40");

        await client.ExpectAsync("44{\"message\":\"Internal server error\"}");
        Assert.Contains(host.Logs.Lines, line => line.Contains("the password is 1234", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Middlewares_run_in_order_and_may_wait()
    {
        var gate = new TaskCompletionSource();
        var order = new List<string>();
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Use(async (_, next) =>
            {
                order.Add("first");
                await gate.Task;
                await next();
            });
            io.Use((_, next) =>
            {
                order.Add("second");
                return next();
            });
            io.OnConnection(_ => order.Add("connection"));
        });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40");
        gate.SetResult();

        Assert.StartsWith("40{", await client.ReceiveAsync(), StringComparison.Ordinal);
        await client.SendAsync("41");
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);
        Assert.Equal(["first", "second", "connection"], order);
    }

    [Fact]
    public async Task An_event_while_a_middleware_is_deciding_closes_the_connection()
    {
        var gate = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(io => io.Use(async (_, next) =>
        {
            await gate.Task;
            await next();
        }));
        await using var client = await host.OpenAsync();

        await client.SendAsync("40");
        await client.SendAsync("42[\"too early\"]");

        await client.ExpectAsync("closed");
        gate.SetResult();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0);
        Assert.Empty(host.Server.Of("/").Sockets);
    }

    [Theory]
    [InlineData("42[\"echo\",1]")]
    [InlineData("42/nope,[\"x\"]")]
    [InlineData("44{\"message\":\"x\"}")]
    [InlineData("40[1]")]
    [InlineData("42[]")]
    [InlineData("42[\"disconnect\"]")] // for a namespace that is not joined
    [InlineData("49")]
    [InlineData("41[1]")]
    public async Task Violation_before_joining_closes_the_connection(string frame)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.OpenAsync();

        await client.SendAsync(frame);

        await client.ExpectAsync("closed");
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0);
    }

    [Theory]
    [InlineData("42/b,[1]", DisconnectReason.ForcedServerClose)]
    [InlineData("44{\"message\":\"x\"}", DisconnectReason.ForcedServerClose)]
    [InlineData("42{}", DisconnectReason.ForcedClose)]
    [InlineData("41", DisconnectReason.ClientNamespaceDisconnect)]
    [InlineData("1", DisconnectReason.TransportClose)]
    public async Task Each_way_to_go_has_its_reason(string frame, DisconnectReason expected)
    {
        var reason = new TaskCompletionSource<DisconnectReason>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(r =>
        {
            reason.TrySetResult(r);
            return ValueTask.CompletedTask;
        })));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(frame);

        Assert.Equal(expected, await reason.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(host.Server.Of("/").Sockets);
    }

    [Fact]
    public async Task What_follows_the_connect_packet_keeps_its_order()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(async socket =>
        {
            await socket.EmitAsync("first");
            await socket.EmitAsync("second");
        }));

        await using var client = await host.ConnectAsync();

        await client.ExpectAsync("42[\"first\"]", "42[\"second\"]");
    }

    [Fact]
    public async Task A_connection_that_joins_nothing_is_closed()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, o => o.ConnectTimeout = TimeSpan.FromMilliseconds(100));
        await using var client = await host.OpenAsync();

        await client.ExpectAsync("closed");
    }

    [Fact]
    public async Task Connections_that_join_nothing_are_not_taken_without_end()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, o => o.MaxUnconnectedClients = 2);
        using var http = new HttpClient { BaseAddress = host.Uri };
        await using var joined = await host.ConnectAsync();
        await using var first = await host.OpenAsync();
        await using var second = await host.OpenAsync();

        using (var refused = await http.GetAsync("/socket.io/?EIO=4&transport=polling"))
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(1, host.Server.Engine.Counters["refused.address-unconnected"]);

        await first.ConnectAsync();
        await using var third = await host.OpenAsync();
        await second.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 3, "the second is gone");
        await using var fourth = await host.ConnectAsync();
    }

    [Fact]
    public async Task Rooms_are_still_there_while_disconnecting_and_gone_afterwards()
    {
        var seen = new TaskCompletionSource<(int Before, int After)>();
        var before = 0;
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(async socket =>
        {
            await socket.JoinAsync("lobby");
            socket.OnDisconnecting(_ =>
            {
                before = socket.Rooms.Count;
                return ValueTask.CompletedTask;
            });
            socket.OnDisconnect(_ =>
            {
                seen.SetResult((before, socket.Rooms.Count));
                return ValueTask.CompletedTask;
            });
        }));
        await using var client = await host.ConnectAsync();

        await client.CloseAsync();

        Assert.Equal((2, 0), await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Dynamic_namespaces_are_made_on_demand_and_removed_when_empty()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex(@"^/tenant-\d+$")).OnConnection(socket => socket.EmitAsync("hello", socket.Namespace.Name)),
            o => o.CleanupEmptyChildNamespaces = true);
        await using var client = await host.OpenAsync();

        await client.ConnectAsync("/tenant-7");

        await client.ExpectAsync("42/tenant-7,[\"hello\",\"/tenant-7\"]");
        Assert.Contains(host.Server.Namespaces, ns => ns.Name == "/tenant-7");
        await client.SendAsync("41/tenant-7,");
        await Eventually.TrueAsync(() => host.Server.Namespaces.All(ns => ns.Name != "/tenant-7"));
        await client.SendAsync("40/tenant-x,");
        await client.ExpectAsync("44/tenant-x,{\"message\":\"Invalid namespace\"}");
    }

    [Fact]
    public async Task What_a_client_sends_before_it_knows_that_it_was_disconnected_is_no_violation()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.OnConnection(socket => socket.On("alive", async () => true));
            io.Of("/chat").OnConnection(socket => socket.On("kick", () => socket.DisconnectAsync()));
        });
        await using var client = await host.ConnectAsync();
        await client.ConnectAsync("/chat");

        await client.SendAsync("42/chat,[\"kick\"]");
        await client.SendAsync("42/chat,1[\"late\"]");
        await client.SendAsync("43/chat,5[]");
        await client.SendAsync("41/chat,");
        await client.SendAsync("421[\"alive\"]");

        await client.ExpectAsync("41/chat,", "431[true]");
        await client.ConnectAsync("/chat");
        await client.SendAsync("41/chat,");
        await client.SendAsync("42/chat,[\"late\"]");
        await client.SendAsync("422[\"alive\"]");
        await client.ExpectAsync("432[true]");
    }

    [Fact]
    public async Task More_namespaces_than_allowed_are_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/a"), o => o.MaxNamespacesPerConnection = 1);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("40/a,");

        await client.ExpectAsync("44/a,{\"message\":\"Too many namespaces\"}");
    }
}
