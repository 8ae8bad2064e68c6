using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>What clients say, as an interface that a handler class implements.</summary>
public sealed class ContractHandlerTests
{
    [Fact]
    public async Task The_methods_of_a_contract_handle_its_events_however_they_are_implemented()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").MapHandler<Talker>());
        await using var client = await host.ConnectAsync("/chat");

        await client.SendAsync("42/chat,1[\"sum\",1,2]");
        await client.ExpectAsync("43/chat,1[3]");
        await client.SendAsync("42/chat,2[\"tell-me\"]");
        await client.ExpectAsync("43/chat,2[\"explicit\"]");
        await client.SendAsync("42/chat,3[\"usual\"]");
        await client.ExpectAsync("43/chat,3[\"default\"]");
        await client.SendAsync("42/chat,4[\"inherited\"]");
        await client.ExpectAsync("43/chat,4[\"inherited\"]");
    }

    [Fact]
    public async Task Both_directions_meet_in_one_class()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").MapHandler<Talker>());
        await using var one = await host.ConnectAsync("/chat");
        await using var two = await host.ConnectAsync("/chat");

        await one.SendAsync("42/chat,[\"say\",\"hello\"]");

        await two.ExpectAsync($"42/chat,[\"said\",\"{one.SocketId}\",\"hello\"]");
    }

    [Fact]
    public async Task A_lambda_asks_for_the_socket_and_the_namespace_by_contract()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").On(
            "say", async (Socket<IChatClient> socket, string text, Namespace<IChatClient> everybody) =>
            {
                await socket.Said(socket.Untyped.Id, "you: " + text);
                await everybody.Said(socket.Untyped.Id, text);
            }));
        await using var client = await host.ConnectAsync("/chat");

        await client.SendAsync("42/chat,[\"say\",\"hello\"]");

        await client.ExpectAsync($"42/chat,[\"said\",\"{client.SocketId}\",\"you: hello\"]");
        await client.ExpectAsync($"42/chat,[\"said\",\"{client.SocketId}\",\"hello\"]");
        Assert.Contains(
            "which an event of another worker does not have",
            Assert.Throws<InvalidOperationException>(() => host.Server.Of("/chat").OnServerSide("x", (Socket<IChatClient> socket) => { })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_without_a_name_follows_the_same_rule()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.MapHandler<Unnamed>());
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"howMany\"]");

        await client.ExpectAsync("431[7]");
    }

    [Fact]
    public async Task A_class_that_would_handle_an_event_twice_is_refused_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(io => io.MapHandler<Twofold>()));

        Assert.StartsWith("Twofold.Sum is the event \"sum\" of its contract and marked [On(\"add\")]", failure.Message, StringComparison.Ordinal);
    }

    private interface IInherited
    {
        string Inherited();
    }

    [ClientToServer("/chat")]
    private interface ITalkServer : IInherited
    {
        ValueTask Say(string text);

        int Sum(int a, int b);

        [EventName("tell-me")]
        ValueTask<string> Tell();

        string Usual() => "default";
    }

    [ClientToServer]
    private interface ISums
    {
        int Sum(int a, int b);
    }

    private sealed class Talker : SocketHandler<IChatClient>, ITalkServer
    {
        public ValueTask Say(string text) => Client.Broadcast.Said(Client.Untyped.Id, text);

        public int Sum(int a, int b) => a + b;

        public string Inherited() => "inherited";

        ValueTask<string> ITalkServer.Tell() => new("explicit");
    }

    private sealed class Unnamed : SocketHandler
    {
        [On]
        public ValueTask<int> HowManyAsync() => new(Socket.Connected ? 7 : 0);
    }

    private sealed class Twofold : SocketHandler, ISums
    {
        [On("add")]
        public int Sum(int a, int b) => a + b;
    }
}
