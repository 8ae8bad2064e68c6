using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Limits a client runs into, and what is counted then.</summary>
public class LimitTests
{
    [Fact]
    public async Task One_namespace_too_many_is_refused_and_counted()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new System.Text.RegularExpressions.Regex("^/n")), o => o.MaxNamespacesPerConnection = 2);
        await using var client = await host.ConnectAsync("/n1");
        await client.ConnectAsync("/n2");

        await client.SendAsync("40/n3,");

        await client.ExpectAsync("44/n3,{\"message\":\"Too many namespaces\"}");
        Assert.Equal(1, host.Server.Counters["rejected.too-many-namespaces"]);
    }

    [Fact]
    public async Task One_dynamic_namespace_too_many_is_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new System.Text.RegularExpressions.Regex("^/n")), o => o.MaxDynamicNamespaces = 1);
        await using var client = await host.ConnectAsync("/n1");

        await client.SendAsync("40/n2,");

        await client.ExpectAsync("44/n2,{\"message\":\"Invalid namespace\"}");
        Assert.Equal(1, host.Server.Counters["rejected.too-many-dynamic-namespaces"]);
    }

    [Fact]
    public async Task A_predicate_that_throws_refuses_and_the_next_one_is_asked()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of((_, _) => throw new InvalidOperationException("broken"));
            io.Of((name, _) => new ValueTask<bool>(name == "/good"));
        });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/bad,");
        await client.ExpectAsync("44/bad,{\"message\":\"Invalid namespace\"}");
        await client.ConnectAsync("/good");

        Assert.Equal(2, host.Server.Counters["failed.namespace"]);
    }

    [Fact]
    public async Task One_room_too_many_fails_the_call_and_is_counted()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, o => o.MaxRoomsPerSocket = 3);
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets.Values.Single();
        await socket.JoinAsync("a", "b");

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => socket.JoinAsync("c").AsTask());

        Assert.Equal(3, socket.Rooms.Count);
        Assert.Equal(1, host.Server.Counters["rejected.too-many-rooms"]);
    }

    [Fact]
    public async Task One_acknowledgement_too_many_fails_the_call_and_is_counted()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, o => o.MaxPendingAcks = 1);
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets.Values.Single();
        var first = socket.EmitWithAckAsync<int>("a", []);

        await Assert.ThrowsAsync<InvalidOperationException>(() => socket.EmitWithAckAsync<int>("b", []));

        Assert.Equal(1, host.Server.Counters["rejected.too-many-acks"]);
        await client.CloseAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => first);
    }

    [Theory]
    [InlineData("42{}", "rejected.undecodable")]
    [InlineData("4511-[\"typed\"]", "rejected.too-many-attachments")]
    [InlineData("42[\"typed\",[[[[]]]]]", "rejected.too-deep")]
    [InlineData("42[\"typed\", {\"a\": {\"b\" :{ \"c\": {}}}}]", "rejected.too-deep")]
    [InlineData("42[\"much-too-long-for-this-server\"]", "rejected.event-name-too-long")]
    [InlineData("40/much-too-long-for-this-server,", "rejected.namespace-too-long")]
    [InlineData("4299999999999999999[\"typed\"]", "rejected.ack-id-out-of-range")]
    [InlineData("42[\"disconnect\"]", "rejected.reserved-event-name")]
    [InlineData("42[\"typed\",1e999]", "rejected.unencodable")]
    [InlineData("42/b,[]", "rejected.undecodable")]
    [InlineData("42/b,[1]", "rejected.violation")]
    [InlineData("42[\"typed\",\"x\"]", "rejected.arguments")]
    [InlineData("42[\"broken\"]", "failed.handler")]
    [InlineData("40/admin,", "rejected.middleware")]
    [InlineData("40/bug,", "failed.middleware")]
    [InlineData("40/nope,", "rejected.invalid-namespace")]
    public async Task What_goes_wrong_is_counted_once(string frame, string counter)
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.On("typed", (int _) => ValueTask.CompletedTask);
                socket.On("broken", () => ValueTask.FromException(new InvalidOperationException("broken")));
            });
            io.Of("/admin").Use((_, _) => throw new ConnectErrorException("denied"));
            io.Of("/bug").Use((_, _) => throw new InvalidOperationException("bug"));
        }, options => (options.MaxDepth, options.MaxEventNameLength, options.MaxNamespaceLength) = (4, 20, 20));
        await using var client = await host.ConnectAsync();

        await client.SendAsync(frame);

        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault(counter) == 1, counter);
    }
}
