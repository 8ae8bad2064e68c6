using Akka.ClusterAdapter.Testing;

namespace CHAT_NAMESPACE.Tests;

public sealed class ClusterTests
{
    [Fact]
    public async Task The_lobby_spans_the_workers()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, Chat.Map);
        await using var ada = await cluster[0].ConnectAsync("/chat");
        await using var bob = await cluster[1].ConnectAsync("/chat");

        await ada.EmitAsync("say", "hello");

        Assert.Equal("hello", (await bob.WaitForAsync<Said>("said")).Text);
    }
}
