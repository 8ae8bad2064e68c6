using Akka.ClusterAdapter.Clustering;
using Akka.TestKit.Xunit2;

namespace TestKitExample;

/// <summary>The adapter inside a TestKit's own actor system, with the local provider: a cluster of one, ready at once, no network.</summary>
public sealed class PresenceTests() : TestKit(ClusterAdapterExtension.DefaultConfig)
{
    [Fact]
    public async Task The_lobby_is_told_who_came_online()
    {
        await ConnectAsync();
        var presence = Sys.ActorOf(PresenceActor.Props());

        presence.Tell(new CameOnline("Ada"), TestActor);

        await ExpectMsgAsync(new Received("socket-1", "online", "Ada"));
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Who_is_in_the_lobby_answers()
    {
        await ConnectAsync();
        var asker = CreateTestProbe();
        var presence = Sys.ActorOf(PresenceActor.Props());

        presence.Tell(new WhoIsThere(), asker);

        Assert.Equal(["socket-1"], (await asker.ExpectMsgAsync<Lobby>()).Users);
    }

    private async Task ConnectAsync()
    {
        var chat = new FakeNamespace("/chat", TestActor);
        chat.Adapter = ClusterAdapterExtension.Get(Sys).CreateAdapter(chat);
        await chat.ConnectAsync("socket-1", "lobby");
        await chat.ConnectAsync("socket-2", "elsewhere");
    }
}
