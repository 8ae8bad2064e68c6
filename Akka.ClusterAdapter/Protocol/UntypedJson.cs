using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// JSON for values without a type of their own, which cannot ask for their attachments later: binary becomes <see cref="BinaryText"/>, and back when
/// the value is sent on.
/// </summary>
internal static class UntypedJson
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = int.MaxValue };

    /// <summary>True when such a value needs <see cref="Resolve"/> first.</summary>
    public static bool NeedsResolving(ReadOnlySpan<byte> json, ImmutableArray<ReadOnlyMemory<byte>> attachments) =>
        !attachments.IsEmpty || BinaryText.MayBeIn(json);

    /// <summary>Valid JSON with the attachments in it. What a client spelled like binary becomes ordinary text.</summary>
    /// <exception cref="JsonException">Attachments are referred to so often that the value would be far larger than its packet.</exception>
    public static ReadOnlyMemory<byte> Resolve(ReadOnlySpan<byte> json, ImmutableArray<ReadOnlyMemory<byte>> attachments)
    {
        var text = BinaryText.MayBeIn(json) ? Plain(json) : null;
        if (attachments.IsEmpty)
            return text?.WrittenMemory ?? json.ToArray();
        return Inline(text is null ? json : text.WrittenSpan, attachments);
    }

    /// <summary>Writes an element into a packet, the binary in it as binary; outside a packet it is what it looks like, Base64 text.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.Undefined || BinaryAttachments.Sink is not { } sink
            || JsonMarshal.GetRawUtf8Value(element) is var raw && !BinaryText.MayBeIn(raw))
        {
            element.WriteTo(writer);
            return;
        }

        using var text = new JsonSplice(raw.Length);
        var reader = new Utf8JsonReader(raw, ReaderOptions);
        while (reader.Read())
        {
            if (!IsEscapedText(ref reader) || !BinaryText.TryRead(reader.ValueSpan, out var bytes))
                continue;
            text.Copy(raw, (int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            sink.WriteReceived(text.StandIn, bytes);
        }

        if (text.HasReplaced)
            writer.WriteRawValue(text.Finish(raw).Span, skipInputValidation: true);
        else
            element.WriteTo(writer);
    }

    private static bool IsEscapedText(ref Utf8JsonReader reader) => reader is { TokenType: JsonTokenType.String, ValueIsEscaped: true };

    // "A\u0051\u0049\u0044" of a client is the text AQID.
    private static ArrayBufferWriter<byte> Plain(ReadOnlySpan<byte> json)
    {
        var text = new ArrayBufferWriter<byte>(json.Length);
        var reader = new Utf8JsonReader(json, ReaderOptions);
        var copied = 0;
        Span<byte> first = stackalloc byte[4];
        while (reader.Read())
        {
            if (!IsEscapedText(ref reader))
                continue;
            var isNothing = BinaryText.IsEmpty(reader.ValueSpan);
            if (!isNothing && !BinaryText.TrySplit(reader.ValueSpan, first, out _))
                continue;
            text.Write(json[copied..(int)reader.TokenStartIndex]);
            text.Write(isNothing ? "\"\\n\\r\""u8 : "\""u8);
            copied = (int)reader.BytesConsumed;
            if (isNothing)
                continue;
            text.Write(first);
            BinaryText.TrySplit(reader.ValueSpan, first, out var rest);
            text.Write(rest);
            text.Write("\""u8);
        }

        text.Write(json[copied..]);
        return text;
    }

    private static ReadOnlyMemory<byte> Inline(ReadOnlySpan<byte> json, ImmutableArray<ReadOnlyMemory<byte>> attachments)
    {
        var found = JsonPlaceholders.Find(json, attachments.Length);
        var allowed = (long)json.Length;
        foreach (var attachment in attachments)
            allowed += 2L * attachment.Length;
        var added = 0L;
        foreach (var placeholder in found)
            added += attachments[placeholder.Number].Length;
        if (added > allowed)
            throw new JsonException("The binary values are referred to too often.");

        var text = new ArrayBufferWriter<byte>(json.Length + (int)Math.Min(added * 3 / 2, int.MaxValue / 2) + 1);
        var copied = 0;
        foreach (var (start, end, number) in found)
        {
            text.Write(json[copied..start]);
            BinaryText.Write(text, attachments[number].Span);
            copied = end;
        }

        text.Write(json[copied..]);
        return text.WrittenMemory;
    }
}
