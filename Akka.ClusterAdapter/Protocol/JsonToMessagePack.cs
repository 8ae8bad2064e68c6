using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>What stands in for a value that JSON cannot hold until the JSON has become MessagePack.</summary>
/// <param name="Bytes">A binary value, or an encoded one.</param>
/// <param name="IsEncoded">True when the bytes are MessagePack already.</param>
internal readonly record struct Inclusion(ReadOnlyMemory<byte> Bytes, bool IsEncoded);

/// <summary>
/// Writes JSON of our own serializer as MessagePack. MessagePack wants to know beforehand how many elements a container has,
/// so the text is read twice: once to count them, once to write them.
/// </summary>
internal sealed class JsonToMessagePack
{
    private const int IsInclusion = -1;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = int.MaxValue };

    private readonly List<int> _counts = [];
    private readonly List<int> _open = [];

    /// <summary>Numbers it has room for, which it keeps.</summary>
    public int Capacity => _counts.Capacity + _open.Capacity;

    /// <summary>Writes one value.</summary>
    /// <param name="json">Its JSON.</param>
    /// <param name="inclusions">What is not in the JSON.</param>
    /// <param name="marker">Stands for them; null when there are none.</param>
    /// <param name="target">Takes the MessagePack.</param>
    /// <exception cref="JsonException">A number no double can hold.</exception>
    public void Write(ReadOnlySpan<byte> json, List<Inclusion> inclusions, BinaryMarker? marker, IBufferWriter<byte> target)
    {
        _counts.Clear();
        _open.Clear();
        Count(json, marker);

        var writer = new MessagePackWriter(target);
        var reader = new Utf8JsonReader(json, ReaderOptions);
        var container = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartArray)
                writer.WriteArrayHeader(_counts[container++]);
            else if (reader.TokenType != JsonTokenType.StartObject)
                WriteScalar(ref reader, ref writer);
            else if (_counts[container++] is var members && members != IsInclusion)
                writer.WriteMapHeader(members);
            else
                WriteInclusion(ref reader, ref writer, inclusions);
        }

        writer.Flush();
    }

    // The count of every container, in the order of their opening.
    private void Count(ReadOnlySpan<byte> json, BinaryMarker? marker)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                _open.RemoveAt(_open.Count - 1);
                continue;
            }

            CountElement(ref reader, marker);
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                // Members are counted by their names, elements by their values.
                _open.Add(reader.TokenType == JsonTokenType.StartArray ? _counts.Count : ~_counts.Count);
                _counts.Add(0);
            }
        }
    }

    private void CountElement(ref Utf8JsonReader reader, BinaryMarker? marker)
    {
        if (_open.Count == 0)
            return;
        var parent = _open[^1];
        var isName = reader.TokenType == JsonTokenType.PropertyName;
        if (isName != parent < 0)
            return;
        ref var count = ref CollectionsMarshal.AsSpan(_counts)[isName ? ~parent : parent];
        count = marker?.IsAt(ref reader) == true ? IsInclusion : count + 1;
    }

    private static void WriteInclusion(ref Utf8JsonReader reader, ref MessagePackWriter writer, List<Inclusion> inclusions)
    {
        reader.Read(); // the marker
        reader.Read();
        var inclusion = inclusions[reader.GetInt32()];
        reader.Read(); // the closing brace
        if (inclusion.IsEncoded)
            writer.WriteRaw(inclusion.Bytes.Span);
        else
            writer.Write(inclusion.Bytes.Span);
    }

    private static void WriteScalar(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.PropertyName:
                WriteText(ref reader, ref writer);
                break;
            case JsonTokenType.Number:
                WriteNumber(ref reader, ref writer);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                writer.Write(reader.TokenType == JsonTokenType.True);
                break;
            case JsonTokenType.Null:
                writer.WriteNil();
                break;
        }
    }

    private static void WriteText(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteString(reader.ValueSpan);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            writer.WriteString(buffer.AsSpan(0, reader.CopyString(buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void WriteNumber(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        if (reader.TryGetInt64(out var integer))
            writer.Write(integer);
        else if (reader.TryGetUInt64(out var large))
            writer.Write(large);
        else if (reader.TryGetDouble(out var number) && double.IsFinite(number))
            writer.Write(number);
        else
            throw new JsonException("The number is out of range.");
    }
}
