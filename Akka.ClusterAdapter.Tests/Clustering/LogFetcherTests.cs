using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>How often others are asked how far they are.</summary>
public class LogFetcherTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_does_not_answer_is_asked_less_and_less_often_and_who_comes_then_at_once()
    {
        using var system = ActorSystem.Create("asks");
        try
        {
            var inbox = Inbox.Create(system);
            var settings = ClusterAdapterSettings.Read(ClusterAdapterExtension.DefaultConfig);
            var state = new ClusterState("a", isClustered: true, settings, _time) { Tellers = [new Teller(5, new PeerCard())] };
            using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
            var sessions = stores.Create();
            using var fetcher = new LogFetcher("/", "", state, new SessionMoves("/", "", state, inbox.Receiver), sessions);
            fetcher.Resume();

            for (var i = 0; i < 100; i++)
            {
                Assert.False(sessions.KnowsAll);
                _time.Advance(TimeSpan.FromMilliseconds(100));
            }

            Assert.InRange(Asked(inbox), 6, 12);
            sessions.HearSilence(5, sessions.Log);
            Assert.True(sessions.KnowsAll);
            state.Tellers = [.. state.Tellers, new Teller(6, new PeerCard())];
            Assert.False(sessions.KnowsAll);
            Assert.Equal(1, Asked(inbox));
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static int Asked(Inbox inbox)
    {
        inbox.Receiver.Tell("all");
        var asked = 0;
        while (inbox.Receive(TimeSpan.FromSeconds(30)) is AskPositions)
            asked++;
        return asked;
    }
}
