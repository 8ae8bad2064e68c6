using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>JSON has no NaN and no infinity: they become null, as JavaScript's own JSON does it. Everything else is left to the usual converter.</summary>
internal sealed class FiniteNumberConverter<T>(JsonConverter<T> usual) : JsonConverter<T>
    where T : struct, IFloatingPointIeee754<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || !options.NumberHandling.HasFlag(JsonNumberHandling.AllowReadingFromString))
            return usual.Read(ref reader, typeToConvert, options);
        if (T.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value))
            return value;
        throw new JsonException("Not a number.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (!T.IsFinite(value))
            writer.WriteNullValue();
        else if (options.NumberHandling.HasFlag(JsonNumberHandling.WriteAsString))
            writer.WriteStringValue(value.ToString(null, CultureInfo.InvariantCulture));
        else
            usual.Write(writer, value, options);
    }

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        usual.ReadAsPropertyName(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString(null, CultureInfo.InvariantCulture));
}
