using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Protocol;

namespace TestServer.Control;

/// <summary>
/// A value as the control operations write it: JSON with <c>{"$binary":"…"}</c> for bytes. In packets the bytes are real ones, in both directions.
/// </summary>
/// <param name="Json">The value in control form.</param>
[JsonConverter(typeof(ControlValueConverter))]
internal readonly record struct ControlValue(JsonElement Json)
{
    /// <summary>How binary values are written.</summary>
    public const string Binary = "$binary";

    /// <summary>A value of a command.</summary>
    /// <exception cref="ControlException">A binary value in it is none.</exception>
    public static ControlValue Of(JsonElement json)
    {
        Check(json);
        return new ControlValue(json.Clone());
    }

    private static void Check(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object when json.TryGetProperty(Binary, out var base64):
                if (base64.ValueKind != JsonValueKind.String || !base64.TryGetBytesFromBase64(out _))
                    throw new ControlException($"a {Binary} must be base64");
                break;
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                    Check(member.Value);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    Check(item);
                break;
        }
    }
}

/// <summary>Between control form and packets.</summary>
internal sealed class ControlValueConverter : JsonConverter<ControlValue>
{
    public override bool HandleNull => true;

    public override ControlValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.SerializeToElement(ReadNode(ref reader, options)));

    public override void Write(Utf8JsonWriter writer, ControlValue value, JsonSerializerOptions options) => WriteElement(writer, value.Json, options);

    private static JsonNode? ReadNode(ref Utf8JsonReader reader, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader, options),
        JsonTokenType.StartArray => ReadArray(ref reader, options),
        _ => ReadValue(JsonElement.ParseValue(ref reader)),
    };

    private static JsonNode? ReadValue(JsonElement value) =>
        PacketBinary.TryGet(value, out var bytes)
            ? new JsonObject { [ControlValue.Binary] = Convert.ToBase64String(bytes) }
            : JsonSerializer.SerializeToNode(value);

    private static JsonObject ReadObject(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        var members = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            members[name] = ReadNode(ref reader, options);
        }

        return members;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        var items = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadNode(ref reader, options));
        return items;
    }

    private static void WriteElement(Utf8JsonWriter writer, JsonElement element, JsonSerializerOptions options)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.TryGetProperty(ControlValue.Binary, out var base64):
                JsonSerializer.Serialize(writer, base64.GetBytesFromBase64(), options);
                break;
            case JsonValueKind.Object:
                WriteObject(writer, element, options);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    WriteElement(writer, item, options);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement element, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var member in element.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            WriteElement(writer, member.Value, options);
        }

        writer.WriteEndObject();
    }
}
