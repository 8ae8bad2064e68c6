using System.Security.Claims;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Testing;

/// <summary>The test client over every transport, through the test host and over the network.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private SocketIOTestHost _network = null!;
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _network = await SocketIOTestHost.StartAsync(Configure, Recover);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSocketIO(Recover);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            if (context.Request.Headers["X-User"].ToString() is { Length: > 0 } name)
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "test"));
            return context.Request.Headers.ContainsKey("X-Refused") ? Results.Text("no", statusCode: 403).ExecuteAsync(context) : next();
        });
        _app.MapSocketIO(Configure);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _app.DisposeAsync();
    }

    public static TheoryData<bool, SocketIOTestTransport> All => new()
    {
        { false, SocketIOTestTransport.WebSocket }, { false, SocketIOTestTransport.Polling }, { false, SocketIOTestTransport.PollingThenWebSocket },
        { true, SocketIOTestTransport.WebSocket }, { true, SocketIOTestTransport.Polling }, { true, SocketIOTestTransport.PollingThenWebSocket },
    };

    [Theory]
    [MemberData(nameof(All))]
    public async Task Events_acknowledgements_and_binary_go_both_ways(bool isInMemory, SocketIOTestTransport transport)
    {
        await using var client = await ConnectAsync(isInMemory, transport);
        client.On("who", _ => new { name = "Ada", photo = new byte[] { 9 } });

        Assert.Equal([1, 2, 3], await client.EmitWithAckAsync<byte[]>("bytes", [new byte[] { 1, 2 }]));
        await client.EmitAsync("ask");
        await client.EmitAsync("all", "hello");

        Assert.Equal("Ada 9", await client.WaitForAsync<string>("answered"));
        Assert.Equal("hello", await client.WaitForAsync<string>("news"));
        Assert.Equal(transport == SocketIOTestTransport.Polling ? "polling" : "websocket", await client.EmitWithAckAsync<string>("transport"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Several_namespaces_and_the_end(bool isInMemory, SocketIOTestTransport transport)
    {
        await using var client = await ConnectAsync(isInMemory, transport);
        var other = await client.Connection.ConnectAsync("/other", new { token = "t" });

        await client.EmitAsync("leave");

        Assert.Equal("io server disconnect", await client.WaitForDisconnectAsync());
        Assert.Equal("t", await other.EmitWithAckAsync<string>("token"));
        await other.Connection.CloseAsync();
        Assert.Equal("io client disconnect", await other.WaitForDisconnectAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_client_comes_back_as_who_it_was(bool isInMemory, SocketIOTestTransport transport)
    {
        await using var client = await ConnectAsync(isInMemory, transport);
        var id = client.Id;
        await client.EmitAsync("all", "first");
        await client.WaitForAsync("news");

        client.Connection.Cut();
        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
        await client.ReconnectAsync();

        Assert.Equal((true, id), (client.Recovered, client.Id));
        await client.EmitAsync("all", "second");
        Assert.Equal("second", await client.WaitForAsync<string>("news"));
    }

    [Theory]
    [InlineData(SocketIOTestTransport.WebSocket)]
    [InlineData(SocketIOTestTransport.Polling)]
    public async Task Middleware_of_the_application_is_asked(SocketIOTestTransport transport)
    {
        await using var client = await _app.GetTestServer().ConnectSocketIOAsync(configure: options =>
        {
            options.Transport = transport;
            options.Headers["X-User"] = "ada";
        });

        Assert.Equal("ada", client.Socket.User.Identity?.Name);
        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(() => _app.GetTestServer().ConnectSocketIOAsync(configure: options =>
        {
            options.Transport = transport;
            options.Headers["X-Refused"] = "yes";
        }));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_cannot_be_claimed_where_requests_are_authenticated() => await Assert.ThrowsAsync<ArgumentException>(
        () => _app.GetTestServer().ConnectSocketIOAsync(configure: options => options.User = new ClaimsPrincipal()));

    [Theory]
    [InlineData(SocketIOTestTransport.WebSocket)]
    [InlineData(SocketIOTestTransport.Polling)]
    public async Task A_server_that_falls_silent_is_given_up_in_virtual_time(SocketIOTestTransport transport)
    {
        await using var client = await _app.GetTestServer().ConnectSocketIOAsync(configure: options => (options.Transport, options.Time) = (transport, _time));

        _time.Advance(TimeSpan.FromSeconds(46));

        Assert.Equal("ping timeout", await client.WaitForDisconnectAsync());
    }

    [Fact]
    public async Task The_server_goes()
    {
        await using var client = await ConnectAsync(isInMemory: false, SocketIOTestTransport.WebSocket);

        await _network.StopAsync();

        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
        await Assert.ThrowsAsync<ConnectRefusedException>(client.ReconnectAsync);
    }

    private static void Recover(SocketIOOptions options) => options.ConnectionStateRecovery = new();

    private static void Configure(SocketIOServer io)
    {
        io.OnConnection(socket =>
        {
            socket.On("bytes", (byte[] bytes) => new ValueTask<byte[]>([.. bytes, 3]));
            socket.On("all", (string text) => io.EmitAsync("news", text));
            socket.On("transport", () => new ValueTask<string>(socket.Connection.TransportName));
            socket.On("leave", () => socket.DisconnectAsync());
            socket.On("ask", async ValueTask () =>
            {
                var who = await socket.EmitWithAckAsync<Who>("who", []);
                await socket.EmitAsync("answered", $"{who!.Name} {who.Photo[0]}");
            });
        });
        io.Of("/other").OnConnection(socket => socket.On("token", () => new ValueTask<string?>(socket.Handshake.Auth.GetProperty("token").GetString())));
    }

    private Task<SocketIOTestClient> ConnectAsync(bool isInMemory, SocketIOTestTransport transport)
    {
        void Set(SocketIOTestClientOptions options) => options.Transport = transport;
        return isInMemory ? _app.GetTestServer().ConnectSocketIOAsync(configure: Set) : SocketIOTestClient.ConnectAsync(_network.Uri, configure: Set);
    }

    private sealed record Who(string Name, byte[] Photo);
}
