using System.Collections.Frozen;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>Types whose JSON is known without looking into them.</summary>
internal static class WireTypes
{
    public const string Binary = "Binary";
    public const string Unknown = "unknown";

    private const string Text = "string";

    private static readonly FrozenDictionary<string, string> ByName = new Dictionary<string, string>
    {
        ["System.Boolean"] = "boolean",
        ["System.Char"] = Text,
        ["System.String"] = Text,
        ["System.DateTime"] = Text,
        ["System.DateTimeOffset"] = Text,
        ["System.DateOnly"] = Text,
        ["System.TimeOnly"] = Text,
        ["System.TimeSpan"] = Text,
        ["System.Guid"] = Text,
        ["System.Uri"] = Text,
        ["System.Version"] = Text,
        ["System.Object"] = Unknown,
        ["System.Text.Json.JsonElement"] = Unknown,
        ["System.Text.Json.JsonDocument"] = Unknown,
        ["System.Text.Json.Nodes.JsonNode"] = Unknown,
        ["System.Text.Json.Nodes.JsonValue"] = Unknown,
        ["System.Text.Json.Nodes.JsonArray"] = "unknown[]",
        ["System.Text.Json.Nodes.JsonObject"] = "{ [key: string]: unknown }",
        ["Akka.ClusterAdapter.Protocol.PacketArgument"] = Unknown,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Numbers = new[]
    {
        "System.Byte", "System.SByte", "System.Int16", "System.UInt16", "System.Int32", "System.UInt32", "System.Int64", "System.UInt64", "System.Int128",
        "System.UInt128",
        "System.Decimal", "System.Half", "System.Single", "System.Double",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Keys = new[]
    {
        "System.Boolean", "System.Char", "System.String", "System.DateTime", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly", "System.TimeSpan",
        "System.Guid",
        "System.Uri", "System.Version", "System.Object",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> Memories = new[] { "System.Memory`1", "System.ReadOnlyMemory`1", "System.ArraySegment`1" }.ToFrozenSet();

    /// <summary>The type in TypeScript; null when it must be looked into.</summary>
    public static string? Find(string name) => ByName.GetValueOrDefault(name);

    public static bool IsNumber(string name) => Numbers.Contains(name);

    public static bool HasNotANumber(string name) => name is "System.Half" or "System.Single" or "System.Double";

    /// <summary>Whether a dictionary may have such keys.</summary>
    public static bool IsKey(TypeRef type) => Keys.Contains(type.Name) || Numbers.Contains(type.Name) || type.Type.IsEnum;

    public static bool IsMemory(string name) => Memories.Contains(name);

    /// <summary>What packets carry beside their JSON.</summary>
    public static bool IsBinary(TypeRef type) =>
        (type.Type.IsSZArray || IsMemory(type.Name)) && type.Arguments is [{ Name: "System.Byte", IsNullable: false }];

    /// <summary>A type of .NET itself, whose members are no data.</summary>
    public static bool IsOfTheRuntime(Type type) =>
        type.Assembly.GetName().Name is { } home && (home is "mscorlib" or "netstandard" or "System"
            || home.StartsWith("System.", StringComparison.Ordinal) || home.StartsWith("Microsoft.", StringComparison.Ordinal));
}
