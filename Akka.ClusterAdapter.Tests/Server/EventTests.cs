using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

public class EventTests
{
    [Fact]
    public async Task A_returned_value_is_the_acknowledgement()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.On("sum", async (int[] n) => n.Sum())));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("420[\"sum\",[1,2,3]]");

        await client.ExpectAsync("430[6]");
    }

    [Fact]
    public async Task One_argument_of_an_acknowledgement_is_one_a_list_too()
    {
        string[] names = ["a", "b"];
        Func<EventContext, ValueTask>[] answers =
        [
            e => e.AckAsync(names), e => e.AckAsync(new[] { 1, 2 }), e => e.AckAsync((IReadOnlyList<string>)names), e => e.AckAsync(null!),
            e => e.AckAsync<string?>(null), e => e.AckAsync("a", "b"), e => e.AckAsync(), e => e.AckAsync(e.Args), e => e.AckAsync(e.Args[1]),
        ];
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("ask", (EventContext e) => answers[e.Get<int>(0)](e)));
        await using var client = await host.ConnectAsync();
        string[] expected = ["[[\"a\",\"b\"]]", "[[1,2]]", "[[\"a\",\"b\"]]", "[null]", "[null]", "[\"a\",\"b\"]", "[]", "[7,{\"x\":1}]", "[{\"x\":1}]"];

        for (var i = 0; i < expected.Length; i++)
        {
            await client.SendAsync($"42{i}[\"ask\",{i},{{\"x\":1}}]");
            await client.ExpectAsync($"43{i}{expected[i].Replace("[7,", $"[{i},", StringComparison.Ordinal)}");
        }
    }

    [Fact]
    public async Task A_filter_gives_one_other_argument_a_list_too()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.Use((e, next) =>
            {
                e.SetArgs(new[] { "a", "b" });
                return next();
            });
            socket.On("count", (string[] names) => names.Length);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"count\",1]");

        await client.ExpectAsync("431[2]");
    }

    [Fact]
    public async Task What_Node_calls_when_a_client_connects_is_refused_where_it_would_never_be_called()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("connection", (EventContext e) => e.Args.Count));

        foreach (Action<SocketIOServer> mistake in new Action<SocketIOServer>[]
        {
            io => io.On("connection", (Socket socket) => { }), io => io.Of("/news").On("connection", () => { }),
            io => io.Of(new System.Text.RegularExpressions.Regex("^/room-")).On("connection", (Socket socket) => { }),
        })
        {
            var refused = Assert.Throws<ArgumentException>(() => mistake(host.Server));
            Assert.Contains("use OnConnection.", refused.Message, StringComparison.Ordinal);
        }

        await using var client = await host.ConnectAsync();
        await client.SendAsync("421[\"connection\",1,2]");
        await client.ExpectAsync("431[2]");
    }

    [Fact]
    public async Task A_namespace_that_no_client_can_ask_for_is_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/" + new string('n', 255)));

        Assert.Contains("comma", Assert.Throws<ArgumentException>(() => host.Server.Of("/a,b")).Message, StringComparison.Ordinal);
        Assert.Contains("256", Assert.Throws<ArgumentException>(() => host.Server.Of(new string('n', 256))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_asks_for_too_many_rooms_or_too_long_a_name_is_no_bug_of_the_handler()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("join", async (Socket socket, string room) => await socket.JoinAsync(room)), options => options.MaxRoomsPerSocket = 2);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"join\",\"a\"]");
        await client.SendAsync("42[\"join\",\"b\"]");
        await client.SendAsync($"42[\"join\",\"{new string('c', 257)}\"]");
        await client.SendAsync("421[\"join\",\"a\"]");

        await client.ExpectAsync("431[]");
        Assert.Collection(
            host.Logs.Lines,
            line => Assert.Equal("Warning: A handler of \"join\" in / ran into a limit: A socket is in at most 2 rooms. ", line),
            line => Assert.StartsWith("Warning: A handler of \"join\" in / ran into a limit: A room name has at most 256 characters.", line));
        Assert.DoesNotContain("failed.handler", host.Server.Counters.Keys);
    }

    [Fact]
    public async Task A_handler_that_gives_up_because_its_client_has_left_is_no_failure()
    {
        var waiting = 0;
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.On("wait", async (CancellationToken gone) =>
                {
                    Interlocked.Increment(ref waiting);
                    await Task.Delay(Timeout.InfiniteTimeSpan, gone);
                });
                io.On("ask", async (Socket socket) =>
                {
                    Interlocked.Increment(ref waiting);
                    await socket.EmitWithAckAsync<int>("question", []);
                });
                io.On("own", async () =>
                {
                    Interlocked.Increment(ref waiting);
                    await Task.FromCanceled(new CancellationToken(canceled: true));
                });
            },
            options => options.AckErrors = true);
        var client = await host.ConnectAsync();
        await client.SendAsync("42[\"wait\"]");
        await client.SendAsync("42[\"ask\"]");
        await Eventually.TrueAsync(() => Volatile.Read(ref waiting) == 2);

        await client.DisposeAsync();
        await using var other = await host.ConnectAsync();
        await other.SendAsync("421[\"own\"]");

        await other.ExpectAsync("431[{\"error\":{\"message\":\"Internal server error\",\"code\":\"failed\"}}]");
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 1);
        // The one that is cancelled though its client is there.
        Assert.Equal(1, host.Server.Counters["failed.handler"]);
        Assert.Single(host.Logs.Lines, line => line.Contains("threw", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_without_result_acknowledges_with_nothing_when_it_has_completed()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.On("join", (string room) => socket.JoinAsync(room))));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("427[\"join\",\"lobby\"]");

        await client.ExpectAsync("437[]");
        Assert.Contains("lobby", host.Server.Of("/").Sockets[client.SocketId].Rooms);
    }

    [Fact]
    public async Task A_handler_that_throws_acknowledges_nothing_and_the_session_stays()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("bad", async Task () => throw new InvalidOperationException("oops"));
            socket.On("good", async () => 1);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"bad\"]");
        await client.SendAsync("422[\"good\"]");

        await client.ExpectAsync("432[1]");
        Assert.Contains(host.Logs.Lines, line => line.Contains("oops", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("421[\"number\"]")]
    [InlineData("421[\"number\",\"seven\"]")]
    [InlineData("421[\"number\",null]")]
    public async Task Arguments_that_do_not_fit_drop_the_event_alone_and_are_counted(string frame)
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("number", async (int n) => n);
            socket.On("ping", async () => "pong");
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(frame);
        await client.SendAsync("422[\"ping\"]");

        await client.ExpectAsync("432[\"pong\"]");
        Assert.Empty(host.Logs.Lines);
        Assert.Equal(1, host.Server.Counters["rejected.arguments"]);
    }

    [Fact]
    public async Task Missing_arguments_are_fine_when_nullable_or_optional_and_extra_ones_are_ignored()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("nullable", async (string? text, int? number) => text is null && number is null);
            socket.On("optional", Optional);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"nullable\"]");
        await client.SendAsync("422[\"optional\"]");
        await client.SendAsync("423[\"optional\",1,2,3]");

        await client.ExpectAsync("431[true]", "432[7]", "433[1]");
    }

    private static ValueTask<int> Optional(int number = 7) => new(number);

    [Fact]
    public async Task Received_arguments_can_be_sent_on_as_they_are_binary_included()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
            socket.On("message", (EventContext e) => socket.EmitArgsAsync("message-back", e.Args))));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("452-[\"message\",{\"a\":{\"_placeholder\":true,\"num\":0}},[{\"_placeholder\":true,\"num\":1}]]");
        await client.SendAsync([1, 2]);
        await client.SendAsync([3]);

        await client.ExpectAsync(
            "452-[\"message-back\",{\"a\":{\"_placeholder\":true,\"num\":0}},[{\"_placeholder\":true,\"num\":1}]]", "bin:0102", "bin:03");
    }

    [Fact]
    public async Task An_answer_of_the_client_ends_the_wait()
    {
        var answer = new TaskCompletionSource<int>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(async socket =>
            answer.SetResult(await socket.EmitWithAckAsync<int>("question", ["?"]))));
        await using var client = await host.ConnectAsync();

        await client.ExpectAsync("420[\"question\",\"?\"]");
        await client.SendAsync("430[42]");

        Assert.Equal(42, await answer.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task No_answer_in_time_is_a_time_out()
    {
        var failure = new TaskCompletionSource<Exception>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(async socket =>
            failure.SetResult(await Record.ExceptionAsync(() => socket.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<int>("question", [])))));
        await using var client = await host.ConnectAsync();

        var exception = Assert.IsType<AckTimeoutException>(await failure.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal([client.SocketId], exception.MissingSockets);
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_wait()
    {
        var failure = new TaskCompletionSource<Exception>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(async socket =>
            failure.SetResult(await Record.ExceptionAsync(() => socket.EmitWithAckAsync<int>("question", [])))));
        await using var client = await host.ConnectAsync();

        await client.ExpectAsync("420[\"question\"]");
        await client.CloseAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await failure.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Volatile_on_a_socket_reaches_this_client_and_nobody_else()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
            socket.On("go", () => socket.Volatile.EmitAsync("mine"))));
        await using var one = await host.ConnectAsync();
        await using var two = await host.ConnectAsync();

        await one.SendAsync("42[\"go\"]");
        await one.ExpectAsync("42[\"mine\"]");
        await host.Server.EmitAsync("all");

        await two.ExpectAsync("42[\"all\"]");
    }

    [Fact]
    public async Task An_emit_followed_by_a_volatile_emit_drops_the_second()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("first", async () =>
            {
                await socket.EmitAsync("a");
                await socket.Volatile.EmitAsync("dropped");
            });
            socket.On("second", async () =>
            {
                await socket.Volatile.EmitAsync("b");
                await socket.Volatile.EmitAsync("dropped");
            });
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"first\"]");
        await client.ExpectAsync("42[\"a\"]");
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets[client.SocketId].Connection.IsWritable);
        await client.SendAsync("42[\"second\"]");
        await client.ExpectAsync("42[\"b\"]");
        await host.Server.EmitAsync("end");

        await client.ExpectAsync("42[\"end\"]");
    }

    [Fact]
    public async Task Catch_alls_and_packet_middlewares_see_events_before_their_handlers()
    {
        var order = new List<string>();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.OnAny(async e => order.Add("any " + e.Name));
            socket.Use((e, next) =>
            {
                order.Add("use");
                if (e.Name == "secret")
                    throw new InvalidOperationException("forbidden");
                return next();
            });
            socket.OnError(e => order.Add(e.Message));
            socket.On("hello", async () => order.Add("handler"));
            socket.On("secret", async () => order.Add("never"));
            socket.OnAnyOutgoing(args => order.Add("out " + args.EventName));
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"secret\"]");
        await client.SendAsync("421[\"hello\"]");
        await client.ExpectAsync("431[]");
        await host.Server.EmitAsync("bye");

        await client.ExpectAsync("42[\"bye\"]");
        Assert.Equal(["any secret", "use", "forbidden", "any hello", "use", "handler", "out bye"], order);
    }

    [Fact]
    public async Task Catch_alls_can_be_put_in_front_and_taken_out()
    {
        var order = new List<string>();
        Func<EventContext, ValueTask> gone = async _ => order.Add("never");
        Action<PacketArguments> goneOut = _ => order.Add("never");
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.OnAny(async _ => order.Add("second"));
            socket.OnAny(gone);
            socket.PrependAny(_ => throw new InvalidOperationException("first"));
            socket.PrependAny(async _ => order.Add("first"));
            socket.OffAny(gone);
            socket.OnAnyOutgoing(_ => order.Add("second out"));
            socket.OnAnyOutgoing(goneOut);
            socket.PrependAnyOutgoing(_ => order.Add("first out"));
            socket.OffAnyOutgoing(goneOut);
            socket.On("hello", () => socket.EmitAsync("hi"));
            socket.On("end", async () =>
            {
                socket.OffAny();
                socket.OffAnyOutgoing();
            });
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"hello\"]");
        await client.ExpectAsync("42[\"hi\"]");
        await client.SendAsync("421[\"end\"]");
        await client.ExpectAsync("431[]");
        order.RemoveRange(4, 2);
        await client.SendAsync("42[\"hello\"]");
        await client.ExpectAsync("42[\"hi\"]");

        Assert.Equal(["first", "second", "first out", "second out"], order);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_packet_middleware_may_change_name_and_arguments(bool isMessagePack)
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.Use(async (e, next) =>
                {
                    e.Name = "renamed";
                    e.SetArgs([.. e.Args, new byte[] { 7 }, "more"]);
                    await next();
                });
                socket.On("renamed", (EventContext e) => new ValueTask<string>(
                    $"{e.Count} {e.Get<string>(0)} {e.Get<byte[]>(1)![0]} {e.Get<byte[]>(2)![0]} {e.Get<string>(3)}"));
            }),
            options => options.Parser = isMessagePack ? new MessagePackPacketParser() : null);
        await using var client = await host.OpenAsync();
        await JoinAsync(client, isMessagePack);

        await SendAsync(client, isMessagePack);

        var answer = await client.ReceiveAsync();
        Assert.Contains(isMessagePack ? Convert.ToHexString("4 a 5 7 more"u8) : "431[\"4 a 5 7 more\"]", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_added_once_or_taken_out_are_not_called_again()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("once", () => socket.EmitAsync("one"), once: true);
            var registration = socket.On("gone", () => socket.EmitAsync("never"));
            registration.Dispose();
            socket.On("end", async () => true);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"once\"]");
        await client.SendAsync("42[\"once\"]");
        await client.SendAsync("42[\"gone\"]");
        await client.SendAsync("421[\"end\"]");

        await client.ExpectAsync("42[\"one\"]", "431[true]");
    }

    [Fact]
    public async Task All_handlers_can_be_taken_out_at_once()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("a", () => socket.EmitAsync("never"));
            socket.On("b", () => socket.EmitAsync("never"));
            socket.Off();
            socket.On("end", async () => true);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"a\"]");
        await client.SendAsync("42[\"b\"]");
        await client.SendAsync("421[\"end\"]");

        await client.ExpectAsync("431[true]");
    }

    [Fact]
    public async Task A_connection_handler_that_returns_a_task_is_looked_after()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.OnConnection(_ => Task.FromException(new InvalidOperationException("broken task")));
            io.OnConnection(async socket => await socket.EmitAsync("awaited"));
            io.OnConnection(socket => { socket.Data = 1; });
        });
        await using var client = await host.ConnectAsync();

        await client.ExpectAsync("42[\"awaited\"]");

        // What is awaited comes before the last handler has run.
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets[client.SocketId].Data is 1, "the last handler");
        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("failed.handler") == 1, "the failure is counted");
    }

    [Fact]
    public async Task Reserved_names_cannot_be_emitted()
    {
        await using var server = new SocketIOServer(
            new SocketIOOptions(), new InMemoryAdapterFactory(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        var failure = await Assert.ThrowsAsync<ArgumentException>(() => server.EmitAsync("disconnect").AsTask());

        Assert.Contains("\"disconnect\" is a reserved event name", failure.Message, StringComparison.Ordinal);
    }

    private static async Task JoinAsync(WireClient client, bool isMessagePack)
    {
        if (!isMessagePack)
        {
            await client.ConnectAsync();
            return;
        }

        // {"type":0,"nsp":"/"}
        await client.SendAsync([0x82, 0xA4, .. "type"u8, 0, 0xA3, .. "nsp"u8, 0xA1, (byte)'/']);
        await client.ReceiveAsync();
    }

    // "x" with "a" and the byte 5, asking for an acknowledgement
    private static async Task SendAsync(WireClient client, bool isMessagePack)
    {
        if (isMessagePack)
        {
            await client.SendAsync([
                0x84, 0xA4, .. "type"u8, 2, 0xA3, .. "nsp"u8, 0xA1, (byte)'/', 0xA2, .. "id"u8, 1, 0xA4, .. "data"u8, 0x93, 0xA1, (byte)'x', 0xA1, (byte)'a',
                0xC4, 1, 5
            ]);
            return;
        }

        await client.SendAsync("451-1[\"x\",\"a\",{\"_placeholder\":true,\"num\":0}]");
        await client.SendAsync([5]);
    }
}
