using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>What leaves together, before a bus that only remembers.</summary>
public sealed class BatchingBusTests : TestKit.Xunit2.TestKit
{
    private const long Origin = 7;

    private readonly List<(PeerMessage Message, IActorRef? Sender)> _published = [];
    private readonly FakeTimeProvider _time = new();
    private readonly PeerCounters _counters = new();
    private readonly TurnCount _owner;
    private readonly BatchingBus _bus;
    private long _sequence;

    public BatchingBusTests()
        : base("akka.loglevel = OFF")
    {
        _owner = new TurnCount(Sys);
        _bus = Bus(hasFineTimers: true);
    }

    private int Turns => _owner.Turns;

    private long Gathered => _counters[PeerCounter.Batches];

    [Fact]
    public void Nothing_leaves_before_its_turn_and_one_message_stays_one()
    {
        var message = Message();

        _bus.Publish(message, ActorRefs.NoSender);
        Assert.Equal((0, 1), (_published.Count, Turns));
        _bus.Flush();
        _bus.Flush();

        Assert.Same(message, Assert.Single(_published).Message);
        Assert.Equal(0, Gathered);
    }

    [Fact]
    public void What_a_turn_brings_leaves_as_one_in_its_order()
    {
        OrderedMessage[] messages = [Message(), Message(), Message()];

        foreach (var message in messages)
            _bus.Publish(message, ActorRefs.NoSender);
        _bus.Flush();
        _bus.Publish(Message(), ActorRefs.NoSender);

        var batch = Assert.IsType<PeerBatch>(Assert.Single(_published).Message);
        Assert.Equal(messages, batch.Messages);
        Assert.Equal((Origin, 1, 2), (batch.Origin, Gathered, Turns));
    }

    [Fact]
    public void Where_a_timer_takes_15_ms_nothing_waits_for_one()
    {
        var bus = Bus(hasFineTimers: false);
        for (var i = 0; i < 20; i++)
        {
            bus.Publish(Message(), ActorRefs.NoSender);
            bus.Publish(Message(), ActorRefs.NoSender);
            bus.Flush();
        }

        Assert.Equal((20, 20), (Turns, _published.Count));
    }

    [Fact]
    public void While_messages_crowd_each_batch_waits_a_moment()
    {
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 8; i++)
        {
            _bus.Publish(Message(), ActorRefs.NoSender);
            _bus.Flush();
        }

        Assert.Equal((8, 8), (Turns, _published.Count));
        _bus.Publish(Message(), ActorRefs.NoSender);
        _time.Advance(TimeSpan.FromMilliseconds(0.9));
        Assert.Equal(8, Turns);
        _time.Advance(TimeSpan.FromMilliseconds(0.1));
        Assert.Equal(9, Turns);
    }

    [Fact]
    public void Two_thousand_messages_a_second_are_no_crowd()
    {
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(0.5));
            _bus.Publish(Message(), ActorRefs.NoSender);
            _bus.Flush();
        }

        Assert.Equal(100, Turns);
    }

    [Fact]
    public void What_wants_answers_leaves_for_itself_behind_what_came_before_it()
    {
        var request = new FetchSockets("/", 1, TimeSpan.FromSeconds(1), BroadcastOptions.All);
        request.Stamp(Origin, 3);

        _bus.Publish(Message(), ActorRefs.NoSender);
        _bus.Publish(Message(), ActorRefs.Nobody);
        _bus.Publish(request, TestActor);

        Assert.Equal([typeof(PeerBatch), typeof(FetchSockets)], _published.Select(entry => entry.Message.GetType()));
        Assert.Equal([ActorRefs.NoSender, TestActor], _published.Select(entry => entry.Sender));
    }

    [Fact]
    public void A_beat_leaves_behind_what_came_before_it()
    {
        var hello = (Hello)SampleMessages.All["Hello"];

        _bus.Publish(Message(), ActorRefs.NoSender);
        _bus.Publish(hello, ActorRefs.NoSender);

        Assert.Equal([typeof(Broadcast), typeof(Hello)], _published.Select(entry => entry.Message.GetType()));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(40_000)]
    [InlineData(63_900)]
    public void A_batch_is_never_larger_than_the_largest_message(int size)
    {
        for (var i = 0; i < 10_000_000 / (size + 1_000); i++)
            _bus.Publish(Message(size), ActorRefs.NoSender);
        _bus.Flush();

        Assert.All(_published, entry => Assert.InRange(entry.Message.Encode().Length, 1, PeerLimits.LargestMessage));
        var sequences = _published
            .SelectMany(entry => entry.Message is PeerBatch batch ? batch.Messages.Cast<OrderedMessage>() : [(OrderedMessage)entry.Message])
            .Select(message => message.Sequence);
        Assert.Equal(Enumerable.Range(1, (int)_sequence).Select(number => (long)number), sequences);
    }

    private BatchingBus Bus(bool hasFineTimers) => new(Origin, new BusLog(_published), _owner, _time, _counters, hasFineTimers, new Guard(NullLogger.Instance));

    private Broadcast Message(int size = 10)
    {
        var message = new Broadcast("/", BroadcastOptions.All, new PacketBody(new byte[size]));
        message.Stamp(Origin, ++_sequence);
        return message;
    }

    /// <summary>Stands for the actor that is told to flush.</summary>
    private sealed class TurnCount(ActorSystem system) : MinimalActorRef
    {
        public int Turns { get; private set; }

        public override ActorPath Path { get; } = new RootActorPath(new Address("akka", system.Name)) / "turns";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            Assert.IsType<SendBatch>(message);
            Turns++;
        }
    }

    private sealed class BusLog(List<(PeerMessage Message, IActorRef? Sender)> published) : IPeerBus
    {
        public void Publish(PeerMessage message, IActorRef? sender) => published.Add((message, sender));
    }
}
