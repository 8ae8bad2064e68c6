using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Testing;

/// <summary>A cluster in one process.</summary>
public sealed class SocketIOTestClusterTests
{
    [Fact]
    public async Task A_room_spans_the_workers_and_they_come_and_go()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, Configure);
        await using var ada = await cluster[0].ConnectAsync("/chat");
        await using var bob = await cluster[1].ConnectAsync("/chat", configure: options => options.Transport = SocketIOTestTransport.Polling);

        await ada.EmitAsync("say", "hello");

        Assert.Equal("hello", await bob.WaitForAsync<string>("said"));
        Assert.Equal(2, (await cluster[0].Server.Of("/chat").FetchSocketsAsync()).Count);

        var third = await cluster.AddWorkerAsync();
        await using var eve = await third.ConnectAsync("/chat");
        await bob.EmitAsync("say", "welcome");
        Assert.Equal("welcome", await eve.WaitForAsync<string>("said"));

        await cluster.StopWorkerAsync(cluster[0]);
        Assert.Equal("transport close", await ada.WaitForDisconnectAsync());
        Assert.Equal(2, await cluster[0].Server.ServerCountAsync());
        await eve.EmitAsync("say", "still here");
        Assert.Equal("still here", await bob.WaitForAsync<string>("said"));
    }

    private static void Configure(SocketIOServer io) => io.Of("/chat").OnConnection(async socket =>
    {
        await socket.JoinAsync("lobby");
        socket.On("say", (string text) => socket.To("lobby").EmitAsync("said", text));
    });
}
