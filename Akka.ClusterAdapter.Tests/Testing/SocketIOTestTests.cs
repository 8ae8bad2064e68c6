using System.Security.Claims;
using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Testing;

/// <summary>Handlers without a transport (issue 18, 7).</summary>
public sealed class SocketIOTestTests
{
    [Fact]
    public async Task What_one_says_the_others_hear()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat").MapHandler<ChatHandler>());
        var (ada, bob) = (await server.ConnectAsync("/chat"), await server.ConnectAsync("/chat"));

        await ada.EmitAsync("say", "hello");

        Assert.Equal((ada.Id, "hello"), await bob.WaitForAsync<string, string>("said"));
        Assert.Empty(ada.Received);
    }

    [Fact]
    public async Task A_handler_is_an_object_that_a_test_can_make()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat"));
        var (ada, bob) = (await server.ConnectAsync("/chat"), await server.ConnectAsync("/chat"));
        await bob.Socket.JoinAsync("lobby");
        var handler = new ChatHandler(TimeProvider.System) { Socket = ada.Socket };

        var length = await handler.SayAsync("hello");

        Assert.Equal(5, length);
        Assert.Equal((ada.Id, "hello"), await bob.WaitForAsync<string, string>("said"));
    }

    [Fact]
    public async Task Connection_handlers_are_started_when_a_client_is_connected()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat").MapHandler<ChatHandler>());

        for (var i = 0; i < 50; i++)
        {
            var client = await server.ConnectAsync("/chat");
            Assert.Contains("lobby", client.Socket.Rooms);
        }
    }

    [Fact]
    public async Task The_clock_of_the_test_is_that_of_the_application()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var server = SocketIOTest.Create(io => io.MapHandler<ChatHandler>(), options => options.Time = time);
        var client = await server.ConnectAsync();

        time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(time.GetUtcNow(), await client.EmitWithAckAsync<DateTimeOffset>("now"));
        Assert.True(client.Connected);
    }

    [Fact]
    public async Task A_client_that_answers_no_ping_is_lost_in_virtual_time()
    {
        var time = new FakeTimeProvider();
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.OnDisconnect(reason => { left.SetResult(reason); return default(ValueTask); })),
            options =>
            {
                options.Time = time;
                options.ConfigureServer(server => (server.PingInterval, server.PingTimeout) = (TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20)));
            });
        var client = await server.ConnectAsync();
        client.Connection.AnswersPings = false;

        time.Advance(TimeSpan.FromSeconds(26));
        Assert.True(client.Connected);
        time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
        Assert.Equal(DisconnectReason.PingTimeout, await left.Task);
    }

    [Fact]
    public async Task Who_answers_pings_stays()
    {
        var time = new FakeTimeProvider();
        await using var server = SocketIOTest.Create(io => { }, options =>
        {
            options.Time = time;
            options.ConfigureServer(server => server.PingInterval = TimeSpan.FromSeconds(25));
        });
        var client = await server.ConnectAsync();

        for (var i = 0; i < 5; i++)
        {
            var answered = client.Connection.PingsAnswered;
            time.Advance(TimeSpan.FromSeconds(26));
            await Eventually.TrueAsync(() => client.Connection.PingsAnswered > answered);
        }

        Assert.True(client.Socket.Connected);
    }

    [Fact]
    public async Task An_acknowledgement_that_the_server_waits_for_times_out_in_virtual_time()
    {
        var time = new FakeTimeProvider();
        await using var server = SocketIOTest.Create(io => { }, options => options.Time = time);
        var client = await server.ConnectAsync();
        var asked = client.Socket.Timeout(TimeSpan.FromHours(1)).EmitWithAckAsync<string>("who", []);
        await client.WaitForAsync("who");

        time.Advance(TimeSpan.FromHours(1));

        await Assert.ThrowsAsync<AckTimeoutException>(() => asked);
    }

    [Fact]
    public async Task The_client_answers_what_the_server_asks()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        client.On("who", _ => "Ada").On("add", async received => { await Task.Yield(); return received.Get<int>(0) + received.Get<int>(1); });

        Assert.Equal("Ada", await client.Socket.EmitWithAckAsync<string>("who", []));
        Assert.Equal(3, await client.Socket.EmitWithAckAsync<int>("add", [1, 2]));
    }

    [Fact]
    public async Task A_handler_of_the_client_is_there_before_the_first_event()
    {
        var answer = new TaskCompletionSource<string?>();
        await using var server = SocketIOTest.Create(io => io.OnConnection(async socket => answer.SetResult(await socket.EmitWithAckAsync<string>("who", []))));

        await server.ConnectAsync(configure: options => options.Prepare = client => client.On("who", _ => "Ada"));

        Assert.Equal("Ada", await answer.Task);
    }

    [Fact]
    public async Task Binary_arguments_go_both_ways()
    {
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.On("reverse", (byte[] bytes) => new ValueTask<byte[]>([.. bytes.Reverse()]))));
        var client = await server.ConnectAsync();

        Assert.Equal([3, 2, 1], await client.EmitWithAckAsync<byte[]>("reverse", [new byte[] { 1, 2, 3 }]));
        await client.Socket.EmitAsync("file", "a.txt", new byte[] { 7 });
        var received = await client.WaitForAsync("file");

        Assert.Equal("\"file\" (\"a.txt\", <1 bytes>)", received.ToString());
        Assert.Equal([7], received.Get<byte[]>(1));
    }

    [Fact]
    public async Task A_middleware_sees_auth_user_and_headers_and_refuses_with_data()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/admin").Use(async (socket, next) =>
        {
            var token = socket.Handshake.Auth.GetProperty("token").GetString();
            if (socket.User.Identity?.Name != "root" || socket.Handshake.Headers["x-team"] != "ops" || token != "t")
                throw new ConnectErrorException("unauthorized", new { retry = false });
            await next();
        }));
        void AsRoot(SocketIOTestClientOptions options)
        {
            options.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "root")], "test"));
            options.Headers["X-Team"] = "ops";
        }

        var admitted = await server.ConnectAsync("/admin", new { token = "t" }, AsRoot);
        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync("/admin", new { token = "t" }));

        Assert.True(admitted.Connected);
        Assert.Equal("unauthorized", refused.Message);
        Assert.False(refused.ErrorData!.Value.GetProperty("retry").GetBoolean());
    }

    [Fact]
    public async Task Several_namespaces_share_a_connection()
    {
        await using var server = SocketIOTest.Create(io => (_, _) = (io.Of("/a"), io.Of("/b")));
        var a = await server.ConnectAsync("/a");
        var b = await a.Connection.ConnectAsync("/b");

        await server.Server.Of("/b").EmitAsync("news", 1);
        await a.DisconnectAsync();

        Assert.Equal(1, await b.WaitForAsync<int>("news"));
        Assert.Equal((false, true), (a.Connected, b.Connected));
        Assert.Same(a.Connection, b.Connection);
        await b.Connection.CloseAsync();
        Assert.Equal("io client disconnect", await b.WaitForDisconnectAsync());
    }

    [Fact]
    public async Task A_client_that_comes_back_finds_what_it_missed()
    {
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.JoinAsync("lobby")),
            options => options.ConfigureServer(server => server.ConnectionStateRecovery = new()));
        var client = await server.ConnectAsync();
        var id = client.Id;
        await server.Server.To("lobby").EmitAsync("news", "first");
        await client.WaitForAsync("news");

        client.Connection.Cut();
        await server.IdleAsync();
        await server.Server.To("lobby").EmitAsync("news", "second");
        await client.ReconnectAsync();

        Assert.Equal("second", await client.WaitForAsync<string>("news"));
        Assert.Equal((true, id), (client.Recovered, client.Id));
    }

    [Fact]
    public async Task Without_recovery_a_client_comes_back_as_somebody_else()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        var id = client.Id;

        await client.ReconnectAsync();

        Assert.False(client.Recovered);
        Assert.NotEqual(id, client.Id);
        await server.IdleAsync();
        Assert.Equal([client.Id], server.Server.Of("/").Sockets.Keys);
    }

    [Fact]
    public async Task Handlers_that_a_disconnect_starts_have_ended_when_the_server_is_idle()
    {
        var left = new List<DisconnectReason>();
        await using var server = SocketIOTest.Create(io => io.OnConnection(socket => socket.OnDisconnect(async reason =>
        {
            await Task.Yield();
            left.Add(reason);
        })));
        for (var i = 0; i < 50; i++)
        {
            var client = await server.ConnectAsync();

            await client.DisposeAsync();
            await server.IdleAsync();

            Assert.Equal(i + 1, left.Count);
        }
    }

    [Fact]
    public async Task Services_are_those_of_the_test()
    {
        await using var server = SocketIOTest.Create(
            io => io.MapHandler<GreetingHandler>(), options => options.Services.AddSingleton(new Greeting("Good day")));
        var client = await server.ConnectAsync();

        Assert.Equal("Good day, Ada", await client.EmitWithAckAsync<string>("greet", ["Ada"]));
        Assert.Same(server.Server, server.Services.GetRequiredService<SocketIOServer>());
    }

    [Fact]
    public async Task Messages_over_the_servers_limit_end_the_connection_as_they_would_elsewhere()
    {
        await using var server = SocketIOTest.Create(io => { }, options => options.ConfigureServer(server => server.MaxPayload = 1_000));
        var client = await server.ConnectAsync();

        await client.EmitAsync("say", new string('x', 2_000));

        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
    }

    [Fact]
    public async Task A_handler_does_not_find_the_context_of_the_test()
    {
        var contexts = new List<SynchronizationContext?>();
        await using var server = SocketIOTest.Create(io => io.OnConnection(socket => socket.On("x", () =>
        {
            contexts.Add(SynchronizationContext.Current);
            return default(ValueTask);
        })));
        var client = await server.ConnectAsync();

        await client.EmitAsync("x");

        Assert.Equal([null], contexts);
    }

    [Fact]
    public async Task The_msgpack_parser_of_the_server_is_the_clients_too()
    {
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.On("echo", (JsonElement value) => new ValueTask<JsonElement>(value))),
            options => options.ConfigureServer(server => server.Parser = new ClusterAdapter.Protocol.MessagePackPacketParser()));
        var client = await server.ConnectAsync("/", new { token = "t" });

        Assert.Equal("Ada", (await client.EmitWithAckAsync<JsonElement>("echo", [new { name = "Ada" }])).GetProperty("name").GetString());
    }

    internal sealed record Greeting(string Words);

    internal sealed class GreetingHandler(Greeting greeting) : SocketHandler
    {
        [On("greet")]
        public ValueTask<string> GreetAsync(string name) => new($"{greeting.Words}, {name}");
    }
}
