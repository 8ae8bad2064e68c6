using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What the original's objects tell about themselves.</summary>
public sealed class SocketSurfaceTests
{
    [Fact]
    public async Task A_socket_knows_its_handlers_and_lets_go_of_one()
    {
        await using var server = SocketIOTest.Create(_ => { });
        await using var client = await server.ConnectAsync();
        var socket = client.Socket;
        var heard = new List<string>();
        void First(string text) => heard.Add("first " + text);
        void Second(string text) => heard.Add("second " + text);
        socket.On("say", First);
        socket.On("say", Second);
        socket.On("say", First);
        socket.On("other", () => "heard");

        Assert.Equal(["other", "say"], socket.EventNames.Order(StringComparer.Ordinal));
        Assert.Equal((3, 1, 0), (socket.ListenerCount("say"), socket.ListenerCount("other"), socket.ListenerCount("none")));
        Assert.True(socket.Off("say", First));
        Assert.False(socket.Off("other", First));
        Assert.False(socket.Off("none", First));

        await client.EmitAsync("say", "hello");
        Assert.Equal("heard", await client.EmitWithAckAsync<string>("other"));
        Assert.Equal(["first hello", "second hello"], heard);
        socket.Off();
        Assert.Empty(socket.EventNames);
    }

    [Fact]
    public async Task Catch_all_handlers_are_told_in_their_order()
    {
        await using var server = SocketIOTest.Create(_ => { });
        await using var client = await server.ConnectAsync();
        Func<EventContext, ValueTask> one = _ => default, two = _ => default;
        Action<PacketArguments> outgoing = _ => { };

        client.Socket.OnAny(one);
        client.Socket.PrependAny(two);
        client.Socket.OnAnyOutgoing(outgoing);

        Assert.Equal([two, one], client.Socket.ListenersAny);
        Assert.Equal([outgoing], client.Socket.ListenersAnyOutgoing);
    }

    [Fact]
    public async Task Sockets_of_one_client_share_its_connection()
    {
        await using var server = SocketIOTest.Create(io => io.Of("/chat"));
        await using var main = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        var chat = await main.Connection.ConnectAsync("/chat");

        var connection = main.Socket.ClientConnection;

        Assert.Same(connection, chat.Socket.ClientConnection);
        Assert.NotSame(connection, other.Socket.ClientConnection);
        Assert.Same(main.Socket.Connection, connection.Session);
        Assert.Equal((true, "127.0.0.1"), (connection.IsOpen, connection.RemoteAddress?.ToString()));
        Assert.Equal([main.Id, chat.Id], connection.Sockets.Select(socket => socket.Id));

        await connection.DisconnectAsync();
        await connection.DisconnectAsync();

        Assert.Equal("io server disconnect", await main.WaitForDisconnectAsync());
        Assert.Empty(connection.Sockets);
        Assert.False(connection.IsOpen);
        Assert.True(other.Socket.Connected);
    }

    [Fact]
    public async Task Adapters_tell_the_rooms_of_sockets()
    {
        await using var server = SocketIOTest.Create(_ => { });
        await using var client = await server.ConnectAsync();
        await client.Socket.JoinAsync("lobby");

        Assert.Same(server.Server.Of("/"), server.Server.Sockets);
        Assert.Equal([client.Id, "lobby"], server.Server.Sockets.Adapter.LocalSockets()[client.Id]);
        Assert.Equal([client.Id, "lobby"], server.Server.Sockets.Adapter.RoomsOf(client.Id));
    }

    [Fact]
    public async Task Up_to_eight_arguments_are_written_one_by_one_and_the_token_is_none_of_them()
    {
        await using var server = SocketIOTest.Create(_ => { });
        await using var client = await server.ConnectAsync();
        var (io, socket, ct) = (server.Server, client.Socket, CancellationToken.None);

        await io.EmitAsync("e", 1, "2", true, ct);
        await io.EmitAsync("e", 1, "2", true, 4);
        await socket.EmitAsync("e", 1, "2", true, 4, ct);
        await socket.EmitAsync("e", 1, 2, 3, 4, 5, ct);
        await io.To(client.Id).EmitAsync("e", 1, 2, 3, 4, 5, 6, ct);
        await io.EmitAsync("e", 1, 2, 3, 4, 5, 6, 7, ct);
        await io.EmitAsync("e", 1, new[] { 2 }, null as string, 4, 5, 6, 7, 8, ct);
        await io.EmitAsync("end");
        await client.WaitForAsync("end");

        Assert.Equal([3, 4, 4, 5, 6, 7, 8, 0], client.Received.Select(received => received.Arguments.Count));
        Assert.Equal([2], client.Received[6].Get<int[]>(1));
    }

    [Fact]
    public async Task The_server_object_sends_and_hears_events_of_other_workers()
    {
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var cluster = await SocketIOTestCluster.StartAsync(2, io =>
        {
            io.OnServerSide("sum", (int a, int b, int c, int d) => heard.Enqueue($"{io.WorkerId} {a + b + c + d}"));
            io.OnServerSide("who", () => io.WorkerId);
        });
        var (here, there) = (cluster[0].Server, cluster[1].Server);

        await here.ServerSideEmitAsync("sum", 1, 2, 3, 4);
        await Eventually.TrueAsync(() => !heard.IsEmpty);

        Assert.Equal([$"{there.WorkerId} 10"], heard);
        Assert.Equal([there.WorkerId], await here.ServerSideEmitWithAckAsync<string>("who", []));
        Assert.Equal(
            (there.WorkerId, there.WorkerId),
            Assert.Single((await here.ServerSideEmitWithAnswersAsync<string>("who", [])).Answers) switch { var one => (one.WorkerId, one.Value) });
    }
}
