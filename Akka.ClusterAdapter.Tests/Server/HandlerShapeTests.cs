using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Handlers that compile, and whose results or arguments JSON could not carry.</summary>
public class HandlerShapeTests
{
    /// <summary>Each wrong shape and what the sentence about it must name.</summary>
    public static TheoryData<string, Delegate, string[]> Unawaited => new()
    {
        { "value task in a task", async (Socket socket) => socket.EmitAsync("x", 1), ["returns Task<ValueTask>", "An await is missing"] },
        { "task in a task", () => Task.FromResult(Task.CompletedTask), ["returns Task<Task>", "An await is missing"] },
        { "late value in a value task", () => new ValueTask<Task<int>>(Task.FromResult(1)), ["returns ValueTask<Task<Int32>>", "An await is missing"] },
        { "late value in a task", () => Task.FromResult(new ValueTask<int>(1)), ["returns Task<ValueTask<Int32>>", "An await is missing"] },
    };

    [Theory]
    [MemberData(nameof(Unawaited), DisableDiscoveryEnumeration = true)]
    public Task What_would_be_sent_instead_of_awaited_is_refused(string shape, Delegate handler, string[] parts) => RefusesAsync(shape, handler, parts);

    public static TheoryData<string, Delegate, string[]> Tuples => new()
    {
        { "result", () => (1, 2), ["returns ValueTuple<Int32, Int32>", "without its values", "record"] },
        { "late result", async () => (Name: "x", 2), ["returns ValueTuple<String, Int32>", "record"] },
        { "result of a value task", () => new ValueTask<(int, int)?>((1, 2)), ["ValueTuple<Int32, Int32>", "record"] },
        { "list as a result", () => new List<(int, int)>(), ["returns List<ValueTuple<Int32, Int32>>", "record"] },
        { "argument", ((int X, int Y) at) => { }, ["parameter at for ValueTuple<Int32, Int32>, which JSON reads without its values", "record"] },
        { "rest", (params (int, int)[] all) => { }, ["parameter all for ValueTuple<Int32, Int32>[], and ValueTuple<Int32, Int32> JSON reads without"] },
        { "values of a dictionary", (Dictionary<string, (int, int)> all) => { }, ["without its values"] },
    };

    [Theory]
    [MemberData(nameof(Tuples), DisableDiscoveryEnumeration = true)]
    public Task A_value_tuple_is_refused(string shape, Delegate handler, string[] parts) => RefusesAsync(shape, handler, parts);

    [Fact]
    public async Task A_value_tuple_is_fine_where_the_options_include_fields_or_have_a_converter()
    {
        await using var fields = await SocketIOTestHost.StartAsync(
            io => io.On("swap", ((int, int) at) => (at.Item2, at.Item1)), options => options.JsonSerializerOptions = new() { IncludeFields = true });
        await using var converted = await SocketIOTestHost.StartAsync(
            io => io.On("swap", ((int, int)[] at) => (at[0].Item2, at[0].Item1)),
            options => options.JsonSerializerOptions = new() { Converters = { new PairConverter() } });
        await using var one = await fields.ConnectAsync();
        await using var two = await converted.ConnectAsync();

        await one.SendAsync("421[\"swap\",{\"Item1\":1,\"Item2\":2}]");
        await two.SendAsync("421[\"swap\",[\"1;2\"]]");

        await one.ExpectAsync("431[{\"Item1\":2,\"Item2\":1}]");
        await two.ExpectAsync("431[\"2;1\"]");
    }

    [Fact]
    public async Task What_nobody_gets_may_be_a_value_tuple()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(() => (1, 2)));
        await using var client = await host.ConnectAsync();

        Assert.Equal(0, host.Server.Counters.GetValueOrDefault("failed.handler"));
    }

    public static TheoryData<string, Delegate, string[]> Unreadable => new()
    {
        { "abstract class", (Shape shape) => { }, ["parameter shape for Shape, which is abstract", "builder.Services", "[JsonDerivedType]"] },
        { "list of an interface", (List<IUnknown> all) => { }, ["for List<IUnknown>, and IUnknown is not registered as a service", "builder.Services"] },
        { "stream", (Stream data) => { }, ["for Stream, which no client can send", "byte[]"] },
        { "concrete stream", (MemoryStream data) => { }, ["for MemoryStream, which no client can send", "byte[]"] },
        { "type", (Type type) => { }, ["for Type, which no client can send", "a text"] },
        { "native number", (nint handle) => { }, ["for IntPtr, which no client can send", "a number"] },
        { "table", (int[,] table) => { }, ["for Int32[,], which has several dimensions", "array of arrays"] },
        { "delegates", (Action[] all) => { }, ["for Action[], and Action no client can send"] },
        { "asynchronous stream", (IAsyncEnumerable<int> all) => { }, ["for IAsyncEnumerable<Int32>, which"] },
    };

    [Theory]
    [MemberData(nameof(Unreadable), DisableDiscoveryEnumeration = true)]
    public Task An_argument_that_no_client_can_send_is_refused(string shape, Delegate handler, string[] parts) => RefusesAsync(shape, handler, parts);

    [Fact]
    public async Task What_JSON_or_the_options_can_read_is_accepted()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.On("derived", (Animal animal) => animal.GetType().Name);
                io.On("modified", (Shape shape) => shape.GetType().Name);
                io.On("interface", (IUnknown it) => it.GetType().Name);
                io.On("type", (Type type) => type.Name);
                io.On("node", (JsonNode node, IReadOnlyDictionary<string, int[][]> map, IList<object> list) => map.Count + list.Count);
                io.On("itself", (Tree tree) => tree.Count);
            },
            options => options.JsonSerializerOptions = new()
            {
                Converters = { new UnknownConverter(), new TypeConverter() },
                TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(static type =>
                {
                    if (type.Type == typeof(Shape))
                        type.CreateObject = static () => new Circle();
                }),
            });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"derived\",{\"$type\":\"dog\"}]");
        await client.ExpectAsync("431[\"Dog\"]");
        await client.SendAsync("422[\"modified\",{}]");
        await client.ExpectAsync("432[\"Circle\"]");
        await client.SendAsync("423[\"interface\",1]");
        await client.ExpectAsync("433[\"Known\"]");
        await client.SendAsync("424[\"type\",\"System.Int32\"]");
        await client.ExpectAsync("434[\"Int32\"]");
        await client.SendAsync("425[\"node\",{},{\"a\":[[1]]},[1]]");
        await client.ExpectAsync("435[2]");
        await client.SendAsync("426[\"itself\",[[],[]]]");
        await client.ExpectAsync("436[2]");
    }

    private static async Task RefusesAsync(string shape, Delegate handler, string[] parts)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        var failure = Assert.Throws<InvalidOperationException>(() => host.Server.On("x", handler));

        foreach (var part in parts)
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(shape);
    }

    public abstract class Shape;

    public sealed class Circle : Shape;

    [JsonDerivedType(typeof(Dog), "dog")]
    public abstract class Animal;

    public sealed class Dog : Animal;

    public interface IUnknown;

    public sealed class Known : IUnknown;

    public sealed class Tree : List<Tree>;

    private sealed class PairConverter : JsonConverter<(int, int)>
    {
        public override (int, int) Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var parts = reader.GetString()!.Split(';');
            return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
        }

        public override void Write(Utf8JsonWriter writer, (int, int) value, JsonSerializerOptions options) =>
            writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{value.Item1};{value.Item2}"));
    }

    private sealed class UnknownConverter : JsonConverter<IUnknown>
    {
        public override IUnknown Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return new Known();
        }

        public override void Write(Utf8JsonWriter writer, IUnknown value, JsonSerializerOptions options) => writer.WriteNullValue();
    }

    private sealed class TypeConverter : JsonConverter<Type>
    {
        public override Type Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Type.GetType(reader.GetString()!)!;

        public override void Write(Utf8JsonWriter writer, Type value, JsonSerializerOptions options) => writer.WriteStringValue(value.FullName);
    }
}
