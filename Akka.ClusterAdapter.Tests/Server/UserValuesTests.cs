using System.Collections;
using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Hostile;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Values of the application that cannot be sent: whoever sends them is told, no client is, and the next value goes out whole.</summary>
public class UserValuesTests
{
    private static readonly Dictionary<string, Func<object>> Values = new()
    {
        ["a getter that throws"] = () => new Thrower(),
        ["a cycle"] = () => new Cycle(),
        ["a dictionary that holds itself"] = DictionaryOfItself,
        ["a function"] = () => new { Call = (Action)(static () => { }) },
        ["a pointer"] = () => new { At = (nint)1 },
        ["levels without end"] = () => Nested(1_500),
        ["a list that breaks off"] = () => new BreaksOff(),
        ["a type"] = () => new { Type = typeof(string) },
    };

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var name in Values.Keys)
            {
                cases.Add(name, false);
                cases.Add(name, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_cannot_be_sent_is_told_to_its_sender_only(string name, bool isMessagePack)
    {
        await using var host = await SocketIOTestHost.StartAsync(SetUp, options => options.Parser = isMessagePack ? new MessagePackPacketParser() : null);
        await using var client = await host.OpenAsync();
        await SendAsync(client, isMessagePack, PacketType.Connect);
        await client.ReceiveAsync();
        var socket = await SocketOfAsync(host);

        await AssertRefusedAsync(() => socket.EmitAsync("x", Values[name]()));
        await AssertRefusedAsync(() => socket.EmitAsync("x", new byte[] { 1 }, Values[name]()));
        await AssertRefusedAsync(() => host.Server.EmitAsync("x", 1, Values[name]()));
        await Assert.ThrowsAnyAsync<Exception>(() => socket.EmitWithAckAsync<int>("x", [Values[name]()]));
        await SendAsync(client, isMessagePack, PacketType.Event, "answer", name);
        await SendAsync(client, isMessagePack, PacketType.Event, "echo", 7);

        var echo = await client.ReceiveAsync();
        Assert.Contains(isMessagePack ? Convert.ToHexString("echo"u8) : "[\"echo\",7]", echo, StringComparison.Ordinal);
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0, "the session has ended");
    }

    [Fact]
    public async Task A_value_larger_than_a_client_may_send_is_sent_whole()
    {
        await using var host = await SocketIOTestHost.StartAsync(SetUp);
        using var client = await RawSocket.ConnectAsync(host.Uri);

        await (await SocketOfAsync(host)).EmitAsync("x", new string('a', 3_000_000));

        Assert.Equal(3_000_000 + "42[\"x\",\"\"]".Length, (await client.NextAsync()).Length);
    }

    [Fact]
    public async Task A_handler_of_disconnect_may_send_join_ask_and_leave()
    {
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(async (DisconnectReason _) =>
        {
            await socket.EmitAsync("bye", 1);
            await socket.JoinAsync("ghosts");
            await socket.Broadcast.EmitAsync("left", socket.Id);
            await io.To("ghosts").EmitAsync("boo");
            await io.FetchSocketsAsync();
            await socket.DisconnectAsync(close: true);
            await Assert.ThrowsAnyAsync<Exception>(() => socket.EmitWithAckAsync<int>("are-you-there", []));
            isOver.SetResult();
        })));
        await using var other = await host.ConnectAsync();
        await using var client = await host.ConnectAsync();

        await client.CloseAsync();

        await other.ExpectAsync($"42[\"left\",\"{client.SocketId}\"]");
        await isOver.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([other.SocketId], host.Server.Of("/").Sockets.Keys);
        Assert.DoesNotContain("ghosts", host.Server.Of("/").Adapter.LocalRooms().Keys);
    }

    private static void SetUp(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.On("echo", (EventContext e) => socket.EmitArgsAsync("echo", e.Args));
        socket.On("answer", (string name) => Values[name]());
    });

    private static async Task<Socket> SocketOfAsync(SocketIOTestHost host)
    {
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 1, "it is connected");
        return host.Server.Of("/").Sockets.Values.Single();
    }

    private static async Task AssertRefusedAsync(Func<ValueTask> send) => await Assert.ThrowsAnyAsync<Exception>(() => send().AsTask());

    private static async Task SendAsync(WireClient client, bool isMessagePack, PacketType type, params object[] args)
    {
        IPacketParser parser = isMessagePack ? new MessagePackPacketParser() : new JsonPacketParser();
        var body = parser.CreateBody();
        foreach (var arg in args)
            body.Write(arg);
        var packet = parser.Encode(new PacketHeader(type, "/"), args.Length == 0 ? null : body.Complete());
        await (packet.IsText ? client.SendAsync("4" + System.Text.Encoding.UTF8.GetString(packet.Head.Span)) : client.SendAsync(packet.Head.ToArray()));
    }

    private static Dictionary<string, object> DictionaryOfItself()
    {
        var itself = new Dictionary<string, object>();
        itself["me"] = itself;
        return itself;
    }

    private static object Nested(int levels)
    {
        object value = 1;
        for (var i = 0; i < levels; i++)
            value = new[] { value };
        return value;
    }

    private sealed class Thrower
    {
        private readonly string _why = "thrown by the application";

        public int First { get; } = 1;

        public int Value => throw new InvalidOperationException(_why);
    }

    private sealed class Cycle
    {
        public Cycle Me => this;
    }

    private sealed class BreaksOff : IEnumerable<int>
    {
        public IEnumerator<int> GetEnumerator()
        {
            yield return 1;
            throw new JsonException("thrown by the application");
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
