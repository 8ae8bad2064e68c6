using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Tests.Adapters;
using Akka.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Callers that do not await what they emit.</summary>
public sealed class OverflowTests() : TestKit.Xunit2.TestKit("akka.loglevel = OFF")
{
    [Fact]
    public async Task What_is_handed_over_faster_than_it_leaves_is_bounded_counted_and_told_once_in_a_while()
    {
        const int Queue = 256_000;
        const int Emits = 5_000;
        var time = new FakeTimeProvider();
        var settings = ClusterAdapterSettings.Read(ConfigurationFactory.ParseString($"akka.cluster-adapter {{ peer-window = 128kB, peer-queue = {Queue}B }}")
            .WithFallback(ClusterAdapterExtension.DefaultConfig));
        var told = 0;
        var state = new ClusterState("a", isClustered: true, settings, time) { HasPeers = true, Overflowed = () => told++ };
        // Stands for an adapter actor that does not get round to it.
        var actor = CreateTestProbe();
        var adapter = new AkkaClusterAdapter(new FakeHost("/"), state, actor);

        for (var i = 0; i < Emits; i++)
            _ = adapter.BroadcastAsync(FakeHost.Body("[]"), BroadcastOptions.All).AsTask();

        var taken = Emits - state.Counters[PeerCounter.Dropped];
        Assert.InRange(taken, 1, Queue / BackPressure.PerMessage);
        Assert.Equal(taken, actor.ReceiveN((int)taken).Count);
        await actor.ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Equal(1, told);
        time.Advance(TimeSpan.FromMinutes(1));
        _ = adapter.ServerSideEmitAsync(FakeHost.Body("[]")).AsTask();
        Assert.Equal(2, told);
    }
}
