using System.Text.Json;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Binary values travel beside the JSON; outside a packet they are Base64, as usual in .NET.</summary>
internal abstract class BinaryConverter<T> : JsonConverter<T>
{
    protected abstract ReadOnlyMemory<byte> BytesOf(T value);

    protected abstract T FromAttachment(BinarySource source, int number);

    protected abstract T FromArray(byte[] bytes);

    protected virtual bool IsNull(T value) => false;

    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (IsNull(value))
            writer.WriteNullValue();
        else if (BinaryAttachments.Sink is { } sink)
            sink.WriteBinary(writer, BytesOf(value));
        else
            writer.WriteBase64StringValue(BytesOf(value).Span);
    }

    public sealed override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return default;
            case JsonTokenType.String:
                return FromArray(reader.GetBytesFromBase64());
            case JsonTokenType.StartObject when BinaryAttachments.Source is { } source:
                return FromAttachment(source, source.ReadNumber(ref reader));
            default:
                throw new JsonException("Not a binary value.");
        }
    }
}

internal sealed class ByteArrayConverter : BinaryConverter<byte[]>
{
    protected override ReadOnlyMemory<byte> BytesOf(byte[] value) => value;

    protected override byte[] FromAttachment(BinarySource source, int number) => source.Copy(number);

    protected override byte[] FromArray(byte[] bytes) => bytes;
}

internal sealed class ReadOnlyMemoryConverter : BinaryConverter<ReadOnlyMemory<byte>>
{
    protected override ReadOnlyMemory<byte> BytesOf(ReadOnlyMemory<byte> value) => value;

    protected override ReadOnlyMemory<byte> FromAttachment(BinarySource source, int number) => source[number];

    protected override ReadOnlyMemory<byte> FromArray(byte[] bytes) => bytes;
}

internal sealed class MemoryConverter : BinaryConverter<Memory<byte>>
{
    protected override ReadOnlyMemory<byte> BytesOf(Memory<byte> value) => value;

    protected override Memory<byte> FromAttachment(BinarySource source, int number) => source.Copy(number);

    protected override Memory<byte> FromArray(byte[] bytes) => bytes;
}

internal sealed class ArraySegmentConverter : BinaryConverter<ArraySegment<byte>>
{
    protected override ReadOnlyMemory<byte> BytesOf(ArraySegment<byte> value) => value;

    protected override ArraySegment<byte> FromAttachment(BinarySource source, int number) => source.Copy(number);

    protected override ArraySegment<byte> FromArray(byte[] bytes) => bytes;

    protected override bool IsNull(ArraySegment<byte> value) => value.Array is null;
}
