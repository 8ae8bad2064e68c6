using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

public class JsonPacketParserTests
{
    private readonly JsonPacketParser _parser = new();

    [Theory]
    [InlineData(PacketType.Connect, "/", null, null, "0")]
    [InlineData(PacketType.Connect, "/", null, "{\"token\":\"123\"}", "0{\"token\":\"123\"}")]
    [InlineData(PacketType.Connect, "/admin", null, "{\"sid\":\"x\"}", "0/admin,{\"sid\":\"x\"}")]
    [InlineData(PacketType.Disconnect, "/", null, null, "1")]
    [InlineData(PacketType.Disconnect, "/admin", null, null, "1/admin,")]
    [InlineData(PacketType.Event, "/", null, "[\"foo\"]", "2[\"foo\"]")]
    [InlineData(PacketType.Event, "/", 0L, "[\"a\"]", "20[\"a\"]")]
    [InlineData(PacketType.Event, "/", 12L, "[\"foo\"]", "212[\"foo\"]")]
    [InlineData(PacketType.Event, "/admin", null, "[\"bar\"]", "2/admin,[\"bar\"]")]
    [InlineData(PacketType.Event, "/é", 9_007_199_254_740_991L, "[\"bar\"]", "2/é,9007199254740991[\"bar\"]")]
    [InlineData(PacketType.Ack, "/admin", 13L, "[\"bar\"]", "3/admin,13[\"bar\"]")]
    [InlineData(PacketType.Ack, "/", 1L, "[]", "31[]")]
    [InlineData(PacketType.ConnectError, "/", null, "{\"message\":\"Not authorized\"}", "4{\"message\":\"Not authorized\"}")]
    [InlineData(PacketType.ConnectError, "/random", null, "[{\"message\":\"Invalid namespace\"}]", "4/random,{\"message\":\"Invalid namespace\"}")]
    public void Packet_without_binary_is_written_as_the_grammar_says(PacketType type, string name, long? id, string? json, string wire)
    {
        var body = json is null ? null : new PacketBody(Wire.Utf8(json));

        var packet = _parser.Encode(new PacketHeader(type, name, id), body);

        Assert.Equal(wire, Wire.Text(packet));
        Assert.True(packet.IsText);
        Assert.Empty(packet.Attachments);
    }

    [Fact]
    public void Connect_payload_written_as_a_body_of_one_value_goes_out_as_that_value()
    {
        var body = _parser.Body(new { sid = "abc" });

        var packet = _parser.Encode(new PacketHeader(PacketType.Connect, "/admin"), body);

        Assert.Equal("0/admin,{\"sid\":\"abc\"}", Wire.Text(packet));
    }

    [Fact]
    public void Connect_error_with_binary_is_refused()
    {
        var body = _parser.Body(new { message = "x", data = new byte[] { 1 } });

        Assert.Throws<ArgumentException>(() => _parser.Encode(new PacketHeader(PacketType.ConnectError, "/"), body));
    }

    [Fact]
    public void Binary_event_is_written_with_placeholders_and_attachments()
    {
        var packet = _parser.Event("baz", new byte[] { 1, 2 });

        Assert.Equal("51-[\"baz\",{\"_placeholder\":true,\"num\":0}]", Wire.Text(packet));
        Assert.Equal([1, 2], Assert.Single(packet.Attachments).ToArray());
    }

    [Fact]
    public void Binary_event_with_namespace_and_id_is_written_as_the_grammar_says()
    {
        var body = _parser.Body("a", new byte[] { 1 }, new byte[] { 2 });

        var packet = _parser.Encode(new PacketHeader(PacketType.Event, "/admin", 13), body);

        Assert.Equal(
            "52-/admin,13[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]", Wire.Text(packet));
    }

    [Fact]
    public void Binary_answer_has_its_own_type()
    {
        var body = _parser.Body("bar", new byte[] { 1 });

        var packet = _parser.Encode(new PacketHeader(PacketType.Ack, "/", 15), body);

        Assert.Equal("61-15[\"bar\",{\"_placeholder\":true,\"num\":0}]", Wire.Text(packet));
    }

    [Fact]
    public void Values_are_written_with_the_web_defaults_and_few_escapes()
    {
        var packet = _parser.Event("a", new { FirstName = "Zoë <b>&'\u4f60 😀\"", Nothing = (string?)null, Ok = true }, null, 1.5, 7L);

        Assert.Equal("2[\"a\",{\"firstName\":\"Zoë <b>&'\u4f60 \\uD83D\\uDE00\\\"\",\"nothing\":null,\"ok\":true},null,1.5,7]", Wire.Text(packet));
    }

    [Fact]
    public void Callers_options_are_followed_and_left_alone()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };
        var parser = new JsonPacketParser(options);

        var packet = parser.Event("a", new { FirstName = "x", Data = new byte[] { 1 } });

        Assert.Equal("51-[\"a\",{\"first_name\":\"x\",\"data\":{\"_placeholder\":true,\"num\":0}}]", Wire.Text(packet));
        Assert.Empty(options.Converters);
    }

    [Fact]
    public void Numbers_that_json_does_not_know_become_null()
    {
        var packet = _parser.Event(
            "a", double.NaN, float.PositiveInfinity, Half.NaN, new { X = double.NegativeInfinity }, new[] { 1.5, double.NaN }, (double?)double.NaN);

        Assert.Equal("2[\"a\",null,null,null,{\"x\":null},[1.5,null],null]", Wire.Text(packet));
    }

    [Fact]
    public void Json_elements_and_nodes_are_written_as_they_are()
    {
        using var document = JsonDocument.Parse("{\"a\":[1,2.50]}");

        var packet = _parser.Event("a", document.RootElement, new JsonObject { ["b"] = 1 });

        Assert.Equal("2[\"a\",{\"a\":[1,2.50]},{\"b\":1}]", Wire.Text(packet));
    }

    [Fact]
    public void Lone_surrogate_is_written_as_the_replacement_character()
    {
        var packet = _parser.Event("a", "x\ud800y", new Dictionary<string, int> { ["\udc00"] = 1 });

        var decoded = _parser.Decode(packet);

        Assert.Equal("x\uFFFDy", decoded.Arguments.Get<string>(0));
        Assert.Equal("{\"\uFFFD\":1}", JsonSerializer.Serialize(decoded.Arguments.Get<Dictionary<string, int>>(1), _parser.Options));
    }

    [Fact]
    public void Cycle_is_the_callers_error_and_leaves_the_parser_usable()
    {
        var node = new Node { Data = [1] };
        node.Next = node;
        var writer = _parser.CreateBody();
        writer.Write("a");

        Assert.Throws<JsonException>(() => writer.Write(node));

        Assert.Throws<InvalidOperationException>(() => writer.Complete());
        Assert.Equal("51-[\"b\",{\"_placeholder\":true,\"num\":0}]", Wire.Text(_parser.Event("b", new byte[] { 2 })));
    }

    [Fact]
    public void Type_that_cannot_be_serialised_is_the_callers_error()
    {
        var writer = _parser.CreateBody();

        Assert.Throws<NotSupportedException>(() => writer.Write<object>(typeof(string)));

        Assert.Throws<InvalidOperationException>(() => writer.Write(1));
    }

    [Fact]
    public void Writer_cannot_be_used_after_its_end()
    {
        var writer = _parser.CreateBody();
        writer.Complete();

        Assert.Throws<InvalidOperationException>(() => writer.Write(1));
        Assert.Throws<InvalidOperationException>(() => writer.Complete());
        writer.Abandon();
    }

    [Fact]
    public void Bodies_written_at_the_same_time_do_not_mix()
    {
        var first = _parser.CreateBody();
        var second = _parser.CreateBody();
        first.Write("a");
        second.Write("b");
        first.Write(new byte[] { 1 });
        second.Write(2);

        Assert.Equal("[\"b\",2]", Wire.Text(second.Complete().Data));
        Assert.Equal("[\"a\",{\"_placeholder\":true,\"num\":0}]", Wire.Text(first.Complete().Data));
    }

    [Fact]
    public void Body_is_read_again_as_an_event_or_as_an_answer()
    {
        var body = _parser.Body("a", 1, new byte[] { 7 });

        var asEvent = _parser.Read(PacketType.Event, body);
        var asAnswer = _parser.Read(PacketType.Ack, body);

        Assert.Equal(("a", 2), (asEvent.EventName, asEvent.Count));
        Assert.Equal([7], asEvent.Get<byte[]>(1));
        Assert.Same(body, asEvent.Body);
        Assert.Equal((string.Empty, 3), (asAnswer.EventName, asAnswer.Count));
        Assert.Equal("a", asAnswer.Get<string>(0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void Bytes_that_are_no_body_are_refused(string json) =>
        Assert.Throws<ProtocolException>(() => _parser.Read(PacketType.Event, new PacketBody(Wire.Utf8(json))));

    [Fact]
    public void Body_whose_placeholder_has_no_attachment_is_refused()
    {
        var body = new PacketBody(Wire.Utf8("[\"a\",{\"_placeholder\":true,\"num\":1}]"), [new byte[] { 1 }]);

        Assert.Throws<ProtocolException>(() => _parser.Read(PacketType.Event, body));
    }

    private sealed class Node
    {
        public byte[]? Data { get; set; }

        public Node? Next { get; set; }
    }
}
