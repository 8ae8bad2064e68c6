using System.Runtime.InteropServices;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>One <c>{"_placeholder":true,"num":n}</c> in a body.</summary>
/// <param name="Start">Offset of its opening brace.</param>
/// <param name="End">Offset behind its closing brace.</param>
/// <param name="Number">Index of the attachment it stands for.</param>
internal readonly record struct JsonPlaceholder(int Start, int End, int Number);

/// <summary>
/// Finds the stand-ins of binary values. Like the client's decoder it goes by the two members; further ones do not matter, the last of equal names
/// counts.
/// </summary>
internal static class JsonPlaceholders
{
    private const string Illegal = "illegal attachments";

    /// <summary>Writes a stand-in. The client needs no order, other servers' tests do: <c>_placeholder</c> first.</summary>
    public static void Write(Utf8JsonWriter writer, int number)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, number);
        writer.WriteEndObject();
    }

    /// <summary>Reads the stand-in the reader is at, up to its closing brace.</summary>
    /// <exception cref="JsonException">Another kind of object, or no such attachment.</exception>
    public static int ReadNumber(ref Utf8JsonReader reader, int attachments)
    {
        var frame = new Frame(0);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberAt(ref reader);
            reader.Read();
            frame.Take(member, ref reader, attachments);
            reader.Skip();
        }

        return frame is { IsMarked: true, Number: >= 0 } ? frame.Number : throw new JsonException("Not a binary value.");
    }

    /// <summary>All stand-ins of valid JSON, in the order of the text.</summary>
    /// <param name="json">Valid JSON.</param>
    /// <param name="attachments">How many attachments there are.</param>
    /// <exception cref="ProtocolException">One of them has no number, or there is no such attachment.</exception>
    public static List<JsonPlaceholder> Find(ReadOnlySpan<byte> json, int attachments)
    {
        var found = new List<JsonPlaceholder>();
        var open = new List<Frame>();
        var member = Member.Other;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (member != Member.Other)
                CollectionsMarshal.AsSpan(open)[^1].Take(member, ref reader, attachments);
            member = Member.Other;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    member = MemberAt(ref reader);
                    break;
                case JsonTokenType.StartObject:
                    open.Add(new Frame((int)reader.TokenStartIndex));
                    break;
                case JsonTokenType.EndObject:
                    Close(open[^1], (int)reader.BytesConsumed, found);
                    open.RemoveAt(open.Count - 1);
                    break;
            }
        }

        return found;
    }

    /// <summary>
    /// Makes placeholders of the markers in a body that has attachments. An object of the application's own that looks like one, of which the
    /// receiver would make whatever attachment has that number, becomes one that is none: <c>"_placeholder":false</c>.
    /// </summary>
    public static ReadOnlyMemory<byte> Settle(ReadOnlySpan<byte> json, BinaryMarker marker)
    {
        using var text = new JsonSplice(json.Length);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var (start, isForged) = (0, false);
        while (reader.Read())
        {
            if (marker.IsAt(ref reader))
            {
                reader.Read();
                var number = reader.GetInt32();
                reader.Read();
                text.Copy(json, start, (int)reader.BytesConsumed);
                Write(text.StandIn, number);
            }
            else if (isForged && reader.TokenType == JsonTokenType.True)
            {
                text.Copy(json, (int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                text.StandIn.WriteBooleanValue(false);
            }

            isForged = reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("_placeholder"u8);
            if (reader.TokenType == JsonTokenType.StartObject)
                start = (int)reader.TokenStartIndex;
        }

        return text.Finish(json);
    }

    private static void Close(in Frame frame, int end, List<JsonPlaceholder> found)
    {
        if (!frame.IsMarked)
            return;
        if (frame.Number < 0)
            throw new ProtocolException(Illegal);

        // The whole object is replaced, with all that is inside.
        while (found.Count > 0 && found[^1].Start > frame.Start)
            found.RemoveAt(found.Count - 1);
        found.Add(new JsonPlaceholder(frame.Start, end, frame.Number));
    }

    private static Member MemberAt(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("_placeholder"u8) ? Member.Placeholder
        : reader.ValueTextEquals("num"u8) ? Member.Number
        : Member.Other;

    private enum Member
    {
        Other,
        Placeholder,
        Number,
    }

    /// <summary>What is known of an object whose end has not come yet.</summary>
    private struct Frame(int start)
    {
        public readonly int Start = start;

        public bool IsMarked { get; private set; }

        public int Number { get; private set; } = -1;

        public void Take(Member member, ref Utf8JsonReader value, int attachments)
        {
            if (member == Member.Placeholder)
                IsMarked = value.TokenType == JsonTokenType.True;
            else if (member == Member.Number)
                Number = value.TokenType == JsonTokenType.Number && value.TryGetInt32(out var n) && n >= 0 && n < attachments ? n : -1;
        }
    }
}
