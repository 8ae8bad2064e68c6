using System.Text.Json;
using SocketIOClient.Transport;
using ClientOptions = SocketIOClient.SocketIOOptions;
using SocketIO = SocketIOClient.SocketIO;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>The usual client of .NET applications, SocketIOClient 3.</summary>
public class DotNetClientTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(TransportProtocol.WebSocket, false)]
    [InlineData(TransportProtocol.Polling, false)]
    [InlineData(TransportProtocol.Polling, true)]
    public async Task Events_answers_and_binary_go_both_ways(TransportProtocol transport, bool upgrades)
    {
        await using var server = await ClientServer.StartAsync();
        using var client = Create(server, transport, upgrades);
        var pushed = new TaskCompletionSource<Nested>();
        client.On("pushed", response => pushed.TrySetResult(response.GetValue<Nested>()));
        client.On("question", response => response.CallbackAsync(new { first = response.GetValue<byte[]>(1), second = new byte[] { 7 } }));
        await ConnectAsync(client);
        var socket = server.Server.Of("/").Sockets[client.Id];
        if (upgrades)
            await Eventually.TrueAsync(() => socket.Connection.TransportName == "websocket", "the change to WebSocket");

        await client.EmitAsync("push", new Nested { Text = "žluťoučký", List = [[1, 2, 3], [4]] });
        var echoed = await AskAsync(client, "echo", new byte[] { 5, 6 }, "text");
        var asked = await AskAsync(client, "ask", new byte[] { 9, 8 });
        var auth = await AskAsync(client, "auth");

        Assert.Equal([1, 2, 3], (await pushed.Task.WaitAsync(Deadline)).List[0]);
        Assert.Equal("žluťoučký", (await pushed.Task).Text);
        Assert.Equal([5, 6], echoed.GetValue<byte[]>());
        Assert.Equal("text", echoed.GetValue<string>(1));
        Assert.Equal([9, 8, 7], asked.GetValue<byte[]>());
        Assert.Equal("secret", auth.GetValue<JsonElement>().GetProperty("token").GetString());
        Assert.Equal(upgrades || transport == TransportProtocol.WebSocket ? "websocket" : "polling", socket.Connection.TransportName);
        await client.DisconnectAsync();
        await AssertLeftAsync(server);
    }

    [Theory]
    [InlineData(TransportProtocol.WebSocket)]
    [InlineData(TransportProtocol.Polling)]
    public async Task A_namespace_is_a_world_of_its_own(TransportProtocol transport)
    {
        await using var server = await ClientServer.StartAsync();
        using var client = Create(server, transport, upgrades: false, "/custom");

        await client.ConnectAsync().WaitAsync(Deadline);

        await Eventually.TrueAsync(() => client.Id is not null && server.Server.Of("/custom").Sockets.ContainsKey(client.Id), "the client knows its id");
        Assert.Empty(server.Server.Of("/").Sockets);
        Assert.Equal(5, (await AskAsync(client, "echo", 5)).GetValue<int>());
        await client.DisconnectAsync();
        await AssertLeftAsync(server);
    }

    [Fact]
    public async Task A_refusal_is_told()
    {
        await using var server = await ClientServer.StartAsync();
        using var client = Create(server, TransportProtocol.WebSocket, upgrades: false, "/admin");
        var error = new TaskCompletionSource<string>();
        client.OnError += (_, message) => error.TrySetResult(message);

        var connecting = client.ConnectAsync();

        Assert.Equal("denied", await error.Task.WaitAsync(Deadline));
        Assert.Empty(server.Server.Of("/admin").Sockets);
        await client.DisconnectAsync();
        _ = connecting.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    [Theory]
    [InlineData("leave", "io server disconnect", "server namespace disconnect")]
    [InlineData("leave-all", "io server disconnect", "server namespace disconnect")]
    public async Task The_client_learns_that_the_server_let_it_go(string how, string reason, string reasonAtServer)
    {
        await using var server = await ClientServer.StartAsync();
        using var client = Create(server, TransportProtocol.WebSocket, upgrades: false);
        var left = new TaskCompletionSource<string>();
        client.OnDisconnected += (_, why) => left.TrySetResult(why);
        await ConnectAsync(client);

        await client.EmitAsync(how);

        Assert.Equal(reason, await left.Task.WaitAsync(Deadline));
        await Eventually.TrueAsync(() => server.Reasons.Contains(reasonAtServer), "the server's handler");
    }

    [Theory]
    [InlineData(TransportProtocol.WebSocket)]
    [InlineData(TransportProtocol.Polling)]
    public async Task A_client_whose_connection_was_cut_comes_back(TransportProtocol transport)
    {
        await using var server = await ClientServer.StartAsync();
        using var client = Create(server, transport, upgrades: false, reconnects: true);
        await ConnectAsync(client);

        await client.EmitAsync("cut");

        await Eventually.TrueAsync(() => server.Reasons.Contains("forced close") && server.Server.Of("/").Sockets.Count == 1, "the client is back");
        Assert.Equal("back", (await AskAsync(client, "echo", "back")).GetValue<string>());
        await client.DisconnectAsync();
        await AssertLeftAsync(server);
    }

    private static SocketIO Create(ClientServer server, TransportProtocol transport, bool upgrades, string ns = "/", bool reconnects = false) =>
        new(new Uri(server.Uri, ns), new ClientOptions
        {
            Transport = transport,
            AutoUpgrade = upgrades,
            Auth = new { token = "secret" },
            Reconnection = reconnects,
            ReconnectionDelay = 50,
        });

    /// <summary>
    /// The task of this client completes when it is connected, maybe before it has joined. What it emits then would be a violation, here as with the original.
    /// </summary>
    private static async Task ConnectAsync(SocketIO client)
    {
        await client.ConnectAsync().WaitAsync(Deadline);
        await Eventually.TrueAsync(() => client.Connected && client.Id is not null, "the client has joined");
    }

    /// <summary>Over polling this client leaves its namespace but not its session, which ends with the ping that nobody answers.</summary>
    private static Task AssertLeftAsync(ClientServer server) =>
        Eventually.TrueAsync(() => server.Server.Namespaces.All(ns => ns.Sockets.Count == 0), "the client has left");

    private static async Task<SocketIOClient.SocketIOResponse> AskAsync(SocketIO client, string eventName, params object[] args)
    {
        var answered = new TaskCompletionSource<SocketIOClient.SocketIOResponse>();
        await client.EmitAsync(eventName, answered.SetResult, args);
        return await answered.Task.WaitAsync(Deadline);
    }

    private sealed class Nested
    {
        public string Text { get; set; } = "";

        public byte[][] List { get; set; } = [];
    }
}
