using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>Types of every kind that is sent. This file is compiled twice: here, and in a test by itself, for the tool to read.</summary>
[ServerToClient]
internal interface ISamples
{
    ValueTask Scalars(Scalars value);

    ValueTask Nulls(Nulls value);

    ValueTask Named(Named value);

    ValueTask Binaries(Binaries value);

    ValueTask Lists(Lists value);

    ValueTask Maps(Maps value);

    ValueTask Enums(Enums value);

    ValueTask Anything(Anything value);

    ValueTask Pages(Page<Order> value);

    ValueTask PagesOfNulls(Page<string?> value);

    ValueTask OrderPages(OrderPage value);

    ValueTask Trees(Tree value);

    ValueTask Animals(Animal value);

    ValueTask Cats(Cat value);

    ValueTask Zoos(Zoo value);

    ValueTask Outers(Outer.Inner value);

    ValueTask Faces(IFace value);

    ValueTask Handled(Handled value);

    ValueTask Structs(Point value);

    ValueTask Pairs(KeyValuePair<string, int> pair, Tuple<int, string?> tuple);

    ValueTask Rests(params Order?[] orders);
}

public sealed record Scalars(
    bool Flag, byte B, sbyte Sb, short S, ushort Us, int I, uint Ui, long L, ulong Ul, decimal M, float F, double D, Half H, Int128 I128, char C, string Text,
    DateTime At, DateTimeOffset Zoned, DateOnly Day, TimeOnly Time, TimeSpan Span, Guid Id, Uri Where, Version Version);

public sealed record Nulls(
    int? Number, string? Text, DateTime? At, Order? Order, List<string?> Texts, List<int?>? Numbers, Dictionary<string, Order?> Orders, string?[]? Array);

internal sealed class Named
{
    [JsonPropertyName("other-name")]
    public string Name { get; init; } = "";

    public string URLPath { get; init; } = "";

    [JsonIgnore]
    public string Hidden { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Missing { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Zero { get; init; }

    [JsonInclude]
    internal string Included { get; init; } = "";

    [JsonInclude]
    public int Field;

    public int NotWritten = 1;

    internal string AlsoHidden { get; init; } = "";

    public string OnlyWritten { set => NotWritten = value.Length; }

    public int Computed => NotWritten;

    public static int Static => 2;

    public int this[int index] => index;

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; init; }
}

public sealed record Binaries(
    byte[] Bytes, ReadOnlyMemory<byte> Memory, Memory<byte> Writable, ArraySegment<byte> Segment, List<byte> Numbers, byte[]? Nothing, List<byte[]> Many);

public sealed record Lists(
    int[] Array, List<string> List, HashSet<int> Set, IReadOnlyList<Order> Orders, IEnumerable<double> Sequence, ImmutableArray<Guid> Immutable, int[][] Jagged,
    Queue<string> Queue, IReadOnlySet<string> ReadOnlySet, Names Derived, ReadOnlyMemory<int> Memory, System.Collections.IEnumerable Untyped);

public sealed class Names : List<string>;

public sealed record Maps(
    Dictionary<string, int> ByText, IReadOnlyDictionary<int, Order> ByNumber, SortedDictionary<Guid, string?> ById,
    ImmutableDictionary<string, List<int>> Lists, Dictionary<Color, int> ByEnum, System.Collections.Hashtable Untyped);

public enum Color
{
    Red,
    Green = 5,
}

[JsonConverter(typeof(JsonStringEnumConverter<Level>))]
public enum Level
{
    Low,
    [JsonStringEnumMemberName("very-high")]
    High,
}

[Flags]
public enum Rights
{
    None,
    Read = 1,
    Write = 2,
}

public sealed record Enums(
    Color Color, Level Level, Rights Rights, Color? Maybe, [property: JsonConverter(typeof(JsonStringEnumConverter))] Color AsText, List<Level> Levels);

public sealed record Anything(object? Object, JsonElement Element, JsonNode? Node, JsonObject JsonObject, JsonArray JsonArray);

public sealed record Order(string Id, int Left);

public record Page<T>(T[] Items, int Total, T? First, IReadOnlyDictionary<string, T> ByName);

public sealed record OrderPage(Order[] Items, int Total, Order? First, IReadOnlyDictionary<string, Order> ByName, string Title)
    : Page<Order>(Items, Total, First, ByName);

public sealed record Tree(string Name, Tree? Parent, List<Tree> Children);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Cat), "cat")]
[JsonDerivedType(typeof(Dog), 7)]
[JsonDerivedType(typeof(Fish))]
public abstract record Animal(string Name);

public sealed record Cat(string Name, bool Purrs) : Animal(Name);

public sealed record Dog(string Name, Animal? Friend) : Animal(Name);

public sealed record Fish(string Name, int Fins) : Animal(Name);

[JsonDerivedType(typeof(NightZoo), "night")]
public record Zoo(List<Animal> Animals);

public sealed record NightZoo(List<Animal> Animals, int Lamps) : Zoo(Animals);

public static class Outer
{
    public sealed record Inner(Order Order, Order2.Order Other);
}

public static class Order2
{
    public sealed record Order(int Number);
}

public interface IFaceBase
{
    string Base { get; }
}

public interface IFace : IFaceBase
{
    int Own { get; }
}

[JsonNumberHandling(JsonNumberHandling.WriteAsString)]
public sealed record Handled(long Big, [property: JsonNumberHandling(JsonNumberHandling.Strict)] int Plain, List<int> Many);

public readonly record struct Point(int X, int Y);
