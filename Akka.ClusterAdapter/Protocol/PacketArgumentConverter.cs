using System.Text.Json;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Passes a received argument on as it is, at any depth of a value.</summary>
internal sealed class PacketArgumentConverter : JsonConverter<PacketArgument>
{
    public override PacketArgument Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("An argument can be passed on as a whole only, not a part of it.");

    public override void Write(Utf8JsonWriter writer, PacketArgument value, JsonSerializerOptions options)
    {
        if (value.Source is null)
            writer.WriteNullValue();
        else if (BinaryAttachments.Sink is { } sink)
            sink.WriteArgument(writer, value);
        else
            throw new NotSupportedException("A received argument can be written to a packet only.");
    }
}
