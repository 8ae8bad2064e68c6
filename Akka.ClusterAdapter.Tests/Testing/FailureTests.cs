using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Testing;

/// <summary>What a test is told when what it waits for does not come.</summary>
public sealed class FailureTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task The_error_lists_what_came_instead()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        await client.Socket.EmitAsync("welcome", "Ada", new { seat = 7 });
        await client.Socket.EmitAsync("read");
        await client.WaitForAsync("read");

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => client.WaitForAsync<string>("said", Short));

        Assert.Equal("\"said\" did not come to the client in / within 100 ms. What came instead: \"welcome\" (\"Ada\", {\"seat\":7}).", error.Message);
    }

    [Fact]
    public async Task It_says_which_events_nobody_handles_and_what_a_handler_threw()
    {
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.On("buy", ValueTask<int> () => throw new InvalidOperationException("sold out"))));
        var client = await server.ConnectAsync();
        await client.EmitAsync("by");

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => client.EmitWithAckAsync<int>("buy", [], Short));

        Assert.StartsWith(
            "The acknowledgement of \"buy\" did not come to the client in / within 100 ms. Nothing else came. The server has logged: Event \"by\" of socket",
            error.Message, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: sold out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_a_handler_of_the_client_threw()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        client.On("who", object? (_) => throw new InvalidOperationException("nobody"));
        await client.Socket.EmitAsync("who");
        await Eventually.TrueAsync(() => client.Received.Count == 1);

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => client.WaitForAsync("said", Short));

        Assert.Contains("On(\"who\") threw InvalidOperationException: nobody", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_disconnected_waits_no_longer()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        var waiting = client.WaitForAsync("said");
        var asked = client.EmitWithAckAsync<int>("x");

        await client.Socket.DisconnectAsync();

        Assert.Equal("io server disconnect", (await Assert.ThrowsAsync<ClientDisconnectedException>(() => waiting)).Reason);
        await Assert.ThrowsAsync<ClientDisconnectedException>(() => asked);
        await Assert.ThrowsAsync<ClientDisconnectedException>(() => client.WaitForAsync("said"));
        await Assert.ThrowsAsync<ClientDisconnectedException>(() => client.EmitAsync("x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.FromResult(client.Socket));
    }

    [Fact]
    public async Task An_event_with_fewer_arguments_shows_itself()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        await client.Socket.EmitAsync("said", "Ada");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => client.WaitForAsync<string, string>("said"));

        Assert.Equal("\"said\" (\"Ada\") has 1 arguments; number 2 was asked for.", error.Message);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_refused()
    {
        await using var server = SocketIOTest.Create(io => { });

        var error = await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync("/nowhere"));

        Assert.Equal("Invalid namespace", error.Message);
    }

    [Fact]
    public async Task A_middleware_that_never_decides_is_a_failure_with_a_deadline()
    {
        await using var server = SocketIOTest.Create(
            io => io.Use((_, _) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System))),
            options => options.Deadline = TimeSpan.FromSeconds(2));

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => server.ConnectAsync());

        Assert.Contains("The admission did not come", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_that_do_not_end_are_named()
    {
        var end = new TaskCompletionSource();
        await using var server = SocketIOTest.Create(io => io.OnConnection(socket => socket.On("x", () => new ValueTask(end.Task))));
        var client = await server.ConnectAsync();
        await client.EmitAsync("x");

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => server.IdleAsync(Short));
        end.SetResult();

        Assert.Equal("Handlers still run: 1 event. Waited for 100 ms.", error.Message);
        await server.IdleAsync();
    }

    [Fact]
    public async Task A_handler_that_blocks_its_thread_is_a_failure_with_a_deadline()
    {
        using var end = new ManualResetEventSlim();
        await using var server = SocketIOTest.Create(
            io => io.OnConnection(socket => socket.On("x", () => { end.Wait(); return default(ValueTask); })),
            options => options.Deadline = TimeSpan.FromSeconds(2));
        var client = await server.ConnectAsync();

        var error = await Assert.ThrowsAsync<EventTimeoutException>(() => client.EmitAsync("x"));
        end.Set();

        Assert.Contains("a handler may block its thread", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_what_a_handler_takes_is_a_mistake()
    {
        await using var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();
        client.On("who", _ => "Ada");

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.WaitForAsync("who"));
    }

    [Fact]
    public async Task What_is_no_auth_is_refused_before_it_is_sent()
    {
        await using var server = SocketIOTest.Create(io => { });

        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ConnectAsync("/", "token"));
    }

    [Fact]
    public async Task A_server_that_is_closed_takes_nobody()
    {
        var server = SocketIOTest.Create(io => { });
        var client = await server.ConnectAsync();

        await server.DisposeAsync();

        Assert.Equal("transport close", await client.WaitForDisconnectAsync());
        await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync());
    }
}
