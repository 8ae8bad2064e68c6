using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public class PacketDecoderLimitsTests
{
    private readonly JsonPacketParser _parser = new();

    [Fact]
    public void Ten_attachments_are_accepted_and_eleven_refused()
    {
        var decoder = _parser.Decoder();

        decoder.AddText("510-[\"a\"]");

        Assert.True(decoder.IsPending);
        Assert.Throws<ProtocolException>(() => _parser.Decoder().AddText("511-[\"a\"]"));
    }

    [Fact]
    public void Eleven_attachments_cannot_be_sent()
    {
        var ten = Enumerable.Repeat(new byte[] { 1 }, 10).ToArray();
        var writer = _parser.CreateBody();
        writer.Write(ten);
        writer.Write(new byte[] { 2 });

        Assert.Equal(10, _parser.Body("a", ten).Attachments.Length);
        Assert.Throws<InvalidOperationException>(() => writer.Complete());
    }

    [Theory]
    [InlineData(64)]
    [InlineData(3)]
    public void Nesting_is_accepted_up_to_the_limit(int limit)
    {
        var limits = new PacketDecoderLimits { MaxDepth = limit };

        var packet = _parser.Decoder(limits).AddText(Nested(limit));

        Assert.Equal("a", packet!.Arguments.EventName);
        Assert.Equal("too-deep", _parser.Decoder(limits).AddText(Nested(limit + 1))?.Refusal?.Reason);
    }

    [Fact]
    public void Deepest_accepted_argument_can_be_read_and_sent_on()
    {
        var packet = _parser.Decode(Nested(64));

        var element = packet.Arguments.Get<System.Text.Json.JsonElement>(0);
        var again = _parser.Event("a", new object?[] { new PacketArgument(packet.Arguments, 0) });

        Assert.Equal(63, element.GetRawText().Count(c => c == '['));
        Assert.Equal("a", _parser.Read(PacketType.Event, new PacketBody(again.Head[1..])).EventName);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("\\u0061")]
    public void Event_name_is_accepted_up_to_256_characters(string character)
    {
        var packet = _parser.Decode($"2[\"{Repeat(character, 256)}\"]");

        Assert.Equal(256, packet.Arguments.EventName.Length);
        Assert.Equal("event-name-too-long", _parser.Refusal($"2[\"{Repeat(character, 257)}\"]"));
    }

    [Fact]
    public void Number_as_event_name_is_bounded_too() =>
        Assert.Equal("event-name-too-long", _parser.Refusal($"2[0.{Repeat("1", 255)}]"));

    [Theory]
    [InlineData("x")]
    [InlineData("€")]
    public void Namespace_is_accepted_up_to_256_characters(string character)
    {
        var packet = _parser.Decode($"0/{Repeat(character, 255)},");

        Assert.Equal(256, packet.Header.Namespace.Length);
        Assert.Throws<ProtocolException>(() => _parser.Decode($"0/{Repeat(character, 256)},"));
    }

    [Fact]
    public void Packet_is_accepted_up_to_its_bytes()
    {
        var limits = new PacketDecoderLimits { MaxPacketBytes = 10 };

        Assert.NotNull(_parser.Decoder(limits).AddText("2[\"a\",123]"));
        Assert.Throws<ProtocolException>(() => _parser.Decoder(limits).AddText("2[\"a\",1234]"));
    }

    [Fact]
    public void Attachments_count_with_the_packets_bytes()
    {
        var limits = new PacketDecoderLimits { MaxPacketBytes = 20 };
        var decoder = _parser.Decoder(limits);
        decoder.AddText("52-[\"a\"]"); // 8 bytes
        decoder.Add(new byte[12], isBinary: true);

        Assert.Throws<ProtocolException>(() => decoder.Add(new byte[1], isBinary: true));
        Assert.False(decoder.IsPending);
    }

    private static string Nested(int depth) => $"2[\"a\",{Repeat("[", depth - 1)}{Repeat("]", depth - 1)}]";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
