using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.Event;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>
/// One worker that sends and two that take: their real windows and streams, each with a mailbox of its own, and between them a topic and links. What is
/// told directly and what is published next go over the same link; the topic's way is longer, as it is there (docs/decisions/0051).
/// </summary>
internal sealed class FlowBench : IPeerBus
{
    public const int Size = 1_000;
    private const long Origin = 7;
    private const int Namespaces = 2;

    private readonly Race _race;
    private readonly PeerFlow _flow;
    private readonly RaceActor _topic;
    private readonly List<RaceActor> _links = [];
    private readonly List<Receiver> _receivers = [];

    public FlowBench(Race race)
    {
        _race = race;
        var counters = new PeerCounters();
        _flow = new PeerFlow(Origin, this, counters, NoLogger.Instance);
        Sender = new RaceActor(race, "sending worker", Send);
        _topic = new RaceActor(race, "topic", message => _links.ForEach(link => link.Tell(message)));
        for (var i = 1; i <= 2; i++)
        {
            var receiver = new Receiver(race, i, Sender, Namespaces);
            _receivers.Add(receiver);
            _links.Add(new RaceActor(race, $"link {i}", receiver.Self.Tell));
            _flow.Add(i, new PeerWindow(_links[^1], $"{i}", new(Window, 1_000 * Size, TimeSpan.FromSeconds(1)), new Clock(), counters, NoLogger.Instance));
        }
    }

    /// <summary>Small: a few messages are too many.</summary>
    public static int Window => 4 * Size;

    public BackPressure Pressure { get; } = new(2 * Size);

    public RaceActor Sender { get; }

    public long Sent => _flow.Sequence;

    public static Broadcast Message() => new("/", BroadcastOptions.All, new PacketBody(new byte[1])) { Size = Size };

    public void CheckEnd()
    {
        foreach (var receiver in _receivers)
        {
            var all = Enumerable.Range(1, (int)Sent).Select(number => (long)number);
            _race.Check(receiver.Got.SequenceEqual(all), $"{string.Join(' ', receiver.Got)} of {Sent} came");
            _race.Equal(0L, receiver.Stream.Unread, "bytes that were not carried out");
        }

        foreach (var window in _flow.Windows)
        {
            _race.Equal(0L, window.WaitingBytes, "bytes that wait");
            _race.Check(window.InFlight <= Window / 2, $"{window.InFlight} bytes seem to be on their way");
        }

        _race.Equal(0L, Pressure.Bytes, "bytes that seem to be handed over");
        _race.Check(!Pressure.Applies, "callers would wait");
    }

    void IPeerBus.Publish(PeerMessage message, IActorRef? sender) => _topic.Tell(message);

    private void Send(object message)
    {
        if (message is PeerCredit credit)
            _flow.Credit(credit.Origin, credit);
        else if (message is OrderedMessage ordered)
            SendNext(ordered);
        else
            _flow.TellReached();
        Pressure.Hold(_flow.Windows.Any(window => window.WaitingBytes > Window));
    }

    private void SendNext(OrderedMessage message)
    {
        if (_flow.Publish(message, Size, ActorRefs.NoSender))
            _topic.Tell(new Told(_flow.LastThroughTopic)); // a hello
        Pressure.Remove(Size);
    }

    /// <summary>What a hello says of the topic.</summary>
    private sealed record Told(long LastThroughTopic);

    private sealed class Clock : ITimeProvider
    {
        public DateTimeOffset Now => default;

        public TimeSpan MonotonicClock => default;

        public TimeSpan HighResMonotonicClock => default;
    }

    /// <summary>What the adapter actor's way in does with its stream (Clustering/Inbound), and namespaces that carry out what it takes.</summary>
    private sealed class Receiver
    {
        private readonly RaceActor _sender;
        private readonly RaceActor[] _namespaces;

        public Receiver(Race race, int number, RaceActor sender, int namespaces)
        {
            _sender = sender;
            Self = new RaceActor(race, $"worker {number}", Receive);
            _namespaces = [.. Enumerable.Range(0, namespaces).Select(i => new RaceActor(race, $"namespace {i} of {number}", CarryOut))];
            Number = number;
        }

        public RaceActor Self { get; }

        public PeerStream Stream { get; } = new(Window);

        public List<long> Got { get; } = [];

        private int Number { get; }

        private void Receive(object message)
        {
            switch (message)
            {
                case DirectBegins begins:
                    Stream.BeginDirect(begins.Before, begins.Next);
                    break;
                case DirectReached reached:
                    Stream.Reach(reached.Before, reached.Last);
                    break;
                case DirectMessage direct when Stream.MustHold:
                    Stream.Hold(direct.Message, ActorRefs.NoSender);
                    break;
                case DirectMessage direct:
                    Take(direct.Message);
                    break;
                case Told told:
                    Stream.Align(told.LastThroughTopic);
                    Hear(told.LastThroughTopic);
                    break;
                case OrderedMessage published:
                    Hear(published.Sequence - 1);
                    Take(published);
                    Hear(published.Sequence);
                    break;
                case GiveCredit:
                    _sender.Tell(Stream.Credit(Number, Origin));
                    break;
            }
        }

        private void Hear(long sequence)
        {
            Stream.HearTopic(sequence);
            while (Stream.TryRelease(out var message, out _))
                Take(message);
        }

        private void Take(OrderedMessage message)
        {
            if (!Stream.TryAdvance(message.Sequence, out _))
                return;
            Stream.Take(Size);
            Got.Add(message.Sequence);
            _namespaces[message.Sequence % _namespaces.Length].Tell(message);
        }

        private void CarryOut(object message)
        {
            if (Stream.Done(Size))
                Self.Tell(new GiveCredit());
        }

        private sealed record GiveCredit;
    }
}
