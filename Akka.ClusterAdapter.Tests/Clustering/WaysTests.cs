using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>
/// The two ways to another worker. Going back from the direct way to the topic needs no message because the topic's way is the longer one
/// (<see cref="PeerFlow"/>). This fails when another version of Akka makes it shorter, or gives the two different links.
/// </summary>
public sealed class WaysTests : IAsyncLifetime
{
    private const int Many = 5_000;
    private const string Topic = "ways";

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task What_is_told_directly_arrives_before_what_the_same_actor_publishes_next()
    {
        var (from, to) = (_systems.Add(), _systems.Add());
        // With it comes the serializer.
        Assert.NotSame(ClusterAdapterExtension.Get(from), ClusterAdapterExtension.Get(to));
        var mediators = new[] { from, to }.Select(system => DistributedPubSub.Get(system).Mediator).ToArray();
        var arrived = new List<string>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = to.ActorOf(Receiver.Props(arrived, all), "receiver");
        mediators[1].Tell(new Subscribe(Topic, receiver), receiver);
        _systems.Join(from);
        _systems.Join(to);
        await Eventually.TrueAsync(
            async () => (await mediators[0].Ask<CurrentTopics>(GetTopics.Instance, TimeSpan.FromSeconds(20))).Topics.Contains(Topic),
            "the topic is known");
        var address = Akka.Cluster.Cluster.Get(to).SelfAddress;
        var direct = await from.ActorSelection(new RootActorPath(address) / "user" / "receiver").ResolveOne(TimeSpan.FromSeconds(20));

        from.ActorOf(Sender.Props(direct, mediators[0]));

        await all.Task.WaitAsync(TimeSpan.FromSeconds(60));
        // Each way keeps its order, and nothing that was published overtakes what was told before it.
        var places = arrived.Select((what, place) => (what, place)).ToDictionary(each => each.what, each => each.place);
        Assert.Equal(2 * Many, places.Count);
        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"direct {i}"), arrived.Where(what => what.StartsWith("direct", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"topic {i}"), arrived.Where(what => what.StartsWith("topic", StringComparison.Ordinal)));
        Assert.All(Enumerable.Range(0, Many), i => Assert.True(places[$"direct {i}"] < places[$"topic {i}"], $"{i} was overtaken"));
    }

    private static Broadcast Message(string text, int i)
    {
        var message = new Broadcast(text, BroadcastOptions.All, FakeHost.Body("[]"));
        message.Stamp(1, i);
        return message;
    }

    private sealed class Receiver : ReceiveActor
    {
        public Receiver(List<string> arrived, TaskCompletionSource all)
        {
            Receive<DirectMessage>(direct => arrived.Add($"direct {direct.Message.Sequence}"));
            Receive<Broadcast>(broadcast =>
            {
                arrived.Add($"topic {broadcast.Sequence}");
                if (arrived.Count == 2 * Many)
                    all.SetResult();
            });
        }

        public static Props Props(List<string> arrived, TaskCompletionSource all) => Actor.Props.Create(() => new Receiver(arrived, all));
    }

    private sealed class Sender(IActorRef direct, IActorRef mediator) : ReceiveActor
    {
        public static Props Props(IActorRef direct, IActorRef mediator) => Actor.Props.Create(() => new Sender(direct, mediator));

        protected override void PreStart()
        {
            for (var i = 0; i < Many; i++)
            {
                direct.Tell(new DirectMessage(Message("/", i)), ActorRefs.NoSender);
                mediator.Tell(new Publish(Topic, Message("/", i)), ActorRefs.NoSender);
            }
        }
    }
}
