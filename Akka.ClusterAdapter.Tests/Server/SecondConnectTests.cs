using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>CONNECT for what is there already, or on its way (docs/decisions/0037).</summary>
public sealed class SecondConnectTests : IDisposable
{
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentQueue<string> _left = new();
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _decided = new(0);

    [Fact]
    public async Task One_that_asks_for_what_is_there_changes_nothing()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        await client.ConnectAsync("/chat", "{\"token\":1}");
        await client.SendAsync("40/chat,{\"token\":1}");
        await client.SendAsync("42/chat,1[\"who\"]");

        await client.ExpectAsync($"43/chat,1[\"{client.SocketId}\"]");
        Assert.Single(host.Server.Of("/chat").Sockets);
        Assert.Empty(_left);
        await StillBesideAsync(client);
    }

    [Fact]
    public async Task One_with_another_payload_takes_the_place_of_what_is_there()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");
        await client.ConnectAsync("/chat", "{\"token\":1}");
        var first = client.SocketId;

        await client.ConnectAsync("/chat", "{\"token\":2}");
        await client.SendAsync("42/chat,1[\"who\"]");

        await client.ExpectAsync($"43/chat,1[\"{client.SocketId}\"]");
        Assert.NotEqual(first, client.SocketId);
        Assert.Equal([client.SocketId], host.Server.Of("/chat").Sockets.Keys);
        Assert.Equal([first + " client namespace disconnect"], _left);
        await StillBesideAsync(client);
    }

    [Fact]
    public async Task One_that_asks_for_what_is_being_decided_changes_nothing()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        await client.SendAsync("40/slow,{\"token\":1}");
        await client.SendAsync("40/slow,{\"token\":1}");
        await StillBesideAsync(client);
        _decided.Release(10);

        Assert.StartsWith("40/slow,{", await client.ReceiveAsync(), StringComparison.Ordinal);
        await StillBesideAsync(client);
        Assert.Single(_asked);
        Assert.Single(host.Server.Of("/slow").Sockets);
    }

    [Fact]
    public async Task Of_many_that_come_meanwhile_the_last_is_decided_and_the_client_hears_of_it_alone()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        for (var i = 0; i < 50; i++)
            await client.SendAsync($"40/slow,{{\"token\":{i}}}");
        await StillBesideAsync(client);
        _decided.Release(10);

        var reply = await client.ReceiveAsync();
        Assert.StartsWith("40/slow,{", reply, StringComparison.Ordinal);
        await StillBesideAsync(client);
        Assert.Equal(["0", "49"], _asked);
        var socket = host.Server.Of("/slow").Sockets.Values.Single();
        Assert.Equal(49, socket.Handshake.Auth.GetProperty("token").GetInt32());
        Assert.Contains(socket.Id, reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"token\":1}")]
    [InlineData("{\"token\":2}")]
    public async Task A_client_that_leaves_and_comes_back_while_it_is_being_decided_is_connected_once(string again)
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        await client.SendAsync("40/slow,{\"token\":1}");
        await client.SendAsync("41/slow,");
        await client.SendAsync("40/slow," + again);
        await StillBesideAsync(client);
        _decided.Release(10);

        Assert.StartsWith("40/slow,{", await client.ReceiveAsync(), StringComparison.Ordinal);
        await StillBesideAsync(client);
        Assert.Equal(2, _asked.Count);
        Assert.Single(host.Server.Of("/slow").Sockets);
        Assert.Empty(_left);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_is_being_decided_is_not_connected()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        await client.SendAsync("40/slow,");
        await client.SendAsync("41/slow,");
        await client.SendAsync("42/slow,[\"late\"]");
        await StillBesideAsync(client);
        _decided.Release(10);

        await Eventually.TrueAsync(() => _asked.Count == 1 && _decided.CurrentCount == 9, "it is decided");
        await StillBesideAsync(client);
        Assert.Empty(host.Server.Of("/slow").Sockets);
        await client.SendAsync("40/slow,");
        Assert.StartsWith("40/slow,{", await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_refusal_of_one_that_is_not_wanted_any_more_is_not_told()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");

        await client.SendAsync("40/slow,{\"token\":\"bad\"}");
        await client.SendAsync("40/slow,{\"token\":\"good\"}");
        await StillBesideAsync(client);
        _decided.Release(10);
        Assert.StartsWith("40/slow,{", await client.ReceiveAsync(), StringComparison.Ordinal);

        await client.SendAsync("40/slow,{\"token\":\"bad\"}");

        await client.ExpectAsync("44/slow,{\"message\":\"bad token\"}");
        Assert.Empty(host.Server.Of("/slow").Sockets);
        await StillBesideAsync(client);
    }

    [Fact]
    public async Task A_client_that_asks_again_while_it_is_being_refused_is_refused_at_least_once_and_never_forgotten()
    {
        await using var host = await StartAsync();

        for (var i = 0; i < 50; i++)
        {
            await using var client = await host.ConnectAsync("/beside");
            await client.SendAsync("40/slow,{\"token\":\"bad\"}");
            await _entered.WaitAsync(TimeSpan.FromSeconds(30));
            var again = client.SendAsync("40/slow,{\"token\":\"bad\"}");
            _decided.Release(2);
            await again;

            await client.ExpectAsync("44/slow,{\"message\":\"bad token\"}");
            await client.SendAsync("42/beside,9[\"echo\",1]");
            var answer = await client.ReceiveAsync();
            if (answer.StartsWith("44", StringComparison.Ordinal))
                answer = await client.ReceiveAsync();
            Assert.Equal("43/beside,9[1]", answer);
            while (_entered.Wait(0) || _decided.Wait(0))
            {
            }
        }

        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_recovered_session_is_not_lost_by_a_second_connect()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.ConnectionStateRecovery = new SessionStoreOptions());
        await using var first = await host.OpenAsync();
        await first.SendAsync("40");
        var connected = JsonDocument.Parse((await first.ReceiveAsync())[2..]).RootElement;
        await host.Server.EmitAsync("x");
        var offset = JsonDocument.Parse((await first.ReceiveAsync())[2..]).RootElement[1].GetString();
        await first.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0, "the connection is lost");

        await using var client = await host.OpenAsync();
        var connect = $"40{{\"pid\":\"{connected.GetProperty("pid").GetString()}\",\"offset\":\"{offset}\"}}";
        await client.SendAsync(connect);
        await client.SendAsync(connect);

        Assert.Equal("40" + connected.GetRawText(), await client.ReceiveAsync());
        await host.Server.EmitAsync("y");
        Assert.StartsWith("42[\"y\"", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.True(host.Server.Of("/").Sockets.Values.Single().Recovered);
    }

    [Fact]
    public async Task What_was_under_way_to_a_namespace_that_the_client_has_left_is_ignored()
    {
        var answered = new TaskCompletionSource<string>();
        await using var host = await StartAsync(io => io.Of("/chat").OnConnection(async socket =>
        {
            try
            {
                await socket.EmitWithAckAsync<int>("question", []);
            }
            catch (OperationCanceledException e)
            {
                answered.TrySetResult(e.Message);
            }
        }));
        await using var client = await host.ConnectAsync("/beside");
        await client.ConnectAsync("/chat");
        await client.ExpectAsync("42/chat,0[\"question\"]");

        await client.SendAsync("41/chat,");
        await client.SendAsync("43/chat,0[1]");
        await client.SendAsync("42/chat,5[\"late\"]");
        await client.SendAsync("41/chat,");
        await StillBesideAsync(client);

        Assert.Equal("The client left before it answered.", await answered.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_late_answer_while_the_client_comes_back_is_ignored()
    {
        await using var host = await StartAsync();
        await using var client = await host.ConnectAsync("/beside");
        _decided.Release(1);
        await client.ConnectAsync("/slow");

        await client.SendAsync("41/slow,");
        await client.SendAsync("40/slow,{\"token\":2}");
        await client.SendAsync("43/slow,0[1]");
        await StillBesideAsync(client);
        _decided.Release(1);

        Assert.StartsWith("40/slow,{", await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whom_the_server_sent_away_may_come_back_although_a_middleware_has_not_returned_yet()
    {
        var gate = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of("/chat").Use(async (_, next) =>
            {
                await next();
                await gate.Task;
            });
            io.Of("/chat").OnConnection(socket => socket.On("leave", () => socket.DisconnectAsync()));
        });
        await using var client = await host.OpenAsync();
        await client.ConnectAsync("/chat");
        await client.SendAsync("42/chat,[\"leave\"]");
        await client.ExpectAsync("41/chat,");

        await client.SendAsync("40/chat,");
        gate.SetResult();

        Assert.StartsWith("40/chat,{", await client.ReceiveAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => host.Server.Of("/chat").Sockets.Count == 1);
    }

    [Fact]
    public async Task Of_the_namespaces_that_were_left_only_so_many_are_remembered()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of((_, _) => new ValueTask<bool>(true)), options => options.MaxNamespacesPerConnection = 2);
        await using var client = await host.OpenAsync();
        foreach (var ns in new[] { "/a", "/b", "/c" })
        {
            await client.ConnectAsync(ns);
            await client.SendAsync($"41{ns},");
        }

        await client.SendAsync("42/b,[\"late\"]");
        await client.ConnectAsync("/d");
        await client.SendAsync("42/a,[\"late\"]");

        await client.ExpectAsync("closed");
    }

    public void Dispose()
    {
        _entered.Dispose();
        _decided.Dispose();
    }

    private static async Task StillBesideAsync(WireClient client)
    {
        await client.SendAsync("42/beside,9[\"echo\",1]");
        await client.ExpectAsync("43/beside,9[1]");
    }

    private Task<SocketIOTestHost> StartAsync(Action<SocketIOServer>? more = null) => SocketIOTestHost.StartAsync(io =>
    {
        io.Of("/beside").OnConnection(socket => socket.On("echo", (int n) => new ValueTask<int>(n)));
        io.Of("/slow").Use(async (socket, next) =>
        {
            var token = socket.Handshake.Auth.TryGetProperty("token", out var value) ? value.ToString() : "";
            _asked.Enqueue(token);
            _entered.Release();
            await _decided.WaitAsync(TimeSpan.FromSeconds(30));
            if (token == "bad")
                throw new ConnectErrorException("bad token");
            await next();
        });
        foreach (var name in new[] { "/chat", "/slow" })
        {
            io.Of(name).OnConnection(socket =>
            {
                socket.On("who", () => new ValueTask<string>(socket.Id));
                socket.OnDisconnect(reason =>
                {
                    _left.Enqueue($"{socket.Id} {reason.ToText()}");
                    return default(ValueTask);
                });
            });
        }

        more?.Invoke(io);
    });
}
