using Akka.ClusterAdapter.Testing;
using Microsoft.Extensions.Time.Testing;

namespace CHAT_NAMESPACE.Tests;

public sealed class ChatHandlerTests
{
    [Fact]
    public async Task What_one_says_the_others_hear()
    {
        await using var server = SocketIOTest.Create(Chat.Map);
        var ada = await server.ConnectAsync("/chat");
        var bob = await server.ConnectAsync("/chat");

        await ada.EmitAsync("say", "hello");

        var said = await bob.WaitForAsync<Said>("said");
        Assert.Equal((ada.Id, "hello"), (said.From, said.Text));
        Assert.Empty(ada.Received);
    }

    [Fact]
    public async Task The_acknowledgement_says_when()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var server = SocketIOTest.Create(Chat.Map, options => options.Time = time);
        var ada = await server.ConnectAsync("/chat");

        var said = await ada.EmitWithAckAsync<Said>("say", ["hello"]);

        Assert.Equal(time.GetUtcNow(), said.At);
    }
}
