using System.Security.Claims;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/testing.md. <see cref="PageSnippetsTests"/> compares it with the page; here it is compiled and run.</summary>
public sealed class TestingSnippets
{
    private static readonly ClaimsPrincipal Root = new(new ClaimsIdentity([new Claim(ClaimTypes.Name, "root")], "test"));

    [Fact]
    public async Task The_five_lines()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat").MapHandler<ChatHandler>());
        var ada = await server.ConnectAsync("/chat");
        var bob = await server.ConnectAsync("/chat");
        await ada.EmitAsync("say", "hello");
        Assert.Equal("hello", await bob.WaitForAsync<string>("said"));
    }

    [Fact]
    public async Task What_does_not_come_and_what_has_ended()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat").MapHandler<ChatHandler>());
        var ada = await server.ConnectAsync("/chat");

        await ada.EmitAsync("say", "hello");
        await ada.EmitWithAckAsync<DateTimeOffset>("now");
        Assert.DoesNotContain(ada.Received, e => e.Name == "said");

        await ada.DisposeAsync();
        await server.IdleAsync();
        Assert.Empty(server.Server.Of("/chat").LocalRooms());
    }

    [Fact]
    public async Task Services_settings_users()
    {
        await using var server = SocketIOTest.Create(
            io => io.Of("/chat").MapHandler<ChatHandler>(),
            options =>
            {
                options.Services.AddSingleton<IGreetings, PoliteGreetings>();
                options.ConfigureServer(server => server.ConnectionStateRecovery = new());
            });
        var root = await server.ConnectAsync("/chat", new { token = "t" }, client => client.User = Root);
        Assert.Equal("Good day, root", await root.EmitWithAckAsync<string>("greet"));
    }

    [Fact]
    public async Task One_handler_by_hand()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat"));
        var ada = await server.ConnectAsync("/chat");

        var handler = new ChatHandler(TimeProvider.System) { Socket = ada.Socket };
        Assert.Equal(5, await handler.SayAsync("hello"));
    }

    [Fact]
    public async Task Virtual_time()
    {
        var time = new FakeTimeProvider();
        await using var server = SocketIOTest.Create(io => { }, options =>
        {
            options.Time = time;
            options.ConfigureServer(server => server.PingInterval = TimeSpan.FromSeconds(25));
        });
        var client = await server.ConnectAsync();
        client.Connection.AnswersPings = false;

        time.Advance(TimeSpan.FromSeconds(26));   // the ping
        time.Advance(TimeSpan.FromSeconds(20));   // no answer

        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
    }

    [Fact]
    public async Task The_whole_application()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        app.MapSocketIO(io => io.Of("/chat"));
        await app.StartAsync();
        var factory = new { Server = app.GetTestServer() };

        await using var client = await factory.Server.ConnectSocketIOAsync("/chat", configure: options =>
        {
            options.Transport = SocketIOTestTransport.Polling;
            options.Headers["Authorization"] = "Bearer t";
        });

        Assert.Equal("Bearer t", client.Socket.Handshake.Headers["authorization"]);
    }

    [Fact]
    public async Task A_cluster()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, io => io.Of("/chat").MapHandler<ChatHandler>());
        await using var ada = await cluster[0].ConnectAsync("/chat");
        await using var bob = await cluster[1].ConnectAsync("/chat");
        await ada.EmitAsync("say", "hello");
        Assert.Equal("hello", await bob.WaitForAsync<string>("said"));
    }

    // Nothing listens there: compiled, not run.
    internal static async Task SomewhereAsync()
    {
        await using var client = await SocketIOTestClient.ConnectAsync(new Uri("http://localhost:3000"), "/chat");
    }

    internal interface IGreetings
    {
        string Greet(string? name);
    }

    internal sealed class PoliteGreetings : IGreetings
    {
        public string Greet(string? name) => $"Good day, {name}";
    }

    internal sealed class ChatHandler(TimeProvider time, IGreetings? greetings = null) : SocketHandler
    {
        public override ValueTask OnConnectedAsync() => Socket.JoinAsync("lobby");

        [On("say")]
        public async ValueTask<int> SayAsync(string text)
        {
            await Socket.To("lobby").EmitAsync("said", text);
            return text.Length;
        }

        [On("now")]
        public ValueTask<DateTimeOffset> NowAsync() => new(time.GetUtcNow());

        [On("greet")]
        public ValueTask<string> GreetAsync() => new(greetings!.Greet(Socket.User.Identity?.Name));
    }
}
