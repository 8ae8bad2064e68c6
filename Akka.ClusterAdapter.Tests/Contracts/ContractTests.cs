using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>What reaches clients when the server speaks through a contract.</summary>
public sealed class ContractTests
{
    [Fact]
    public async Task A_method_is_an_event_for_those_that_are_selected()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").OnConnection(socket => socket.JoinAsync("lobby").AsTask()));
        await using var one = await host.ConnectAsync("/chat");
        await using var two = await host.ConnectAsync("/chat");
        await Eventually.TrueAsync(() => AreInLobby(host, 2));
        var chat = host.Server.Of<IChatClient>("/chat");

        await chat.To("lobby").Except(two.SocketId).Said("7", "hello");
        await chat.Compress(false).Local.In(one.SocketId).Nothing();
        await chat.MovedAsync(1, 2, 3, new Circle(0.5), [1, 2]);

        await one.ExpectAsync("42/chat,[\"said\",\"7\",\"hello\"]", "42/chat,[\"nothing\"]");
        foreach (var client in new[] { one, two })
            await client.ExpectAsync("451-/chat,[\"moved\",1,2,3,{\"kind\":\"circle\",\"radius\":0.5},{\"_placeholder\":true,\"num\":0}]", "bin:0102");
    }

    [Fact]
    public async Task Names_defaults_and_rests_are_those_of_the_contract()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat"));
        await using var client = await host.ConnectAsync("/chat");
        var chat = host.Server.Of<IChatClient>();

        await chat.Typing();
        await chat.Typing(null);
        await chat.Words("a", "b");
        await chat.Words();

        await client.ExpectAsync("42/chat,[\"typing…\",\"somebody\"]", "42/chat,[\"typing…\",null]", "42/chat,[\"words\",\"a\",\"b\"]", "42/chat,[\"words\"]");
    }

    [Fact]
    public async Task A_socket_answers_with_a_value()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat"));
        await using var client = await host.ConnectAsync("/chat");
        var socket = host.Server.Of("/chat").Sockets[client.SocketId].As<IChatClient>();

        var many = socket.Timeout(TimeSpan.FromSeconds(30)).HowMany(default);
        await AnswerAsync(client, "howMany", "3");
        var nickname = socket.Nickname("Ada");
        await AnswerAsync(client, "nickname", "");

        Assert.Equal(3, await many);
        Assert.Null(await nickname);
    }

    [Fact]
    public async Task An_answer_of_nothing_is_an_error_where_the_contract_wants_a_value()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat"));
        await using var client = await host.ConnectAsync("/chat");
        var socket = host.Server.Of("/chat").Sockets[client.SocketId].As<IChatClient>();

        var secret = socket.Secret();
        await AnswerAsync(client, "secret", "null");
        var failure = await Assert.ThrowsAsync<JsonException>(() => secret);

        Assert.Equal("The client answered \"secret\" with nothing; the contract says String, not null.", failure.Message);
    }

    [Fact]
    public async Task A_broadcast_gathers_answers_as_a_list_or_for_each_socket()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat"));
        await using var one = await host.ConnectAsync("/chat");
        await using var two = await host.ConnectAsync("/chat");
        var chat = host.Server.Of<IChatClient>();

        var list = chat.HowMany(default);
        await AnswerAsync(one, "howMany", "1");
        await AnswerAsync(two, "howMany", "2");
        var each = chat.Except(one.SocketId).PerSocket.HowMany(default);
        await AnswerAsync(two, "howMany", "22");

        Assert.Equal([1, 2], (await list).Order());
        var answer = Assert.Single((await each).Answers);
        Assert.Equal((two.SocketId, SocketAnswerState.Answered, 22), (answer.SocketId, answer.State, answer.Value));
    }

    [Fact]
    public async Task A_socket_that_speaks_through_a_contract_reaches_the_others()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").OnConnection(socket => socket.JoinAsync("lobby").AsTask()));
        await using var one = await host.ConnectAsync("/chat");
        await using var two = await host.ConnectAsync("/chat");
        await Eventually.TrueAsync(() => AreInLobby(host, 2));
        var socket = host.Server.Of("/chat").Sockets[one.SocketId].As<IChatClient>();

        await socket.To("lobby").Said("1", "to others");
        await socket.Broadcast.Said("2", "to others");
        await socket.Compress(true).Said("3", "to me");
        await host.Server.Of("/chat").To("lobby").As<IChatClient>().Said("4", "to all");

        await two.ExpectAsync("42/chat,[\"said\",\"1\",\"to others\"]", "42/chat,[\"said\",\"2\",\"to others\"]", "42/chat,[\"said\",\"4\",\"to all\"]");
        await one.ExpectAsync("42/chat,[\"said\",\"3\",\"to me\"]", "42/chat,[\"said\",\"4\",\"to all\"]");
    }

    [Fact]
    public async Task The_namespace_is_that_of_the_mark_unless_one_is_named()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        var unmarked = Assert.Throws<InvalidOperationException>(() => host.Server.Of<IUnmarkedClient>());
        var twice = Assert.Throws<InvalidOperationException>(() => host.Server.Of<ITwiceMarkedClient>());

        Assert.Equal("/chat", host.Server.Of<IChatClient>().Name);
        Assert.Equal("/other", host.Server.Of<IUnmarkedClient>("other").Name);
        Assert.Equal(
            "IUnmarkedClient names no namespace: mark it with one [ServerToClient(\"/name\")], or write Of<IUnmarkedClient>(\"/name\").", unmarked.Message);
        Assert.StartsWith("ITwiceMarkedClient names several namespaces", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_class_speaks_through_a_contract()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").MapHandler<Greeter>());

        await using var one = await host.ConnectAsync("/chat");
        await one.ExpectAsync("42/chat,[\"said\",\"server\",\"welcome\"]", "42/chat,[\"said\",\"server\",\"one more\"]");
    }

    private static bool AreInLobby(SocketIOTestHost host, int count) =>
        host.Server.Of("/chat").LocalRooms().TryGetValue("lobby", out var members) && members.Count == count;

    private static async Task AnswerAsync(WireClient client, string eventName, string value)
    {
        var question = await client.ReceiveAsync();
        Assert.Contains($"[\"{eventName}\"", question, StringComparison.Ordinal);
        await client.SendAsync($"43/chat,{question["42/chat,".Length..question.IndexOf('[', StringComparison.Ordinal)]}[{value}]");
    }

    private sealed class Greeter : SocketHandler<IChatClient>
    {
        public override async ValueTask OnConnectedAsync()
        {
            await Client.Said("server", "welcome");
            await Clients.Said("server", "one more");
        }
    }
}
