using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Protocol;

internal sealed class ElementConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => UntypedJson.Write(writer, value);
}

internal sealed class DocumentConverter : JsonConverter<JsonDocument>
{
    public override JsonDocument Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonDocument.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonDocument value, JsonSerializerOptions options) => UntypedJson.Write(writer, value.RootElement);
}

/// <summary>Nodes keep the spelling of what they were made from; <c>JsonValue.Create(bytes)</c> is binary too.</summary>
internal sealed class NodeConverter<T> : JsonConverter<T>
    where T : JsonNode
{
    // A value's own type is an internal one.
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(T));

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var element = JsonElement.ParseValue(ref reader);
        var settings = new JsonNodeOptions { PropertyNameCaseInsensitive = options.PropertyNameCaseInsensitive };
        JsonNode? node = element.ValueKind switch
        {
            JsonValueKind.Object => JsonObject.Create(element, settings),
            JsonValueKind.Array => JsonArray.Create(element, settings),
            _ => JsonValue.Create(element, settings),
        };
        return node as T ?? throw new JsonException($"Not a {typeof(T).Name}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (BinaryAttachments.Sink is { } sink)
            Write(writer, value, options, sink);
        else
            value.WriteTo(writer, options);
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node, JsonSerializerOptions options, IBinarySink sink)
    {
        switch (node)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member, options, sink);
                }

                writer.WriteEndObject();
                break;
            case JsonArray elements:
                writer.WriteStartArray();
                foreach (var element in elements)
                    Write(writer, element, options, sink);
                writer.WriteEndArray();
                break;
            case JsonValue value when value.TryGetValue<byte[]>(out var bytes):
                sink.WriteBinary(writer, bytes);
                break;
            case JsonValue value when value.TryGetValue<JsonElement>(out var element):
                UntypedJson.Write(writer, element);
                break;
            default:
                node.WriteTo(writer, options);
                break;
        }
    }
}
