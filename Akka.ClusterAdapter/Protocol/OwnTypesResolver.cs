using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// The library's own payloads, JSON's own types and the simplest ones, by reflection: for applications whose serializer options know their own types only
/// (source-generated ones).
/// </summary>
internal sealed class OwnTypesResolver : IJsonTypeInfoResolver
{
    private readonly DefaultJsonTypeInfoResolver _reflection = new();

    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) => IsOurs(type) ? _reflection.GetTypeInfo(type, options) : null;

    private static bool IsOurs(Type type) =>
        type.Assembly == typeof(OwnTypesResolver).Assembly || type.Assembly == typeof(JsonElement).Assembly
        || type.IsPrimitive || type == typeof(string) || type == typeof(object) || type == typeof(byte[]);
}
