using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public class JsonPacketDecoderTests
{
    private readonly JsonPacketParser _parser = new();

    public static TheoryData<string> HostileTexts => new(
        "2[\"a\",]", // J9
        "2[\"a\"/*x*/]",
        "2[\"a\"]//x",
        "\ufeff2[\"a\"]",
        "2\ufeff[\"a\"]",
        "2[\"a\",NaN]",
        "2[\"a\",01]",
        "2['a']",
        "2[\"a\"][\"b\"]",
        "2[\"a\nb\"]",
        "2[\"a\"",
        "2[\"a\",",
        "2[\"a\",{\"b\"",
        "2" + new string('[', 5000));

    [Theory]
    [InlineData("0", "/")]
    [InlineData("0/", "/")]
    [InlineData("0/,", "/")]
    [InlineData("0/admin", "/admin")]
    [InlineData("0/admin,", "/admin")]
    [InlineData("0/admin?x=1,{\"a\":1}", "/admin?x=1")]
    [InlineData("01{\"a\":1}", "/")]
    [InlineData("0/Zoë 😀,", "/Zoë 😀")]
    public void Connect_is_read(string text, string name)
    {
        var packet = _parser.Decode(text);

        Assert.Equal((PacketType.Connect, name), (packet.Header.Type, packet.Header.Namespace));
        Assert.Equal(text.Contains('{', StringComparison.Ordinal) ? 1 : 0, packet.Arguments.Count);
    }

    [Fact]
    public void Connect_payload_is_its_one_argument()
    {
        var packet = _parser.Decode("0/admin, {\"token\":\"123\"} ");

        Assert.Equal("123", packet.Arguments.Get<Dictionary<string, string>>(0)!["token"]);
        Assert.Equal(string.Empty, packet.Arguments.EventName);
    }

    [Theory]
    [InlineData("2[0]", "0")]
    [InlineData("2[1.5]", "1.5")]
    [InlineData("2[1,2]", "1")]
    [InlineData("2[\"\",1]", "")]
    [InlineData("2[\"error\",\"x\"]", "error")]
    [InlineData("2[\"connection\"]", "connection")]
    [InlineData("2[\"__proto__\"]", "__proto__")]
    [InlineData("2[\"a\\u0000b\"]", "a\0b")]
    [InlineData("2[\"\\ud83d\\ude00\"]", "😀")]
    [InlineData("2[\"\\\\ud800\"]", "\\ud800")]
    [InlineData("2 [ \"a\" ] ", "a")]
    public void Event_is_read_with_its_name(string text, string name)
    {
        var packet = _parser.Decode(text);

        Assert.Equal((PacketType.Event, "/"), (packet.Header.Type, packet.Header.Namespace));
        Assert.Null(packet.Header.Id);
        Assert.Equal(name, packet.Arguments.EventName);
    }

    [Theory]
    [InlineData("200012[\"a\"]", "/", 12L)]
    [InlineData("20[\"a\"]", "/", 0L)]
    [InlineData("2/admin,13[\"a\"]", "/admin", 13L)]
    [InlineData("29007199254740991[\"a\"]", "/", 9_007_199_254_740_991L)]
    public void Ack_id_is_read(string text, string name, long id)
    {
        var packet = _parser.Decode(text);

        Assert.Equal(new PacketHeader(PacketType.Event, name, id), packet.Header);
    }

    [Theory]
    [InlineData("31[]", 1L, 0)]
    [InlineData("3[1]", null, 1)]
    [InlineData("3[]", null, 0)]
    [InlineData("3999[]", 999L, 0)]
    [InlineData("3/admin,13[\"bar\",null]", 13L, 2)]
    public void Answer_is_read(string text, long? id, int count)
    {
        var packet = _parser.Decode(text);

        Assert.Equal((PacketType.Ack, id), (packet.Header.Type, packet.Header.Id));
        Assert.Equal(count, packet.Arguments.Count);
    }

    [Theory]
    [InlineData("1", "/")]
    [InlineData("1/admin", "/admin")]
    [InlineData("1/admin,", "/admin")]
    public void Disconnect_is_read(string text, string name)
    {
        var packet = _parser.Decode(text);

        Assert.Equal(new PacketHeader(PacketType.Disconnect, name), packet.Header);
        Assert.Equal(0, packet.Arguments.Count);
    }

    [Theory]
    [InlineData("4\"x\"")]
    [InlineData("4{\"message\":\"Not authorized\"}")]
    public void Connect_error_is_read(string text)
    {
        var packet = _parser.Decode(text);

        Assert.Equal(PacketType.ConnectError, packet.Header.Type);
        Assert.Equal(1, packet.Arguments.Count);
    }

    [Theory]
    [InlineData("0null")]
    [InlineData("0[]")]
    [InlineData("0[1]")]
    [InlineData("0\"abc\"")]
    [InlineData("0/admin,\"x\"")]
    [InlineData("0 ")]
    [InlineData("0{")]
    [InlineData("2[]")]
    [InlineData("2{}")]
    [InlineData("2[true]")]
    [InlineData("2[null]")]
    [InlineData("2[{\"a\":1}]")]
    [InlineData("2[[\"a\"]]")]
    [InlineData("2\"a\"")]
    [InlineData("2null")]
    [InlineData("2[\"a\"]x")]
    [InlineData("2-1[\"a\"]")]
    [InlineData("21.5[\"a\"]")]
    [InlineData("2abc[\"a\"]")]
    [InlineData("2")]
    [InlineData("212")]
    [InlineData("2/admin,")]
    [InlineData("1\"\"")]
    [InlineData("1/admin,{}")]
    [InlineData("1[1]")]
    [InlineData("1 ")]
    [InlineData("3")]
    [InlineData("31")]
    [InlineData("3null")]
    [InlineData("31{}")]
    [InlineData("4[]")]
    [InlineData("4null")]
    [InlineData("41true")]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("51")]
    [InlineData("5-[\"x\"]")]
    [InlineData("5a-")]
    [InlineData("51.23-")]
    [InlineData("5 1-[\"a\"]")]
    [InlineData("51e0-[\"a\"]")]
    [InlineData("50x1-[\"a\"]")]
    [InlineData("5-1-[\"a\"]")]
    [InlineData("51-")]
    [InlineData("511-[\"a\"]")]
    [InlineData("599999999999-[\"a\"]")]
    [InlineData("599999999999999999999999999-[\"a\"]")]
    [InlineData("61-1")]
    [InlineData("7")]
    [InlineData("a")]
    [InlineData("999")]
    [InlineData("29007199254740992[\"a\"]")]
    [InlineData("200000000000000001[\"a\"]")]
    public void Text_that_is_no_packet_is_refused(string text)
    {
        Assert.Throws<ProtocolException>(() => _parser.Decoder().AddText(text));
    }

    [Theory]
    [InlineData("2[\"a\",\"\\ud800\"]", "[\"a\",\"\\ufffd\"]")] // J1: lone surrogates, in values and in names
    [InlineData("2[\"a\",\"\\uDC00\"]", "[\"a\",\"\\ufffd\"]")]
    [InlineData("2[\"a\",\"\\ud800\\ud800\"]", "[\"a\",\"\\ufffd\\ufffd\"]")]
    [InlineData("2[\"a\",\"\\ud83d\\ud83d\\ude00\"]", "[\"a\",\"\\ufffd\\ud83d\\ude00\"]")]
    [InlineData("2[\"a\",\"\\ud83dx\\ude00\"]", "[\"a\",\"\\ufffdx\\ufffd\"]")]
    [InlineData("2[\"a\",{\"\\uD800\":1}]", "[\"a\",{\"\\ufffd\":1}]")]
    [InlineData("2[\"a\",[[{\"x\":{\"\\udfff\":1}}]]]", "[\"a\",[[{\"x\":{\"\\ufffd\":1}}]]]")]
    [InlineData("2[\"a\",\"\\\\ud800\\n\\ud800\"]", "[\"a\",\"\\\\ud800\\n\\ufffd\"]")]
    [InlineData("2[\"\\ud800\"]", "[\"\\ufffd\"]")]
    [InlineData("0{\"token\":\"\\udc00\"}", "{\"token\":\"\\ufffd\"}")]
    [InlineData("31[\"\\ud800\"]", "[\"\\ufffd\"]")]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character(string text, string data)
    {
        var packet = _parser.Decode(text);

        Assert.Null(packet.Refusal);
        Assert.Equal(data, Wire.Text(packet.Arguments.Body.Data));
        if (packet.Arguments.Count > 0)
            Assert.DoesNotContain(
                "ud800", packet.Arguments.Get<System.Text.Json.JsonElement>(0).ToString().Replace("\\ud800", "", StringComparison.Ordinal),
                StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("2[\"a\",1e400]", "unencodable")]
    [InlineData("2[\"a\",{\"x\":[-1E999]}]", "unencodable")]
    [InlineData("2[1e400]", "unencodable")]
    [InlineData("0{\"x\":1e400}", "unencodable")]
    [InlineData("2[\"connect\"]", "reserved-event-name")]
    [InlineData("2[\"\\u0063onnect\"]", "reserved-event-name")]
    [InlineData("2[\"disconnect\",\"123\"]", "reserved-event-name")]
    [InlineData("2[\"disconnecting\"]", "reserved-event-name")]
    [InlineData("2[\"connect_error\"]", "reserved-event-name")]
    [InlineData("2[\"newListener\"]", "reserved-event-name")]
    [InlineData("2[\"removeListener\"]", "reserved-event-name")]
    public void Well_formed_packet_that_cannot_be_passed_on_is_dropped_alone(string text, string reason)
    {
        var packet = _parser.Decode(text);

        Assert.Equal(reason, packet.Refusal?.Reason);
        Assert.Equal(0, packet.Arguments.Count);
    }

    [Fact]
    public void Number_of_400_digits_and_5000_levels_are_dropped_alone()
    {
        Assert.Equal("unencodable", _parser.Refusal("2[\"a\"," + new string('9', 400) + "]"));
        Assert.Equal("too-deep", _parser.Refusal("2[\"a\"," + new string('[', 5000) + new string(']', 5000) + "]"));
    }

    [Fact]
    public void Attachments_of_a_packet_that_is_dropped_belong_to_it()
    {
        var decoder = _parser.Decoder();

        Assert.Null(decoder.AddText("52-[\"connect\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"));
        Assert.Null(decoder.AddBinary(1));
        var packet = decoder.AddBinary(2);

        Assert.Equal("reserved-event-name", packet?.Refusal?.Reason);
        Assert.Equal(0, packet!.Arguments.Body.Size);
        Assert.Null(decoder.AddText("2[\"next\"]")!.Refusal);
    }

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void Text_that_would_explode_later_is_refused(string text) =>
        Assert.Throws<ProtocolException>(() => _parser.Decoder().AddText(text));

    [Theory]
    [InlineData("2[\"a\",1e-400]")]
    [InlineData("2[\"a\",1.7976931348623157e308]")]
    [InlineData("2[\"a\",{\"x\":1,\"x\":2}]")]
    [InlineData("2[\"a\",\"\\ud83d\\ude00\\n\\\\u\"]")]
    public void Text_that_only_looks_dangerous_is_accepted(string text)
    {
        var packet = _parser.Decode(text);

        Assert.Equal(text, Wire.Text(_parser.Encode(packet.Header, packet.Arguments.Body)));
    }

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] message = [.. "2[\"echo\",\""u8, 0xFF, 0xFE, 0xC0, 0x80, .. "\"]"u8];

        Assert.Throws<ProtocolException>(() => _parser.Decoder().Add(message, isBinary: false));
    }

    [Fact]
    public void Packet_owns_its_bytes()
    {
        var message = Wire.Utf8("2[\"a\",\"bcd\"]");
        var packet = _parser.Decoder().Add(message, isBinary: false)!;

        Array.Clear(message);

        Assert.Equal("bcd", packet.Arguments.Get<string>(0));
    }

    [Fact]
    public void Binary_packet_is_complete_with_its_last_attachment()
    {
        var decoder = _parser.Decoder();

        var head = decoder.AddText("52-/admin,13[\"a\",{\"_placeholder\":true,\"num\":1},{\"num\":0,\"_placeholder\":true}]");
        var pending = decoder.IsPending;
        var first = decoder.AddBinary(1, 2);
        var packet = decoder.AddBinary(3);

        Assert.Null(head);
        Assert.True(pending);
        Assert.Null(first);
        Assert.False(decoder.IsPending);
        Assert.Equal(new PacketHeader(PacketType.Event, "/admin", 13), packet!.Header);
        Assert.Equal([3], packet.Arguments.Get<byte[]>(0));
        Assert.Equal([1, 2], packet.Arguments.Get<byte[]>(1));
    }

    [Fact]
    public void Binary_answer_becomes_an_answer()
    {
        var decoder = _parser.Decoder();
        decoder.AddText("61-15[\"bar\",{\"_placeholder\":true,\"num\":0}]");

        var packet = decoder.AddBinary(9)!;

        Assert.Equal(new PacketHeader(PacketType.Ack, "/", 15), packet.Header);
        Assert.Equal([9], packet.Arguments.Get<byte[]>(1));
    }

    [Fact]
    public void Packet_that_announces_no_attachment_is_a_plain_one()
    {
        var decoder = _parser.Decoder();

        var packet = decoder.AddText("50-[\"a\",{\"_placeholder\":true,\"num\":0}]");
        var next = decoder.AddText("2[\"b\"]");

        Assert.Equal(PacketType.Event, packet!.Header.Type);
        Assert.Equal("b", next!.Arguments.EventName);
    }

    [Fact]
    public void Attachment_nobody_refers_to_is_delivered_with_the_rest()
    {
        var decoder = _parser.Decoder();
        decoder.AddText("51-[\"echo\",\"x\"]");

        var packet = decoder.AddBinary(1)!;

        Assert.Equal("x", packet.Arguments.Get<string>(0));
    }

    [Fact]
    public void Text_in_place_of_an_attachment_is_refused()
    {
        var decoder = _parser.Decoder();
        decoder.AddText("51-[\"a\",{\"_placeholder\":true,\"num\":0}]");

        Assert.Throws<ProtocolException>(() => decoder.AddText("2[\"a\"]"));
        Assert.False(decoder.IsPending);
    }

    [Fact]
    public void Binary_message_nobody_announced_is_refused() =>
        Assert.Throws<ProtocolException>(() => _parser.Decoder().AddBinary(1));

    [Theory]
    [InlineData("5")]
    [InlineData("\"splice\"")]
    [InlineData("-1")]
    [InlineData("1")]
    [InlineData("0.5")]
    [InlineData("null")]
    [InlineData("99999999999")]
    [InlineData("{\"a\":1}")]
    public void Placeholder_with_a_wrong_number_is_refused(string number) =>
        Assert.Throws<ProtocolException>(
            () => _parser.Decoder().AddText("51-[\"a\",{\"b\":[{\"_placeholder\":true,\"num\":" + number + "}]}]"));

    [Theory]
    [InlineData("{\"_placeholder\":true}")]
    [InlineData("{\"_placeholder\":false,\"_placeholder\":true}")]
    [InlineData("{\"\\u005fplaceholder\":true}")]
    [InlineData("{\"num\":0,\"_placeholder\":true,\"num\":7}")]
    public void Disguised_placeholder_with_a_wrong_number_is_refused(string placeholder) =>
        Assert.Throws<ProtocolException>(() => _parser.Decoder().AddText("51-[\"a\"," + placeholder + "]"));

    [Theory]
    [InlineData("{\"_placeholder\":false}")]
    [InlineData("{\"_placeholder\":\"true\"}")]
    [InlineData("{\"_placeholder\":[true]}")]
    [InlineData("{\"num\":5}")]
    [InlineData("[\"_placeholder\",true]")]
    public void Data_that_is_no_placeholder_is_left_alone(string data)
    {
        var decoder = _parser.Decoder();
        decoder.AddText("51-[\"a\"," + data + "]");

        var packet = decoder.AddBinary(1)!;

        Assert.Equal(data, packet.Arguments.Get<System.Text.Json.JsonElement>(0).GetRawText());
    }
}
