using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class PeerMessageSerializerTests(PeerMessageSerializerTests.WireSystem wire) : IClassFixture<PeerMessageSerializerTests.WireSystem>
{
    private readonly ActorSystem _system = wire.System;
    private readonly PeerMessageSerializer _serializer = new((ExtendedActorSystem)wire.System);

    public static TheoryData<string> Samples => [.. SampleMessages.All.Keys];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_comes_back_as_it_was(string sample)
    {
        var message = SampleMessages.All[sample];

        var back = _serializer.FromBinary(message.Encode().ToArray(), _serializer.Manifest(message));

        Assert.IsType(message.GetType(), back);
        Assert.Equal(SampleMessages.Describe(message), SampleMessages.Describe(back));
    }

    [Fact]
    public void There_is_a_sample_of_every_kind_and_its_bytes_are_fixed()
    {
        var kinds = typeof(PeerMessage).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PeerMessage)) && !type.IsAbstract);
        var fixedOnes = GetType().GetMethod(nameof(The_wire_form_is_fixed))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Select(data => (string)((InlineDataAttribute)data).GetData(null!).Single()[0]);

        Assert.Equal(
            kinds.Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))),
            SampleMessages.All.Values.Select(message => message.GetType()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.Equal(SampleMessages.All.Keys.Order(StringComparer.Ordinal), fixedOnes.Order(StringComparer.Ordinal));
    }

    // The wire form of version 1. These bytes never change: another worker may be older.
    [Theory]
    [InlineData("Broadcast", "B1 08070605040302010900000000000000052f636861740102017203e697a5010178050202015b2265225d010203")]
    [InlineData("BroadcastToAll", "B1 08070605040302010900000000000000012f02000002005b5d")]
    [InlineData("BroadcastWithAck", "Q1 08070605040302010900000000000000012f05ac020102017203e697a5010178050202015b2265225d010203")]
    [InlineData("Join", "J1 08070605040302010900000000000000012f0102017203e697a50101780201610162")]
    [InlineData("Leave", "V1 08070605040302010900000000000000012f020000010161")]
    [InlineData("Disconnect", "D1 08070605040302010900000000000000012f0102017203e697a501017801")]
    [InlineData("Fetch", "F1 08070605040302010900000000000000012fc801ac020102017203e697a5010178")]
    [InlineData("ServerSideEvent", "E1 08070605040302010900000000000000012f050202015b2265225d010203")]
    [InlineData("BroadcastWithPlace", "B1 08070605040302010900000000000000012f02000002005b5d500a0700000000000000ac02")]
    [InlineData("LogPosition", "P1 08070605040302010900000000000000012f0700000000000000ac02a846")]
    [InlineData("LogBegins", "Y1 08070605040302010900000000000000012f")]
    [InlineData("LogAsked", "W1 0700000000000000012f2c01000000000000")]
    [InlineData("LogSilent", "w1 0700000000000000012f2c01000000000000")]
    [InlineData("ClaimSession", "G1 08070605040302010900000000000000012f06ac02067365637265740103652d31")]
    [InlineData("KeepTrail", "L1 08070605040302010900000000000000012f06ac0201650503010700000000000000ac0204010700000000000000030001010208000000000000000100")]
    [InlineData("KeepSessions", "N1 08070605040302010900000000000000012f06ac0201017306736563726574020173017201027b7d0103652d3101026d6503010700000000000000ac020"
        + "1010700000000000000ac02040003652d31070000000000000002016509ac02a846")]
    [InlineData("SessionClaimed", "g1 07000000000000000500017306736563726574020173017201027b7d0103652d3101026d6503010700000000000000ac0201010700000000000000ac0"
        + "2040003652d31070000000000000002010700000000000000ac02010700000000000000ac02a8460103652d320700000000000000ad02050202015b2265225d010203")]
    [InlineData("CopySessions", "O1 08070605040302010900000000000000012f06ac020101650506010700000000000000ac02a846030201070000000000000003000101010172010173067"
        + "36563726574020173017201027b7d0103652d3101026d6503010700000000000000ac0201010700000000000000ac02040003652d31070000000000000002016509ac02a846010178")]
    [InlineData("FetchLog", "T1 08070605040302010900000000000000012f06ac02ac02010700000000000000ac02")]
    [InlineData("LogFetched", "t1 070000000000000005ac0209010700000000000000ad02a8460102017203e697a5010178050202015b2265225d01020303652d32")]
    [InlineData("CopyEnds", "O1 08070605040302010900000000000000012f06ac0200")]
    [InlineData("SessionUnknown", "g1 07000000000000000501")]
    [InlineData("SessionsKept", "n1 070000000000000005ac02")]
    [InlineData("ServerSideRequest", "R1 08070605040302010900000000000000012f06ac02050202015b2265225d010203")]
    [InlineData("EndQuestion", "X1 08070605040302010900000000000000012fac02")]
    [InlineData("Chunk", "C1 08070605040302010900000000000000012f03024231ac020203010203")]
    [InlineData("AnswerChunk", "c1 07000000000000000503026131ac020203010203")]
    [InlineData("DirectBegins", "d1 070000000000000008000000000000000900000000000000")]
    [InlineData("DirectReached", "d2 070000000000000008000000000000000900000000000000")]
    [InlineData("PeerCredit", "k1 070000000000000008000000000000000900000000000000ac02")]
    [InlineData("Batch", "M1 080706050403020103"
        + "0242311908070605040302010900000000000000012f02000002005b5d"
        + "0256311808070605040302010900000000000000012f020000010161"
        + "025a39020102")]
    [InlineData(
        "Hello", "H1 07000000000000000800000000000000103132372e302e302e313a383131302331030203000180d00f046a736f6e04616263640a687474703a2f2f683a31017401c0843d")]
    [InlineData(
        "HelloOfWindow",
        "H1 07000000000000000800000000000000103132372e302e302e313a383131302331030214000180d00f046a736f6e04616263640a687474703a2f2f683a31017401c0843d")]
    [InlineData(
        "HelloOfTeller",
        "H1 07000000000000000800000000000000103132372e302e302e313a383131302331030200000180d00f046a736f6e04616263640a687474703a2f2f683a31017401c0843d0001")]
    [InlineData(
        "HelloReply",
        "h1 07000000000000000800000000000000103132372e302e302e313a3831313023310201000180d00f046a736f6e04616263640a687474703a2f2f683a31017401c0843d")]
    [InlineData("StatusRequest", "S1 00")]
    [InlineData("ClusterHere", "I1 1e616b6b612e7463703a2f2f63686174403132372e302e302e313a38313130feffffffffffffff0301")]
    [InlineData("WorkerStatus", "s1 0700000000000000103132372e302e302e313a383131302331ac0201000180d00f046a736f6e04616263640a687474703a2f2f683a31017401c0843d")]
    [InlineData("SocketsPart", "f2 070000000000000005010204017302017301720000077b2271223a317d077b2261223a317d017402017401720501023233077b2261223a317d017502017"
        + "50172080000077b2261223a317d01760201760172040000077b2261223a317d")]
    [InlineData("ServerSideAnswer", "e1 07000000000000000501050202015b2265225d010203")]
    [InlineData("ServerSideNothing", "e1 07000000000000000500")]
    [InlineData("ServerSideTooLarge", "e1 07000000000000000502")]
    [InlineData("AckAsked", "q1 07000000000000000500010201730174")]
    [InlineData("AckAnswers", "a1 07000000000000000502017301050202015b2265225d010203017400")]
    public void The_wire_form_is_fixed(string sample, string wire)
    {
        var message = SampleMessages.All[sample];

        var described = SampleMessages.Describe(message);

        Assert.Equal(wire, described);
    }

    // Version 1 before workers told their MaxPayload.
    [Theory]
    [InlineData("H1", "07000000000000000800000000000000103132372e302e302e313a383131302331030203000180d00f046a736f6e04616263640a687474703a2f2f683a31017401")]
    [InlineData("H1", "07000000000000000800000000000000103132372e302e302e313a383131302331030214000180d00f046a736f6e04616263640a687474703a2f2f683a31017401")]
    [InlineData("h1", "07000000000000000800000000000000103132372e302e302e313a3831313023310201000180d00f046a736f6e04616263640a687474703a2f2f683a31017401")]
    [InlineData("s1", "0700000000000000103132372e302e302e313a383131302331ac0201000180d00f046a736f6e04616263640a687474703a2f2f683a31017401")]
    public void A_card_of_an_older_worker_is_read(string manifest, string wire)
    {
        var back = _serializer.FromBinary(Convert.FromHexString(wire), manifest);

        var card = back switch { Hello hello => hello.Card, HelloReply reply => reply.Card, _ => ((WorkerStatus)back).Card };
        Assert.Equal(("t", ServerSideValues.Hyperion, 0), (card.ForwardToken, card.Values, card.MaxPayload));
    }

    // Rounded down, so that a receiver tells too often rather than too seldom.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(65_535, 0)]
    [InlineData(64 * 1024, 64 * 1024)]
    [InlineData(130_000, 64 * 1024)]
    [InlineData(4 * 1024 * 1024, 4 * 1024 * 1024)]
    [InlineData(1L << 30, 1L << 30)]
    public void A_hello_names_the_power_of_two_below_its_window(long window, long told)
    {
        var hello = new Hello(7, "w", new PeerCard()) { Window = window };

        var back = (Hello)_serializer.FromBinary(_serializer.ToBinary(hello), hello.Manifest);

        Assert.Equal((told, false, false, false), (back.Window, back.WantsReply, back.IsLeaving, back.WantsCredit));
    }

    [Fact]
    public void Every_destination_gets_the_same_array()
    {
        var message = SampleMessages.All["Broadcast"];

        var first = _serializer.ToBinary(message);
        var second = _serializer.ToBinary(message);

        Assert.Same(first, second);
    }

    [Fact]
    public void The_size_is_known_before_anything_is_encoded()
    {
        Assert.All(SampleMessages.All.Values, message => Assert.Equal(message.Encode().Length, message.EncodedSize));
    }

    [Fact]
    public void A_body_is_not_copied_when_it_is_read()
    {
        var bytes = SampleMessages.All["BroadcastToAll"].Encode().ToArray();

        var broadcast = (Broadcast)_serializer.FromBinary(bytes, Broadcast.Kind);
        bytes[^1] = (byte)'!';

        Assert.Equal((byte)'!', broadcast.Body.Data.Span[^1]);
    }

    [Fact]
    public void The_actor_system_uses_it_under_its_fixed_identifier()
    {
        var serializer = _system.Serialization.FindSerializerFor(SampleMessages.All["Hello"]);

        Assert.IsType<PeerMessageSerializer>(serializer);
        Assert.Equal(4711, serializer.Identifier);
        Assert.Equal(4711, _system.Settings.Config.GetInt(
            "akka.actor.serialization-identifiers.\"Akka.ClusterAdapter.Clustering.Wire.PeerMessageSerializer, Akka.ClusterAdapter\""));
    }

    [Fact]
    public void A_kind_of_a_newer_worker_is_kept_as_unknown()
    {
        var back = _serializer.FromBinary([1, 2, 3], "Z9");

        var unknown = Assert.IsType<UnknownPeerMessage>(back);
        Assert.Equal("Z9", unknown.Manifest);
        Assert.Equal("Z9", _serializer.Manifest(unknown));
        Assert.Equal([1, 2, 3], _serializer.ToBinary(unknown));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Fields_that_a_newer_worker_added_are_left_alone(string sample)
    {
        var message = SampleMessages.All[sample];

        // A card ends with its named servers and its flags, which are left out where there are none; whoever adds a field behind them writes them.
        byte[] left = message is HelloReply or WorkerStatus or Hello { Card.TellsPositions: false } ? [0, 0] : [];

        var back = _serializer.FromBinary([.. message.Encode(), .. left, 1, 2, 3], message.Manifest);

        Assert.Equal(SampleMessages.Describe(message), SampleMessages.Describe(back));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_that_was_cut_is_malformed(string sample)
    {
        var message = SampleMessages.All[sample];
        var bytes = message.Encode();

        // Without its last field a card is an older worker's.
        int[] older = message switch
        {
            Hello { Card.TellsPositions: true } => [bytes.Length - 1, bytes.Length - 2, bytes.Length - 5],
            Hello or HelloReply or WorkerStatus => [bytes.Length - 3],
            _ => [],
        };
        // What follows the last field is left alone when it cannot be read.
        var end = message is Broadcast { Place.IsNone: false } placed ? new Broadcast(placed.Namespace, placed.Options, placed.Body).EncodedSize : bytes.Length;
        for (var length = 0; length < end; length++)
        {
            if (!older.Contains(length))
                Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes[..length], message.Manifest));
        }
    }

    [Theory]
    [InlineData(Broadcast.Kind, "00000000000000000000000000000000" + "ffffffff0f")]
    [InlineData(Broadcast.Kind, "00000000000000000000000000000000" + "00" + "02" + "ffffffff0f")]
    [InlineData(Broadcast.Kind, "00000000000000000000000000000000" + "00" + "020000" + "ffffffff7f00")]
    [InlineData(Broadcast.Kind, "00000000000000000000000000000000" + "00" + "020000" + "00ffffff7f")]
    [InlineData(Broadcast.Kind, "00000000000000000000000000000000" + "02c328" + "02000000")]
    [InlineData(SocketsPart.Kind, "0000000000000000" + "00" + "0001" + "ffffff7f")]
    [InlineData(SocketsPart.Kind, "0000000000000000" + "00" + "0001" + "01" + "0173" + "00" + "0100" + "00" + "00")]
    [InlineData(SocketsPart.Kind, "0000000000000000" + "00" + "0001" + "02" + "0173" + "00" + "0000" + "0161" + "00" + "0174" + "00" + "0101" + "00" + "00")]
    [InlineData(AckAsked.Kind, "0000000000000000" + "ffffffffffffffffffff01")]
    [InlineData(AckAnswers.Kind, "0000000000000000" + "00" + "ffffffff07")]
    public void A_length_without_bytes_behind_it_is_malformed(string manifest, string hex)
    {
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(Convert.FromHexString(hex), manifest));
    }

    [Fact]
    public void Damaged_messages_are_read_or_refused_and_never_cost_much()
    {
        var random = new Random(20_260_101);
        var samples = SampleMessages.All.Values.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 20_000; i++)
        {
            var sample = samples[random.Next(samples.Length)];
            var bytes = sample.Encode().ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                _serializer.FromBinary(bytes, sample.Manifest);
            }
            catch (SerializationException)
            {
                // Refused: as good as read.
            }
        }

        // 20,000 messages of at most 100 bytes, exceptions included.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000_000);
    }

    [Fact]
    public void A_direct_message_is_the_same_bytes_under_another_manifest()
    {
        var message = (OrderedMessage)SampleMessages.All["Broadcast"];
        var direct = new DirectMessage(message);

        var back = _serializer.FromBinary(_serializer.ToBinary(direct), _serializer.Manifest(direct));

        Assert.Equal("+B1", _serializer.Manifest(direct));
        Assert.Same(message.Encode(), _serializer.ToBinary(direct));
        Assert.Equal(SampleMessages.Describe(message), SampleMessages.Describe(Assert.IsType<DirectMessage>(back).Message));
        Assert.IsType<UnknownPeerMessage>(_serializer.FromBinary([1], "+Z9"));
        Assert.IsType<UnknownPeerMessage>(_serializer.FromBinary([1], "++B1"));
    }

    [Theory]
    [InlineData(PeerBatch.Kind)]
    [InlineData("+B1")]
    [InlineData("k1")]
    public void Only_ordered_messages_come_in_a_batch(string kind)
    {
        // Origin, one message, its kind, 32 bytes.
        byte[] bytes = [.. Convert.FromHexString("0700000000000000" + "01"), (byte)kind.Length, .. Encoding.ASCII.GetBytes(kind), 32, .. new byte[32]];

        var batch = Assert.IsType<PeerBatch>(_serializer.FromBinary(bytes, PeerBatch.Kind));

        Assert.Equal(kind, Assert.IsType<UnknownPeerMessage>(Assert.Single(batch.Messages)).Manifest);
    }

    [Fact]
    public void A_message_knows_the_bytes_it_came_in()
    {
        Assert.All(SampleMessages.All.Values.OfType<OrderedMessage>(), message =>
            Assert.Equal(message.Encode().Length, ((OrderedMessage)_serializer.FromBinary(message.Encode(), message.Manifest)).Size));
    }

    [Fact]
    public void Something_else_is_refused()
    {
        Assert.Throws<SerializationException>(() => _serializer.ToBinary("text"));
        Assert.Throws<SerializationException>(() => _serializer.Manifest("text"));
    }

    [Fact]
    public void The_largest_number_survives()
    {
        var message = new FetchSockets("/", long.MaxValue, TimeSpan.FromDays(1), BroadcastOptions.All);
        message.Stamp(long.MinValue, long.MaxValue);

        var back = (FetchSockets)_serializer.FromBinary(message.Encode(), FetchSockets.Kind);

        Assert.Equal((long.MaxValue, TimeSpan.FromDays(1), long.MinValue, long.MaxValue), (back.RequestId, back.Budget, back.Origin, back.Sequence));
    }

    [Fact]
    public void A_place_given_later_is_in_the_bytes()
    {
        var message = new Broadcast("/", BroadcastOptions.All, new PacketBody("[]"u8.ToArray()));
        message.Encode();

        message.Stamp(1, 2);

        Assert.Equal(2, ((Broadcast)_serializer.FromBinary(message.Encode(), Broadcast.Kind)).Sequence);
    }

    /// <summary>One actor system for all of them: nothing changes it.</summary>
    public sealed class WireSystem : IDisposable
    {
        public ActorSystem System { get; } =
            ActorSystem.Create("wire", ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(ClusterAdapterExtension.DefaultConfig));

        public void Dispose() => System.Dispose();
    }
}
