using Akka.ClusterAdapter.Clustering;
using Akka.TestKit.Xunit2;

namespace TestKitExample;

/// <summary>The adapter inside a TestKit's own actor system, with the local provider: a cluster of one, ready at once, no network.</summary>
public sealed class PresenceTests() : TestKit(ClusterAdapterExtension.DefaultConfig)
{
    [Fact]
    public async Task The_lobby_is_told_who_came_online()
    {
        var lobby = new FakeNamespace("/chat", TestActor);
        await using var adapter = ClusterAdapterExtension.Get(Sys).CreateAdapter("/chat", lobby);
        await lobby.ConnectAsync(adapter, "socket-1", "lobby");
        await lobby.ConnectAsync(adapter, "socket-2", "elsewhere");
        var presence = Sys.ActorOf(PresenceActor.Props(adapter, lobby.Parser));

        presence.Tell(new CameOnline("Ada"), TestActor);

        await ExpectMsgAsync(new Received("socket-1", "online", "Ada"));
        await ExpectNoMsgAsync(TimeSpan.Zero);
    }
}
