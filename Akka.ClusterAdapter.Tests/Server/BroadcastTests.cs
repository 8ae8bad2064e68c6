using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

public class BroadcastTests
{
    [Fact]
    public async Task Rooms_except_and_the_sender_are_respected()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("join", (string room) => socket.JoinAsync(room));
            socket.On("others", () => socket.To("a", "b").EmitAsync("to others"));
        }));
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();
        await using var three = await host.ConnectAsync();
        await JoinAsync(one, "a");
        await JoinAsync(two, "a");
        await JoinAsync(two, "b");
        await JoinAsync(three, "b");

        await one.SendAsync("42[\"others\"]");
        await two.ExpectAsync("42[\"to others\"]");
        await three.ExpectAsync("42[\"to others\"]");
        await host.Server.To("a").Except("b").EmitAsync("only one");
        await host.Server.To("nobody").EmitAsync("nobody");
        await host.Server.EmitAsync("all");

        await one.ExpectAsync("42[\"only one\"]", "42[\"all\"]");
        await two.ExpectAsync("42[\"all\"]");
        await three.ExpectAsync("42[\"all\"]");
    }

    [Fact]
    public async Task Answers_of_all_clients_are_gathered()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();

        var asking = host.Server.EmitWithAckAsync<string>("who", []);
        await one.ExpectAsync("420[\"who\"]");
        await two.ExpectAsync("420[\"who\"]");
        await one.SendAsync("430[\"one\",\"ignored\"]");
        await two.SendAsync("430[\"two\"]");

        Assert.Equal(["one", "two"], (await asking).Order());
    }

    [Fact]
    public async Task Nobody_to_ask_is_no_answer_at_once()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        Assert.Empty(await host.Server.To("empty").EmitWithAckAsync<string>("who", []));
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_waited_for_and_the_result_says_so()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();

        var asking = host.Server.EmitWithAnswersAsync<int>("who", []);
        await one.ExpectAsync("420[\"who\"]");
        await two.ExpectAsync("420[\"who\"]");
        await one.CloseAsync();
        await two.SendAsync("430[2]");

        var answers = (await asking).Answers.OrderBy(a => a.State).ToList();
        Assert.Equal((two.SocketId, SocketAnswerState.Answered, 2), (answers[0].SocketId, answers[0].State, answers[0].Value));
        Assert.Equal((one.SocketId, SocketAnswerState.Lost), (answers[1].SocketId, answers[1].State));
    }

    [Fact]
    public async Task A_time_out_carries_the_answers_that_came()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();

        var asking = host.Server.Timeout(TimeSpan.FromSeconds(2)).EmitWithAckAsync<int>("who", []);
        await one.ExpectAsync("420[\"who\"]");
        await one.SendAsync("430[1]");

        var failure = await Assert.ThrowsAsync<AckTimeoutException>(() => asking);
        Assert.Equal([1], failure.Answers<int>());
        Assert.Equal([two.SocketId], failure.MissingSockets);
        Assert.Equal(0, host.Server.Of("/").Sockets[two.SocketId].PendingAckCount);
    }

    [Fact]
    public async Task Fetched_sockets_can_be_read_and_acted_upon()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => { socket.Data = new { Name = "ann" }; }));
        await using var client = await host.ConnectAsync();
        // The client knows that it is connected before the handler has run.
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets[client.SocketId].Data is not null, "the connection handler");

        var fetched = Assert.Single(await host.Server.FetchSocketsAsync());
        await fetched.JoinAsync("vip");
        await fetched.EmitAsync("hi");
        await fetched.DisconnectAsync();

        await client.ExpectAsync("42[\"hi\"]", "41");
        Assert.Equal(client.SocketId, fetched.Id);
        Assert.Equal("ann", fetched.GetData<Person>()!.Name);
        Assert.Equal("4", fetched.Handshake.Query["EIO"]);
    }

    [Fact]
    public async Task A_fetched_handshake_is_the_sockets_own()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var own = Assert.Single(host.Server.Of("/").Sockets.Values).Handshake;

        var fetched = Assert.Single(await host.Server.FetchSocketsAsync()).Handshake;

        Assert.Equal(own.Headers.OrderBy(header => header.Key, StringComparer.Ordinal), fetched.Headers.OrderBy(header => header.Key, StringComparer.Ordinal));
        Assert.Equal(own.Query, fetched.Query);
        Assert.Equal(
            (own.Url, own.Address, own.Time, own.Issued, own.Secure, own.Xdomain),
            (fetched.Url, fetched.Address, fetched.Time, fetched.Issued, fetched.Secure, fetched.Xdomain));
        Assert.Equal(own.Auth.GetRawText(), fetched.Auth.GetRawText());
    }

    [Fact]
    public async Task Data_that_is_no_JSON_costs_nobody_but_its_socket()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();
        host.Server.Of("/").Sockets[one.SocketId].Data = new { Itself = (Func<int>)(() => 1) };
        host.Server.Of("/").Sockets[two.SocketId].Data = new { Name = "two" };

        var sockets = (await host.Server.FetchSocketsAsync()).ToDictionary(socket => socket.Id);

        Assert.Empty(sockets[one.SocketId].GetData<Dictionary<string, string>>()!);
        Assert.Equal("two", sockets[two.SocketId].GetData<Dictionary<string, string>>()!["name"]);
        Assert.Equal(1, host.Server.Counters["failed.handler"]);
    }

    [Fact]
    public async Task Sockets_join_leave_and_disconnect_together()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();

        await host.Server.SocketsJoinAsync("all");
        await host.Server.To(one.SocketId).SocketsLeaveAsync("all");
        await host.Server.To("all").EmitAsync("x");
        await host.Server.DisconnectSocketsAsync(close: true);

        await two.ExpectAsync("42[\"x\"]", "41", "closed");
        await one.ExpectAsync("41", "closed");
    }

    [Fact]
    public async Task Closing_the_server_sends_no_disconnect_packet_so_that_clients_come_back()
    {
        var reason = new TaskCompletionSource<DisconnectReason>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(r =>
        {
            reason.SetResult(r);
            return ValueTask.CompletedTask;
        })));
        await using var client = await host.ConnectAsync();

        await host.Server.CloseAsync();

        await client.ExpectAsync("closed");
        Assert.Equal(DisconnectReason.ServerShuttingDown, await reason.Task);
    }

    private static async Task JoinAsync(WireClient client, string room)
    {
        await client.SendAsync($"429[\"join\",\"{room}\"]");
        await client.ExpectAsync("439[]");
    }

    private sealed record Person(string Name);

    /// <summary>Any client of a room may answer what it likes: that takes nobody else's answer away.</summary>
    [Theory]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData("{\"a\":[1]}")]
    [InlineData("99999999999999999999")]
    public async Task An_answer_that_does_not_fit_is_left_out_and_told(string wrong)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var honest = await host.ConnectAsync();
        await using var hostile = await host.ConnectAsync();

        var values = host.Server.EmitWithAckAsync<int>("age", []);
        var each = host.Server.EmitWithAnswersAsync<int>("age", []);
        var late = host.Server.Timeout(TimeSpan.FromMilliseconds(200)).EmitWithAckAsync<int>("age", []);
        for (var id = 0; id < 3; id++)
        {
            foreach (var client in new[] { hostile, honest })
            {
                var asked = await client.ReceiveAsync();
                Assert.EndsWith("[\"age\"]", asked, StringComparison.Ordinal);
                if (id < 2)
                    await client.SendAsync($"43{asked[2]}[{(client == honest ? "7" : wrong)}]");
                else if (client == hostile)
                    await client.SendAsync($"43{asked[2]}[{wrong}]");
            }
        }

        Assert.Equal([7], await values);
        Assert.Equal([SocketAnswerState.Answered, SocketAnswerState.DidNotFit], (await each).Answers.Select(answer => answer.State).Order());
        Assert.Empty((await Assert.ThrowsAsync<AckTimeoutException>(() => late)).Answers<int>());
    }

    [Fact]
    public async Task An_answer_that_the_type_itself_refuses_is_left_out_too()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var honest = await host.ConnectAsync();
        await using var hostile = await host.ConnectAsync();

        var ages = host.Server.EmitWithAnswersAsync<Age>("age", []);
        var shapes = host.Server.EmitWithAckAsync<Shape>("shape", []);
        foreach (var (client, age, shape) in new[] { (hostile, "{\"years\":-1}", "{}"), (honest, "{\"years\":7}", "{\"kind\":\"circle\"}") })
        {
            var asked = await client.ReceiveAsync();
            await client.SendAsync($"43{asked[2]}[{age}]");
            asked = await client.ReceiveAsync();
            await client.SendAsync($"43{asked[2]}[{shape}]");
        }

        Assert.Equal([SocketAnswerState.Answered, SocketAnswerState.DidNotFit], (await ages).Answers.Select(answer => answer.State).Order());
        Assert.IsType<Circle>(Assert.Single(await shapes));
    }

    private sealed record Age
    {
        public Age(int years)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(years);
            Years = years;
        }

        public int Years { get; }
    }

    [System.Text.Json.Serialization.JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
    [System.Text.Json.Serialization.JsonDerivedType(typeof(Circle), "circle")]
    private abstract record Shape;

    private sealed record Circle : Shape;
}
