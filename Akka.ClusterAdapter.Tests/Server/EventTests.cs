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
