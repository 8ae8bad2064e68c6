using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Writes validated MessagePack as the JSON the other parser would have received: dates as text, undefined members left out.
/// So applications have one serialisation model, whichever parser is used.
/// </summary>
/// <param name="writer">Takes the JSON.</param>
/// <param name="marker">Stands for binary values; null writes them as <see cref="BinaryText"/>.</param>
internal ref struct MessagePackToJson(Utf8JsonWriter writer, BinaryMarker? marker)
{
    private ImmutableArray<ReadOnlyMemory<byte>>.Builder? _attachments;

    /// <summary>Binary values that markers stand for so far, slices of the source.</summary>
    public readonly ImmutableArray<ReadOnlyMemory<byte>> Attachments => _attachments?.ToImmutable() ?? [];

    public void Write(ref MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.String:
                reader.TryReadStringSpan(out var text);
                writer.WriteStringValue(text);
                break;
            case MessagePackType.Array:
                WriteArray(ref reader);
                break;
            case MessagePackType.Map:
                WriteMap(ref reader);
                break;
            case MessagePackType.Binary:
                WriteBinary(reader.ReadBytes()!.Value.First);
                break;
            case MessagePackType.Extension:
                WriteExtension(ref reader);
                break;
            default:
                WriteScalar(ref reader);
                break;
        }
    }

    private readonly void WriteScalar(ref MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64:
                writer.WriteNumberValue(reader.ReadUInt64());
                break;
            case MessagePackType.Integer:
                writer.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float when reader.ReadDouble() is var number && double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case MessagePackType.Float: // already read
                writer.WriteNullValue();
                break;
            default:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
        }
    }

    private void WriteArray(ref MessagePackReader reader)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteStartArray();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
            Write(ref reader);
        writer.WriteEndArray();
    }

    private void WriteMap(ref MessagePackReader reader)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteStartObject();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            reader.TryReadStringSpan(out var key);
            if (MessagePackExtensions.IsUndefined(reader))
            {
                reader.Skip();
                continue;
            }

            writer.WritePropertyName(key);
            Write(ref reader);
        }

        writer.WriteEndObject();
    }

    private void WriteExtension(ref MessagePackReader reader)
    {
        var kind = MessagePackExtensions.Read(ref reader, out var bytes, out var date);
        if (kind == ExtensionKind.Binary)
            WriteBinary(bytes);
        else if (date is not null)
            writer.WriteStringValue(date);
        else
            writer.WriteNullValue();
    }

    private void WriteBinary(ReadOnlyMemory<byte> bytes)
    {
        if (marker is null)
        {
            var text = new ArrayBufferWriter<byte>(BinaryText.LengthOf(bytes.Length));
            BinaryText.Write(text, bytes.Span);
            writer.WriteRawValue(text.WrittenSpan, skipInputValidation: true);
            return;
        }

        _attachments ??= ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        marker.Write(writer, _attachments.Count);
        _attachments.Add(bytes);
    }
}
