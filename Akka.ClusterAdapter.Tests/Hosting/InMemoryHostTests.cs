using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>An application's tests run without a web server, through Microsoft.AspNetCore.TestHost: there every client gets in as elsewhere.</summary>
public sealed class InMemoryHostTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<DisconnectReason> _disconnects = new();
    private readonly ConcurrentQueue<Socket> _sockets = new();
    private WebApplication _app = null!;

    public Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSocketIO(options => options.MaxPayload = 10_000);
        _app = builder.Build();
        _app.MapSocketIO(io => io.OnConnection(socket =>
        {
            _sockets.Enqueue(socket);
            socket.On("echo", (string text) => new ValueTask<string>(text));
            socket.On("bytes", (byte[] bytes) => new ValueTask<byte[]>([.. bytes, 3]));
            socket.On("all", (string text) => io.EmitAsync("news", text));
            socket.OnDisconnect(reason =>
            {
                _disconnects.Enqueue(reason);
                return default(ValueTask);
            });
        }));
        return _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_WebSocket_connects_and_its_events_are_answered()
    {
        await using var client = await ConnectAsync();

        await client.SendAsync("421[\"echo\",\"x\"]");

        await client.ExpectAsync("431[\"x\"]");
    }

    [Fact]
    public async Task Bytes_go_both_ways()
    {
        await using var client = await ConnectAsync();

        await client.SendAsync("451-7[\"bytes\",{\"_placeholder\":true,\"num\":0}]");
        await client.SendAsync([1, 2]);

        await client.ExpectAsync("461-7[{\"_placeholder\":true,\"num\":0}]", "bin:010203");
    }

    [Fact]
    public async Task A_broadcast_reaches_everybody()
    {
        await using var first = await ConnectAsync();
        await using var second = await ConnectAsync();

        await first.SendAsync("42[\"all\",\"x\"]");

        await first.ExpectAsync("42[\"news\",\"x\"]");
        await second.ExpectAsync("42[\"news\",\"x\"]");
    }

    [Fact]
    public async Task The_client_closes()
    {
        await using var client = await ConnectAsync();

        await client.CloseAsync();

        await client.ExpectAsync("closed");
        await DisconnectedAsync(DisconnectReason.TransportClose);
    }

    [Fact]
    public async Task The_client_is_gone_without_a_word()
    {
        var client = await ConnectAsync();

        await client.DisposeAsync();

        await DisconnectedAsync(DisconnectReason.TransportClose);
    }

    [Fact]
    public async Task The_server_closes()
    {
        await using var client = await ConnectAsync();

        await _sockets.Single().DisconnectAsync(close: true);

        await client.ExpectAsync("41", "closed");
        await DisconnectedAsync(DisconnectReason.ServerNamespaceDisconnect);
    }

    [Fact]
    public async Task A_message_that_is_too_large_ends_the_connection()
    {
        await using var client = await ConnectAsync();

        await client.SendAsync("42[\"echo\",\"" + new string('x', 10_000) + "\"]");

        await client.ExpectAsync("closed");
        await DisconnectedAsync(DisconnectReason.TransportError);
    }

    [Fact]
    public async Task A_client_polls_and_upgrades()
    {
        using var http = _app.GetTestClient();
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var sid = open[9..29];
        var query = "/socket.io/?EIO=4&transport=polling&sid=" + sid;
        using (var content = new StringContent("40", Encoding.UTF8, "text/plain"))
        using (var post = await http.PostAsync(query, content))
            Assert.Equal("ok", await post.Content.ReadAsStringAsync());
        Assert.StartsWith("40{\"sid\":\"", await http.GetStringAsync(query), StringComparison.Ordinal);
        var poll = http.GetStringAsync(query);

        using var socket = await OpenAsync("&sid=" + sid);
        await SendAsync(socket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(socket));
        Assert.Equal("6", await poll);
        await SendAsync(socket, "5");
        await SendAsync(socket, "421[\"echo\",\"x\"]");

        Assert.Equal("431[\"x\"]", await ReceiveAsync(socket));
    }

    [Fact]
    public async Task The_application_stops_with_a_client()
    {
        await using var client = await ConnectAsync();

        await _app.StopAsync();

        await client.ExpectAsync("closed");
        await DisconnectedAsync(DisconnectReason.ServerShuttingDown);
    }

    private async Task<WireClient> ConnectAsync()
    {
        var client = await WireClient.OverAsync(await OpenAsync());
        await client.ConnectAsync();
        return client;
    }

    private Task<WebSocket> OpenAsync(string query = "") =>
        _app.GetTestServer()
            .CreateWebSocketClient()
            .ConnectAsync(new Uri("ws://localhost/socket.io/?EIO=4&transport=websocket" + query), CancellationToken.None);

    private static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[1_000];
        var result = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private async Task DisconnectedAsync(DisconnectReason reason)
    {
        await Eventually.TrueAsync(() => !_disconnects.IsEmpty);
        Assert.Equal([reason], _disconnects);
    }
}
