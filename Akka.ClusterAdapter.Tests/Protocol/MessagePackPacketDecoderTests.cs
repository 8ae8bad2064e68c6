using System.Text;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public class MessagePackPacketDecoderTests
{
    private const string Type2 = "a474797065" + "02";
    private const string Root = "a36e7370" + "a12f";
    private const string Data = "a464617461";

    private readonly MessagePackPacketParser _parser = new();

    public static TheoryData<string, string> Malformed => new()
    {
        { "nothing", "" },
        { "no map", "93010203" },
        { "no type", "82" + Root + Data + "91a161" },
        { "type 5", "83a47479706505" + Root + Data + "91a161" },
        { "type -1", "83a474797065ff" + Root + Data + "91a161" },
        { "type as text", "83a474797065a132" + Root + Data + "91a161" },
        { "no namespace", "82" + Type2 + Data + "91a161" },
        { "namespace as number", "83" + Type2 + "a36e737001" + Data + "91a161" },
        { "namespace without slash", "83" + Type2 + "a36e7370a161" + Data + "91a161" },
        { "namespace with comma", "83" + Type2 + "a36e7370a32f612c" + Data + "91a161" },
        { "no data", "82" + Type2 + Root },
        { "undefined data", "83" + Type2 + Root + Data + "d40000" },
        { "null data", "83" + Type2 + Root + Data + "c0" },
        { "map as data", "83" + Type2 + Root + Data + "80" },
        { "no name", "83" + Type2 + Root + Data + "90" },
        { "true as name", "83" + Type2 + Root + Data + "91c3" },
        { "connect with array", "83a47479706500" + Root + Data + "90" },
        { "connect with null", "83a47479706500" + Root + Data + "c0" },
        { "disconnect with data", "83a47479706501" + Root + Data + "80" },
        { "connect error without data", "82a47479706504" + Root },
        { "id as text", "84" + Type2 + Root + Data + "91a161" + "a26964a131" },
        { "id null", "84" + Type2 + Root + Data + "91a161" + "a26964c0" },
        { "negative id", "84" + Type2 + Root + Data + "91a161" + "a26964ff" },
        { "id over 2^53-1", "84" + Type2 + Root + Data + "91a161" + "a26964cf0020000000000000" },
        { "id over 2^63", "84" + Type2 + Root + Data + "91a161" + "a26964cfffffffffffffffff" },
        { "trailing byte", "83" + Type2 + Root + Data + "91a161" + "00" },
        { "key as number", "84" + Type2 + Root + Data + "91a161" + "0101" },
        { "unused code", "83" + Type2 + Root + Data + "92a161c1" },
        { "invalid UTF-8", "83" + Type2 + Root + Data + "92a161a2c080" },
        { "array of 4 billion", "83" + Type2 + Root + Data + "ddffffffff" },
        { "map of 4 billion", "dfffffffff" },
        { "binary of 4 gigabytes", "83" + Type2 + Root + Data + "92a161c6ffffffff" },
        { "extension of 4 gigabytes", "83" + Type2 + Root + Data + "92a161c9ffffffff00" },
        { "cut text", "83" + Type2 + Root + Data + "91a561" },
    };

    public static TheoryData<string, string> Dropped => new()
    {
        { "reserved name", "83" + Type2 + Root + Data + "91a7636f6e6e656374" },
        { "nested key as number", "83" + Type2 + Root + Data + "92a161" + "810101" },
        { "unknown extension", "83" + Type2 + Root + Data + "92a161d40500" },
        { "unknown extension of two bytes", "83" + Type2 + Root + Data + "92a161d5000000" },
        { "impossible timestamp", "83" + Type2 + Root + Data + "92a161c70cff00000000" + "7fffffffffffffff" },
    };

    [Theory]
    [MemberData(nameof(Dropped))]
    public void Well_formed_packet_that_cannot_be_passed_on_is_dropped_alone(string what, string hex)
    {
        var packet = Decode(hex);

        Assert.True(packet.Refusal is not null, what);
        Assert.Equal(0, packet.Arguments.Count);
    }

    [Theory]
    [InlineData("92a161a3eda080", "\uFFFD")]
    [InlineData("92a161a761edbfbf62c3a9", "a\uFFFDb\u00E9")]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character(string data, string text)
    {
        var packet = Decode("83" + Type2 + Root + Data + data);

        Assert.Equal(text, packet.Arguments.Get<string>(0));
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Bytes_that_are_no_packet_are_refused(string what, string hex)
    {
        var error = Record.Exception(() => _parser.Decoder().Add(Convert.FromHexString(hex), isBinary: true));

        Assert.True(error is ProtocolException, $"{what}: {error}");
    }

    [Fact]
    public void Text_is_refused() => Assert.Throws<ProtocolException>(() => _parser.Decoder().AddText("2[\"a\"]"));

    [Theory]
    [InlineData("05", "5")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("cb3ff8000000000000", "1.5")]
    public void Number_is_a_legal_event_name(string hex, string name)
    {
        var packet = Decode("83" + Type2 + Root + Data + "91" + hex);

        Assert.Equal(name, packet.Arguments.EventName);
    }

    [Fact]
    public void Null_and_undefined_arguments_are_null()
    {
        var packet = Decode("83" + Type2 + Root + Data + "94a161c0d4000000");

        Assert.True(packet.Arguments.IsNull(0));
        Assert.True(packet.Arguments.IsNull(1));
        Assert.False(packet.Arguments.IsNull(2));
        Assert.Null(packet.Arguments.Get<string>(1));
    }

    [Theory]
    [InlineData("d7000000e677d21fdbff", "\"9999-12-31T23:59:59.999Z\"")]
    [InlineData("d7000000e677d21fdc00", "null")]
    [InlineData("d7007fffffffffffffff", "null")]
    [InlineData("d6ff00000001", "\"1970-01-01T00:00:01.000Z\"")]
    public void Date_is_its_text_or_null(string hex, string json)
    {
        var packet = Decode("83" + Type2 + Root + Data + "92a161" + hex);

        Assert.Equal(json, packet.Arguments.Get<System.Text.Json.JsonElement>(0).GetRawText());
    }

    [Fact]
    public void Nesting_is_accepted_up_to_64_levels()
    {
        var packet = Decode(Nested(64));

        Assert.Equal(63, packet.Arguments.Get<System.Text.Json.JsonElement>(0).GetRawText().Count(c => c == '['));
        Assert.Equal("too-deep", Decode(Nested(65)).Refusal?.Reason);
        Assert.Equal("too-deep", Decode(Nested(100_000)).Refusal?.Reason);
    }

    [Fact]
    public void Absurd_depth_limit_does_not_overflow_the_stack()
    {
        var decoder = _parser.Decoder(new PacketDecoderLimits { MaxDepth = int.MaxValue });

        Assert.Throws<ProtocolException>(() => decoder.Add(Convert.FromHexString(Nested(400_000)), isBinary: true));
    }

    [Fact]
    public void Names_are_bounded()
    {
        Assert.Equal(256, _parser.Decode(_parser.Event(new string('x', 256))).Arguments.EventName.Length);
        Assert.Equal("event-name-too-long", _parser.Decode(_parser.Event(new string('x', 257))).Refusal?.Reason);
        Assert.Equal(256, Connect(256).Header.Namespace.Length);
        Assert.Throws<ProtocolException>(() => Connect(257));
    }

    [Fact]
    public void Packet_is_accepted_up_to_its_bytes()
    {
        var packet = _parser.Event("a", "b");
        var bytes = packet.Head.Length;

        Assert.NotNull(_parser.Decode(packet, new PacketDecoderLimits { MaxPacketBytes = bytes }));
        Assert.Throws<ProtocolException>(() => _parser.Decode(packet, new PacketDecoderLimits { MaxPacketBytes = bytes - 1 }));
    }

    [Fact]
    public void Packet_owns_its_bytes()
    {
        var message = _parser.Event("a", "bcd").Head.ToArray();
        var packet = _parser.Decoder().Add(message, isBinary: true)!;

        Array.Clear(message);

        Assert.Equal("bcd", packet.Arguments.Get<string>(0));
    }

    [Fact]
    public void More_than_ten_binary_values_are_refused_from_clients_and_taken_from_other_workers()
    {
        object[] values = ["a", Enumerable.Range(0, 11).Select(i => new[] { (byte)i }).ToList()];

        var refused = Assert.Throws<ProtocolException>(() => _parser.Decode(_parser.Event(values)));

        Assert.Equal("too-many-attachments", refused.Reason);
        Assert.Equal(
            10, _parser.Decode(_parser.Event("a", Enumerable.Range(0, 10).Select(i => new[] { (byte)i }).ToList())).Arguments.Get<List<byte[]>>(0)!.Count);
        Assert.Equal(11, _parser.Read(PacketType.Event, _parser.Body(values)).Get<List<byte[]>>(0)!.Count);
    }

    [Theory]
    [InlineData("c7020004ff")]
    [InlineData("c403010203")]
    public void Binary_values_of_every_form_count_wherever_they_are(string binary)
    {
        var packet = "84a47479706502a464617461" + "92a161" + "9b" + string.Concat(Enumerable.Repeat(binary, 11)) + "a36e7370a12f" + "a17801";

        var refused = Assert.Throws<ProtocolException>(() => _parser.Decoder().Add(Convert.FromHexString(packet), isBinary: true));

        Assert.Equal("too-many-attachments", refused.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("90")]
    [InlineData("91a16100")]
    [InlineData("91c1")]
    public void Bytes_that_are_no_body_are_refused(string hex) =>
        Assert.Throws<ProtocolException>(() => _parser.Read(PacketType.Event, new PacketBody(Convert.FromHexString(hex))));

    private Packet Connect(int length) =>
        _parser.Decode(_parser.Encode(new PacketHeader(PacketType.Connect, "/" + new string('n', length - 1)), null));

    private Packet Decode(string hex) => _parser.Decoder().Add(Convert.FromHexString(hex), isBinary: true)!;

    private static string Nested(int depth) =>
        "83" + Type2 + Root + Data + "92a161" + new StringBuilder().Insert(0, "91", depth - 2) + "90";
}
