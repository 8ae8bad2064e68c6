using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What somebody writes on the first day, as in Node.js or by habit: it works, or is refused with the remedy.</summary>
public sealed class FirstHandlersTests
{
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
            io => io.Of(new Regex("^/room-")).On("connection", (Socket socket) => { }),
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
}
