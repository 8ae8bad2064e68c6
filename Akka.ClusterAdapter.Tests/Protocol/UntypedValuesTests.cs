using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

/// <summary>Binary in values that have no type of their own: read, kept and sent on it stays what it was (docs/decisions/0039).</summary>
public class UntypedValuesTests
{
    private static readonly byte[] File = [1, 2, 3, 4, 5];
    private static readonly JsonSerializerOptions EscapesSome = new() { Encoder = JavaScriptEncoder.Default };
    private static readonly JsonSerializerOptions EscapesAll = new() { Encoder = JavaScriptEncoder.Create(new TextEncoderSettings()) };

    public static TheoryData<string, string, string> Matrix()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var parser in new[] { "json", "msgpack" })
        {
            foreach (var type in new[]
            {
                "JsonElement", "JsonElement?", "object", "JsonNode", "JsonObject", "JsonDocument", "Dictionary", "Envelope", "Extra", "ExtraElements"
            })
            {
                foreach (var kind in new[] { "event", "answer", "beside own bytes", "inside another" })
                    cases.Add(parser, type, kind);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void What_comes_in_goes_out_the_same(string parserName, string type, string kind)
    {
        var parser = Create(parserName);
        var received = Receive(parser, kind == "answer", new { file = File, list = new object[] { 1, File, Array.Empty<byte>() }, text = "x" });
        var value = Untyped(received, type);

        object? sent = kind == "inside another" ? new { more = new[] { value } } : value;
        var again = kind == "beside own bytes" ? Receive(parser, false, new byte[] { 9, 9 }, sent) : Receive(parser, kind == "answer", sent);

        var index = kind == "beside own bytes" ? 1 : 0;
        var shape = kind == "inside another" ? again.Get<Outer>(index)!.More[0] : again.Get<Shape>(index)!;
        Assert.Equal(File, shape.File);
        Assert.Equal("x", shape.Text);
        Assert.Equal(File, shape.List[1].GetBytesFromBase64());
        Assert.Empty(shape.List[2].GetBytesFromBase64());
        if (kind == "beside own bytes")
            Assert.Equal([9, 9], again.Get<byte[]>(0));
        AssertIsBinary(parser, again, index);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Binary_alone_is_kept_too(string parserName)
    {
        var parser = Create(parserName);
        Assert.False(PacketBinary.TryGet(Receive(parser, false, Convert.ToBase64String(File)).Get<JsonElement>(0), out _));
        Assert.False(PacketBinary.TryGet(Receive(parser, false, 5).Get<JsonElement>(0), out _));
        Assert.True(PacketBinary.TryGet(Receive(parser, false, File).Get<JsonElement>(0), out var told));
        Assert.Equal(File, told);
        foreach (var bytes in Enumerable.Range(0, 20).Select(n => Enumerable.Range(200, n).Select(i => (byte)i).ToArray()))
        {
            foreach (var type in new[] { "JsonElement", "object", "JsonNode", "JsonDocument" })
            {
                var value = Untyped(Receive(parser, false, bytes), type);

                var again = Receive(parser, false, value);

                Assert.Equal(bytes, again.Get<ReadOnlyMemory<byte>>(0).ToArray());
                Assert.Equal(bytes, again.Get<JsonElement>(0).GetBytesFromBase64());
                AssertIsBinary(parser, again, 0);
            }
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Elsewhere_it_is_the_Base64_text_that_dotnet_makes_of_bytes(string parserName)
    {
        var element = Receive(Create(parserName), false, new { file = File }).Get<JsonElement>(0);

        Assert.Equal(Convert.ToBase64String(File), element.GetProperty("file").GetString());
        Assert.Equal("{\"file\":\"AQIDBAU=\"}", JsonSerializer.Serialize(element));
        Assert.Equal(File, element.Deserialize<Photo>(JsonSerializerOptions.Web)!.File);
        Assert.Equal(File, element.Clone().GetProperty("file").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Bytes_in_a_node_of_the_application_are_binary(string parserName)
    {
        var parser = Create(parserName);
        var node = new JsonObject { ["file"] = JsonValue.Create(File), ["list"] = new JsonArray(null, 1, JsonValue.Create(File)) };

        var again = Receive(parser, false, node);

        Assert.Equal(File, again.Get<Photo>(0)!.File);
        AssertIsBinary(parser, again, 0);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Own_data_that_looks_like_a_placeholder_never_becomes_an_attachment(string parserName)
    {
        var parser = Create(parserName);
        var forged = Receive(parser, false, new { _placeholder = true, num = 0, deep = new object[] { new { num = 7, _placeholder = true } } });

        foreach (var type in new[] { "JsonElement", "object", "JsonNode", "Dictionary", "PacketArgument" })
        {
            var again = Receive(parser, false, new byte[] { 9, 9 }, Untyped(forged, type), new { _placeholder = true, num = 0 });

            Assert.Equal([9, 9], again.Get<byte[]>(0));
            Assert.Throws<JsonException>(() => again.Get<byte[]>(1));
            Assert.Throws<JsonException>(() => again.Get<byte[]>(2));
            Assert.Equal(0, again.Get<JsonElement>(1).GetProperty("num").GetInt32());
            Assert.Equal(7, again.Get<JsonElement>(1).GetProperty("deep")[0].GetProperty("num").GetInt32());
            Assert.Null(again.Get<Photo>(1)!.File);
        }
    }

    [Fact]
    public void Without_attachments_such_data_stays_as_it_is_and_beside_them_it_says_that_it_is_none()
    {
        var parser = new JsonPacketParser();
        var element = parser.Decode("2[\"x\",{\"_placeholder\":true,\"num\":0}]").Arguments.Get<JsonElement>(0);

        Assert.Equal("2[\"a\",{\"_placeholder\":true,\"num\":0}]", Wire.Text(parser.Event("a", element)));
        Assert.Equal(
            "51-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":false,\"num\":0}]", Wire.Text(parser.Event("a", new byte[] { 1 }, element)));
    }

    [Theory]
    [InlineData("\\u0041\\u0051\\u0049\\u0044")]
    [InlineData("A\\u0051\\u0049\\u0044")]
    [InlineData("A\\u0051\\u0049\\u0044BA==")]
    [InlineData("\\u000a\\u000D")]
    [InlineData("\\u0020")]
    public void Text_of_a_client_that_is_spelled_like_binary_stays_text(string text)
    {
        var parser = new JsonPacketParser();
        var plain = JsonSerializer.Deserialize<string>($"\"{text}\"");
        foreach (var type in new[] { "JsonElement", "object", "JsonNode", "PacketArgument" })
        {
            var received = parser.Decode($"2[\"x\",[\"{text}\",1]]").Arguments;

            var sent = parser.Event("a", Untyped(received, type), new byte[] { 9 });

            Assert.Single(sent.Attachments);
            Assert.Equal(plain, parser.Decode(sent).Arguments.Get<List<JsonElement>>(0)![0].GetString());
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Text_that_encoders_escape_stays_text(string parserName)
    {
        var parser = Create(parserName);
        foreach (var text in new[] { "+43660123456", "a+++", "////", "C+++AAAA", "\n\r", " ", "", "AQID", "AAAA", "é+/=" })
        {
            foreach (var encoder in new[] { EscapesSome, EscapesAll })
            {
                var element = JsonSerializer.SerializeToElement(new[] { text }, encoder);

                var again = Receive(parser, false, element);

                Assert.Equal([text], again.Get<string[]>(0)!);
                Assert.Empty(again.Body.Attachments);
            }
        }
    }

    [Fact]
    public void An_attachment_that_a_client_refers_to_again_and_again_cannot_fill_the_memory()
    {
        var parser = new JsonPacketParser();
        var decoder = parser.Decoder();
        var many = string.Join(',', Enumerable.Repeat("{\"_placeholder\":true,\"num\":0}", 20_000));
        decoder.AddText($"51-[\"a\",[{many}]]");
        var received = decoder.Add(new byte[300_000], isBinary: true)!.Arguments;
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<JsonException>(() => received.Get<JsonElement>(0));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        Assert.Equal(20_000, received.Get<byte[][]>(0)!.Length);
    }

    [Fact]
    public void An_attachment_that_is_referred_to_twice_goes_out_once()
    {
        var parser = new JsonPacketParser();
        var decoder = parser.Decoder();
        decoder.AddText($"51-[\"a\",[{string.Join(',', Enumerable.Repeat("{\"_placeholder\":true,\"num\":0}", 12))}]]");
        var received = decoder.AddBinary(1, 2)!.Arguments;

        var sent = parser.Event("b", received.Get<JsonElement>(0));

        Assert.Equal([1, 2], Assert.Single(sent.Attachments).ToArray());
        Assert.Equal(12, parser.Decode(sent).Arguments.Get<byte[][]>(0)!.Length);
    }

    [Fact]
    public void Typed_values_get_their_attachments_uncopied()
    {
        var parser = new JsonPacketParser();
        var received = Receive(parser, false, new { file = new byte[100_000] });
        received.Get<View>(0);
        var before = GC.GetAllocatedBytesForCurrentThread();

        received.Get<View>(0);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Extension_data_that_is_a_JsonObject_is_still_read()
    {
        var parser = new JsonPacketParser();
        var received = Receive(parser, false, new { a = 1, b = new { c = "x" } });

        var value = received.Get<Rest>(0)!;

        // To be read only: System.Text.Json itself writes it without a name.
        Assert.Equal("x", (string?)value.More!["b"]!["c"]);
    }

    private static IPacketParser Create(string name) => name == "json" ? new JsonPacketParser() : new MessagePackPacketParser();

    private static PacketArguments Receive(IPacketParser parser, bool isAnswer, params object?[] values)
    {
        var header = new PacketHeader(isAnswer ? PacketType.Ack : PacketType.Event, "/", isAnswer ? 1 : null);
        return parser.Decode(parser.Encode(header, isAnswer ? parser.Body(values) : parser.Body(["event", .. values]))).Arguments;
    }

    private static object? Untyped(PacketArguments arguments, string type) => type switch
    {
        "JsonElement" => arguments.Get<JsonElement>(0),
        "JsonElement?" => arguments.Get<JsonElement?>(0),
        "object" => arguments.Get<object>(0),
        "JsonNode" => arguments.Get<JsonNode>(0),
        "JsonObject" => arguments.Get<JsonObject>(0),
        "JsonDocument" => arguments.Get<JsonDocument>(0),
        "Dictionary" => arguments.Get<Dictionary<string, object>>(0),
        "Envelope" => arguments.Get<Envelope>(0),
        "Extra" => arguments.Get<Extra>(0),
        "ExtraElements" => arguments.Get<ExtraElements>(0),
        _ => arguments.Get<PacketArgument>(0),
    };

    /// <summary>On the wire, not only to a reader that takes Base64 for it.</summary>
    private static void AssertIsBinary(IPacketParser parser, PacketArguments arguments, int index)
    {
        if (parser is JsonPacketParser)
            Assert.NotEmpty(arguments.Body.Attachments);
        else
            Assert.DoesNotContain("AQIDBAU=", System.Text.Encoding.Latin1.GetString(arguments.Body.Data.Span), StringComparison.Ordinal);
        Assert.True(index < arguments.Count);
    }

    public sealed record Shape(byte[] File, List<JsonElement> List, string Text);

    public sealed record Outer(List<Shape> More);

    public sealed record Photo(byte[] File);

    public sealed record View(ReadOnlyMemory<byte> File);

    public sealed record Envelope(JsonElement File, object List, string Text);

    public sealed class Extra
    {
        public string? Text { get; set; }

        [JsonExtensionData]
        public Dictionary<string, object>? More { get; set; }
    }

    public sealed class ExtraElements
    {
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? More { get; set; }
    }

    public sealed class Rest
    {
        public int A { get; set; }

        [JsonExtensionData]
        public JsonObject? More { get; set; }
    }
}
