using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

/// <summary>What applications put in and get out: the same for every parser.</summary>
public abstract class PacketValuesTests
{
    private protected abstract IPacketParser Create(JsonSerializerOptions? options = null);

    [Fact]
    public void Scalars_survive()
    {
        var arguments = RoundTrip("text \0 \u2028 😀", 1, -7L, ulong.MaxValue, 1.5, 0.1f, 12.50m, true, null, Guid.Empty);

        Assert.Equal("text \0 \u2028 😀", arguments.Get<string>(0));
        Assert.Equal(1, arguments.Get<int>(1));
        Assert.Equal(-7L, arguments.Get<long>(2));
        Assert.Equal(ulong.MaxValue, arguments.Get<ulong>(3));
        Assert.Equal(1.5, arguments.Get<double>(4));
        Assert.Equal(0.1f, arguments.Get<float>(5));
        Assert.Equal(12.5m, arguments.Get<decimal>(6));
        Assert.True(arguments.Get<bool>(7));
        Assert.True(arguments.IsNull(8));
        Assert.Null(arguments.Get<int?>(8));
        Assert.Equal(Guid.Empty, arguments.Get<Guid>(9));
        Assert.Equal(10, arguments.Count);
    }

    [Fact]
    public void Every_kind_of_binary_value_survives()
    {
        byte[] bytes = [1, 2, 3];

        var arguments = RoundTrip(bytes, (ReadOnlyMemory<byte>)bytes, bytes.AsMemory(1), new ArraySegment<byte>(bytes, 0, 2), Array.Empty<byte>());

        Assert.Equal(bytes, arguments.Get<byte[]>(0));
        Assert.Equal(bytes, arguments.Get<ReadOnlyMemory<byte>>(1).ToArray());
        Assert.Equal([2, 3], arguments.Get<Memory<byte>>(2).ToArray());
        Assert.Equal([1, 2], arguments.Get<ArraySegment<byte>>(3).ToArray());
        Assert.Empty(arguments.Get<byte[]>(4)!);
    }

    [Fact]
    public void Absent_binary_values_are_null()
    {
        var arguments = RoundTrip(new Photo("x", null!), default(ArraySegment<byte>));

        Assert.Null(arguments.Get<Photo>(0)!.Pixels);
        Assert.True(arguments.IsNull(1));
        Assert.Null(arguments.Get<byte[]>(1));
        Assert.True(arguments.Get<ReadOnlyMemory<byte>>(1).IsEmpty);
    }

    [Fact]
    public void Binary_survives_at_any_depth()
    {
        var album = new Album(
            [new Photo("a", [1]), new Photo("b", [2, 2])],
            new() { ["k"] = [[3], [4]] },
            new object?[] { new byte[] { 5 }, null, new Photo("c", [6]) });

        var copy = RoundTrip(album).Get<Album>(0)!;

        Assert.Equal([1], copy.Photos[0].Pixels);
        Assert.Equal([2, 2], copy.Photos[1].Pixels);
        Assert.Equal([4], copy.Index["k"][1]);
        Assert.Equal(3, Assert.IsType<JsonElement>(copy.Anything).GetArrayLength());
    }

    [Fact]
    public void Untyped_argument_is_a_json_element_with_the_bytes_in_it()
    {
        var arguments = RoundTrip(new { a = new byte[] { 1 }, b = 2 });

        var value = Assert.IsType<JsonElement>(arguments.Get<object>(0));

        Assert.Equal([1], value.GetProperty("a").GetBytesFromBase64());
        Assert.Equal(2, value.GetProperty("b").GetInt32());
    }

    [Fact]
    public void Binary_handed_out_can_be_changed_without_harm()
    {
        var arguments = RoundTrip(new byte[] { 1, 2 });

        arguments.Get<byte[]>(0)!.AsSpan().Clear();

        Assert.Equal([1, 2], arguments.Get<byte[]>(0));
    }

    [Fact]
    public void Binary_handed_in_can_be_changed_afterwards()
    {
        var parser = Create();
        byte[] bytes = [1, 2];
        var body = parser.Body("a", bytes);

        Array.Clear(bytes);

        Assert.Equal([1, 2], parser.Read(PacketType.Event, body).Get<byte[]>(0));
    }

    [Fact]
    public void Data_that_looks_like_a_placeholder_stays_data()
    {
        var arguments = RoundTrip(new { _placeholder = true, num = 0 });

        Assert.Equal("{\"_placeholder\":true,\"num\":0}", arguments.Get<JsonElement>(0).GetRawText());
        Assert.Throws<JsonException>(() => arguments.Get<byte[]>(0));
    }

    [Fact]
    public void Base64_text_can_be_read_as_binary() => Assert.Equal([1, 2, 3], RoundTrip("AQID").Get<byte[]>(0));

    [Theory]
    [InlineData("no base64!")]
    [InlineData(1)]
    [InlineData(true)]
    public void Other_values_cannot(object value) => Assert.Throws<JsonException>(() => RoundTrip(value).Get<byte[]>(0));

    [Fact]
    public void Argument_that_does_not_fit_is_a_json_exception()
    {
        var arguments = RoundTrip("text", new { X = "y" }, null);

        Assert.Throws<JsonException>(() => arguments.Get<int>(0));
        Assert.Throws<JsonException>(() => arguments.Get<Dictionary<string, int>>(1));
        Assert.Throws<JsonException>(() => arguments.Get<int>(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.Get<int>(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => arguments.IsNull(-1));
    }

    [Fact]
    public void Many_arguments_are_found_again()
    {
        var arguments = RoundTrip([.. Enumerable.Range(0, 100).Cast<object?>()]);

        Assert.Equal(Enumerable.Range(0, 100), Enumerable.Range(0, arguments.Count).Select(arguments.Get<int>));
    }

    [Fact]
    public void Callers_naming_policy_is_followed_both_ways()
    {
        var parser = Create(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseUpper });

        var arguments = parser.Decode(parser.Event("a", new Photo("x", [1]))).Arguments;

        Assert.Equal(["NAME", "PIXELS"], arguments.Get<Dictionary<string, JsonElement>>(0)!.Keys);
        Assert.Equal([1], arguments.Get<Photo>(0)!.Pixels);
    }

    [Fact]
    public void Numbers_in_texts_are_read_as_the_web_defaults_do()
    {
        var arguments = RoundTrip("1.5", "NaN", "x");

        Assert.Equal(1.5, arguments.Get<double>(0));
        Assert.Throws<JsonException>(() => arguments.Get<double>(1));
        Assert.Throws<JsonException>(() => arguments.Get<float>(2));
    }

    [Fact]
    public void Number_handling_of_a_members_attribute_does_not_break_the_type()
    {
        var arguments = RoundTrip(new Measured { Value = 1.5, Values = [2.5] });

        Assert.Equal(1.5, arguments.Get<Measured>(0)!.Value);
        Assert.Equal([2.5], arguments.Get<Measured>(0)!.Values);
    }

    [Fact]
    public void Dictionary_keys_may_be_numbers()
    {
        var arguments = RoundTrip(new Dictionary<double, string> { [1.5] = "x" });

        Assert.Equal("x", arguments.Get<Dictionary<double, string>>(0)![1.5]);
    }

    [Fact]
    public void Received_argument_is_passed_on_as_it_is()
    {
        var parser = Create();
        var received = parser.Decode(parser.Event("a", 1, new { Text = "x", Big = 1234567890123456789 })).Arguments;

        var sent = parser.Decode(parser.Event("b", new PacketArgument(received, 1))).Arguments;

        Assert.Equal("{\"text\":\"x\",\"big\":1234567890123456789}", sent.Get<JsonElement>(0).GetRawText());
    }

    [Fact]
    public void Received_binary_is_passed_on_among_other_binary()
    {
        var parser = Create();
        var received = parser.Decode(parser.Event("a", new byte[] { 1 }, new Photo("x", [2]), new byte[] { 3 })).Arguments;

        var sent = parser.Decode(parser.Event(
            "b", new byte[] { 9 }, new PacketArgument(received, 2), new object?[] { new PacketArgument(received, 1), default(PacketArgument) })).Arguments;

        Assert.Equal([9], sent.Get<byte[]>(0));
        Assert.Equal([3], sent.Get<byte[]>(1));
        Assert.Equal([2], sent.Get<List<Photo?>>(2)![0]!.Pixels);
        Assert.Null(sent.Get<List<Photo?>>(2)![1]);
    }

    [Fact]
    public void Argument_can_be_taken_to_be_passed_on()
    {
        var received = RoundTrip("x");

        Assert.Equal("x", received.Get<PacketArgument>(0).Get<string>());
    }

    [Fact]
    public void Argument_of_another_parser_is_refused()
    {
        var foreign = new ForeignArguments();
        var writer = Create().CreateBody();

        Assert.Throws<NotSupportedException>(() => writer.Write(new PacketArgument(foreign, 0)));
    }

    [Fact]
    public void Converter_of_the_application_may_use_the_parser_itself()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        var converter = new EnvelopeConverter();
        options.Converters.Add(converter);
        var parser = Create(options);
        converter.Parser = parser;

        var packet = parser.Decode(parser.Event("a", new object?[] { new byte[] { 1 }, new Envelope([2]), new byte[] { 3 } }));

        var values = packet.Arguments.Get<Mixed>(0)!;
        Assert.Equal([1], values.First);
        Assert.Equal([2], values.Inner.Bytes);
        Assert.Equal([3], values.Last);
    }

    [Fact]
    public void Body_is_the_same_when_it_is_encoded_again()
    {
        var parser = Create();
        var first = parser.Event("a", new Photo("x", [1, 2]), "y", JsonNode.Parse("[1,{\"a\":null}]"));
        var packet = parser.Decode(first);

        var second = parser.Encode(packet.Header, packet.Arguments.Body);

        Assert.Equal(first.Head.ToArray(), second.Head.ToArray());
        Assert.Equal(first.Attachments.Select(a => a.ToArray()), second.Attachments.Select(a => a.ToArray()));
    }

    [Fact]
    public void Writers_work_on_many_threads_at_once()
    {
        var parser = Create();

        Parallel.For(0, 2000, i =>
        {
            var arguments = parser.Decode(parser.Event("e" + (i % 700), i, new Photo("x", BitConverter.GetBytes(i)))).Arguments;

            Assert.Equal("e" + (i % 700), arguments.EventName);
            Assert.Equal(i, arguments.Get<int>(0));
            Assert.Equal(i, BitConverter.ToInt32(arguments.Get<Photo>(1)!.Pixels));
        });
    }

    private PacketArguments RoundTrip(params object?[] values)
    {
        var parser = Create();
        return parser.Decode(parser.Event(["event", .. values])).Arguments;
    }

    public sealed record Photo(string Name, byte[] Pixels);

    public sealed record Album(List<Photo> Photos, Dictionary<string, List<byte[]>> Index, object? Anything);

    public sealed record Envelope(byte[] Bytes);

    [JsonConverter(typeof(MixedConverter))]
    public sealed record Mixed(byte[] First, Envelope Inner, byte[] Last);

    public sealed class Measured
    {
        [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
        public double Value { get; set; }

        [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
        public double[] Values { get; set; } = [];
    }

    private sealed class MixedConverter : JsonConverter<Mixed>
    {
        public override Mixed Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Read();
            var first = JsonSerializer.Deserialize<byte[]>(ref reader, options)!;
            reader.Read();
            var inner = JsonSerializer.Deserialize<Envelope>(ref reader, options)!;
            reader.Read();
            var last = JsonSerializer.Deserialize<byte[]>(ref reader, options)!;
            reader.Read();
            return new Mixed(first, inner, last);
        }

        public override void Write(Utf8JsonWriter writer, Mixed value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    /// <summary>Encodes and decodes another packet in the middle of this one.</summary>
    private sealed class EnvelopeConverter : JsonConverter<Envelope>
    {
        public IPacketParser? Parser { get; set; }

        public override Envelope Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            Assert.Equal([42], Parser!.Decode(Parser!.Event("inner", new byte[] { 42 })).Arguments.Get<byte[]>(0));
            return new Envelope(JsonSerializer.Deserialize<byte[]>(ref reader, options)!);
        }

        public override void Write(Utf8JsonWriter writer, Envelope value, JsonSerializerOptions options)
        {
            Assert.Equal([42], Parser!.Decode(Parser!.Event("inner", new byte[] { 42 })).Arguments.Get<byte[]>(0));
            JsonSerializer.Serialize(writer, value.Bytes, options);
        }
    }

    private sealed class ForeignArguments : PacketArguments
    {
        public override string EventName => "x";

        public override int Count => 1;

        public override PacketBody Body => new(default);

        public override T? Get<T>(int index)
            where T : default => default;

        public override bool IsNull(int index) => true;
    }
}
