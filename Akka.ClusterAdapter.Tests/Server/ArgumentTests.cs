using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What the application gives is checked before anything leaves; what a handler asks for, when it is registered.</summary>
public class ArgumentTests
{
    private static readonly TimeSpan[] Wrong =
    [
        TimeSpan.FromDays(60), TimeSpan.FromDays(1) + TimeSpan.FromTicks(1), TimeSpan.MaxValue, TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan,
        TimeSpan.MinValue
    ];

    /// <summary>Every public way to say how long answers are waited for.</summary>
    private static readonly Dictionary<string, Func<SocketIOServer, Socket, TimeSpan, Task>> Timeouts = new()
    {
        ["Socket.Timeout"] = (_, socket, time) => socket.Timeout(time).EmitWithAckAsync<int>("q", []),
        ["SocketOperator.Timeout"] = (_, socket, time) => socket.Volatile.Timeout(time).EmitWithAckAsync<int>("q", []),
        ["Socket.Broadcast.Timeout"] = (_, socket, time) => socket.Broadcast.Timeout(time).EmitWithAckAsync<int>("q", []),
        ["Server.Timeout"] = (io, _, time) => io.Timeout(time).EmitWithAckAsync<int>("q", []),
        ["Server.Timeout, answers"] = (io, _, time) => io.Timeout(time).EmitWithAnswersAsync<int>("q", []),
        ["Server.Timeout, fetch"] = (io, _, time) => io.Timeout(time).FetchSocketsAsync(),
        ["Namespace.Timeout"] = (io, _, time) => io.Of("/").Timeout(time).EmitWithAckAsync<int>("q", []),
        ["RemoteSocket.Timeout"] = async (io, _, time) => await (await io.FetchSocketsAsync())[0].Timeout(time).EmitWithAckAsync<int>("q", []),
        ["ServerSideEmitWithAck"] = (io, _, time) => io.Of("/").ServerSideEmitWithAckAsync<int>("q", [], time),
        ["ServerSideEmitWithAnswers"] = (io, _, time) => io.Of("/").ServerSideEmitWithAnswersAsync<int>("q", [], time),
        ["IAdapter.BroadcastWithAck"] = (io, _, time) => io.Of("/").Adapter.BroadcastWithAckAsync(
            Adapters.FakeHost.Body("[\"q\"]"), new BroadcastOptions { Timeout = time }),
    };

    /// <summary>Every public operation with a token, which is cancelled already, and those with a list that is not there.</summary>
    private static readonly Dictionary<string, Func<SocketIOServer, Socket, CancellationToken, Task>> Operations = new()
    {
        ["Socket.Emit"] = (_, socket, ct) => socket.EmitAsync("q", ct).AsTask(),
        ["Socket.EmitWithAck"] = (_, socket, ct) => socket.EmitWithAckAsync<int>("q", [], ct),
        ["Socket.Timeout.EmitWithAck"] = (_, socket, ct) => socket.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("q", [], ct),
        ["Server.Emit"] = (io, _, ct) => io.EmitAsync("q", ct).AsTask(),
        ["Server.EmitWithAck"] = (io, _, ct) => io.EmitWithAckAsync<int>("q", [], ct),
        ["Server.SocketsJoin"] = (io, _, ct) => io.SocketsJoinAsync("q", ct).AsTask(),
        ["Server.SocketsLeave"] = (io, _, ct) => io.SocketsLeaveAsync("q", ct).AsTask(),
        ["Server.DisconnectSockets"] = (io, _, ct) => io.DisconnectSocketsAsync(true, ct).AsTask(),
    };

    private static readonly Dictionary<string, Func<SocketIOServer, Socket, Task>> Lists = new()
    {
        ["Socket.Join"] = (_, socket) => socket.JoinAsync((IReadOnlyList<string>)null!).AsTask(),
        ["Socket.Join a name"] = (_, socket) => socket.JoinAsync("q", null!).AsTask(),
        ["Socket.Leave"] = (_, socket) => socket.LeaveAsync(null!).AsTask(),
        ["Server.SocketsJoin"] = (io, _) => io.SocketsJoinAsync((IReadOnlyList<string>)null!).AsTask(),
        ["Server.SocketsJoin a name"] = (io, _) => io.SocketsJoinAsync(["q", null!]).AsTask(),
        ["Server.SocketsLeave"] = (io, _) => io.SocketsLeaveAsync((IReadOnlyList<string>)null!).AsTask(),
        ["Socket.EmitWithAck"] = (_, socket) => socket.EmitWithAckAsync<int>("q", null!),
        ["Server.EmitWithAck"] = (io, _) => io.EmitWithAckAsync<int>("q", null!),
        ["Server.EmitArgs"] = (io, _) => io.EmitArgsAsync("q", null!).AsTask(),
        ["Server.Emit"] = (io, _) => io.EmitAsync((string)null!, 1).AsTask(),
        ["Socket.OnError"] = (_, socket) => Task.Run(() => socket.OnError(null!)),
        ["Socket.OnDisconnect"] = (_, socket) => Task.Run(() => socket.OnDisconnect((Func<DisconnectReason, Task>)null!)),
    };

    public static TheoryData<string> TimeoutNames => [.. Timeouts.Keys];

    public static TheoryData<string> OperationNames => [.. Operations.Keys];

    public static TheoryData<string> ListNames => [.. Lists.Keys];

    [Theory]
    [MemberData(nameof(TimeoutNames))]
    public async Task A_time_out_that_cannot_be_waited_for_is_refused_before_anything_is_sent(string name)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets[client.SocketId];

        foreach (var time in Wrong)
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Timeouts[name](host.Server, socket, time));

        await NothingWasSentAsync(host, client);
    }

    [Fact]
    public async Task A_day_can_be_waited_for()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets[client.SocketId];

        var answer = socket.Timeout(TimeSpan.FromDays(1)).EmitWithAckAsync<int>("q", []);
        var answers = host.Server.Timeout(TimeSpan.FromDays(1)).EmitWithAckAsync<int>("q", []);
        await client.ExpectAsync("420[\"q\"]", "421[\"q\"]");
        await client.SendAsync("430[7]");
        await client.SendAsync("431[8]");

        Assert.Equal(7, await answer);
        Assert.Equal([8], await answers);
    }

    [Theory]
    [MemberData(nameof(OperationNames))]
    public async Task What_is_cancelled_already_does_nothing(string name)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets[client.SocketId];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Operations[name](host.Server, socket, new CancellationToken(canceled: true)));

        Assert.Equal([client.SocketId], socket.Rooms);
        await NothingWasSentAsync(host, client);
    }

    [Theory]
    [MemberData(nameof(ListNames))]
    public async Task What_is_not_there_is_refused_before_anything_is_done(string name)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets[client.SocketId];

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Lists[name](host.Server, socket));

        Assert.Equal([client.SocketId], socket.Rooms);
        await NothingWasSentAsync(host, client);
    }

    [Fact]
    public async Task The_event_as_it_is_takes_no_argument()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("first", (EventContext e, int a, string b) => new ValueTask<string>($"{e.Count} {a} {b}"));
            socket.On("between", (int a, EventContext e, string b) => new ValueTask<string>($"{e.Count} {a} {b}"));
            socket.On("last", (int a, string b, EventContext e) => new ValueTask<string>($"{e.Count} {a} {b}"));
            socket.On("missing", (EventContext e, int? a) => new ValueTask<string>($"{e.Count} {a}"));
        }));
        await using var client = await host.ConnectAsync();

        foreach (var name in new[] { "first", "between", "last" })
        {
            await client.SendAsync($"421[\"{name}\",7,\"x\"]");
            await client.ExpectAsync("431[\"2 7 x\"]");
        }

        await client.SendAsync("421[\"missing\"]");
        await client.ExpectAsync("431[\"0 \"]");
    }

    [Fact]
    public async Task The_event_as_it_is_takes_no_argument_of_a_handler_class()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.MapHandler<Between>());
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"between\",7,\"x\"]");

        await client.ExpectAsync("431[\"2 7 x\"]");
    }

    private static async Task NothingWasSentAsync(SocketIOTestHost host, WireClient client)
    {
        await host.Server.EmitAsync("end");
        await client.ExpectAsync("42[\"end\"]");
    }

    public sealed class Between : SocketHandler
    {
        [On("between")]
        public ValueTask<string> Handle(int a, EventContext e, string b) => new($"{e.Count} {a} {b}{(Socket.Connected ? "" : "!")}");
    }
}
