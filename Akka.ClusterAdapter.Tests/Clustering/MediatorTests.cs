using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Emitters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Names that users choose never get near the mediator: there is one topic, whatever there is to publish.</summary>
public sealed class MediatorTests : IAsyncLifetime
{
    private const int Many = 100_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>How long a hundred thousand packets may take on a busy machine.</summary>
    private static readonly TimeSpan ManyTake = TimeSpan.FromMinutes(4);

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task A_hundred_thousand_namespaces_and_rooms_with_strange_names_leave_one_topic()
    {
        var workers = await _systems.AddWorkersAsync(2);
        await workers[1].Host.ConnectAsync("b");
        var parser = workers[0].Host.Parser;
        for (var i = 0; i < Many; i++)
            workers[1].Extension.CreateAdapter(new SocketlessHost(NameOf(i), parser));
        var emitter = SocketIOEmitter.Create(workers[0].System, parser);

        for (var i = 0; i < Many; i++)
            await emitter.Of(NameOf(i)).To(RoomOf(i)).EmitAsync("x");
        await workers[0].Adapter.BroadcastAsync(FakeHost.Body("last"), BroadcastOptions.All);

        await Eventually.TrueAsync(() => Task.FromResult(workers[1].Host.TextsOf("b").SequenceEqual(["last"])), () => "the last of them", ManyTake);
        Assert.Equal(Many + 1, workers[1].Counter(PeerCounter.Received));
        Assert.Equal(
            (0, 0, 0), (workers[1].Counter(PeerCounter.UnknownNamespace), workers[1].Counter(PeerCounter.Gaps), workers[1].Counter(PeerCounter.Duplicates)));
        foreach (var worker in workers)
        {
            var topics = await DistributedPubSub.Get(worker.System).Mediator.Ask<CurrentTopics>(GetTopics.Instance, Deadline);
            Assert.Equal(["socketio"], topics.Topics);
            Assert.Equal((true, 2, 0), (worker.Extension.IsReady, worker.Extension.ServerCount, worker.Counter(PeerCounter.Resubscriptions)));
        }
    }

    private static string NameOf(int i) => (i % 4) switch
    {
        0 => $"/ {i}",
        1 => $"/{(char)(0x3040 + (i % 80))}/{i}",
        2 => $"/%20\0?#{i}",
        _ => $"/socketio/{i}",
    };

    private static string RoomOf(int i) => (i % 5) switch
    {
        0 => "",
        1 => " ",
        2 => "\0",
        3 => "socketio",
        _ => $"/user/{i}",
    };
}
