using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// The library's own payloads and the simplest types, by reflection: for applications whose serializer options know their own types only
/// (source-generated ones).
/// </summary>
internal sealed class OwnTypesResolver : IJsonTypeInfoResolver
{
    private readonly DefaultJsonTypeInfoResolver _reflection = new();

    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
        type.Assembly == typeof(OwnTypesResolver).Assembly || type.IsPrimitive || type == typeof(string) || type == typeof(object)
            ? _reflection.GetTypeInfo(type, options) : null;
}
