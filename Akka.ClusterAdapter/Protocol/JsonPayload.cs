using System.Buffers.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>What the one pass over a payload found out.</summary>
internal struct PayloadLayout
{
    /// <summary>Empty for packets that are not events.</summary>
    public string EventName = string.Empty;

    /// <summary>Where the arguments are.</summary>
    public ArgumentRanges Arguments;

    public PayloadLayout()
    {
    }
}

/// <summary>Validates a JSON payload in one pass, so that nothing in it can fail later, when it is broadcast or converted.</summary>
internal static class JsonPayload
{
    private const string Invalid = "invalid payload";

    /// <exception cref="ProtocolException">The payload does not fit the type of packet, or is over a limit.</exception>
    public static PayloadLayout Scan(PacketType type, ReadOnlySpan<byte> json, PacketDecoderLimits limits, NameCache names)
    {
        var layout = new PayloadLayout();
        if (json.IsEmpty)
            return type is PacketType.Event or PacketType.Ack ? throw new ProtocolException(Invalid) : layout;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        try
        {
            reader.Read();
            if (!FitsType(type, reader.TokenType))
                throw new ProtocolException(Invalid);
            if (type is PacketType.Event or PacketType.Ack)
                ScanArray(type, ref reader, ref layout, limits, names);
            else
                ScanValue(ref reader, ref layout);
        }
        catch (JsonException e)
        {
            throw IsTooDeep(json, reader, limits) ? Oversized.Depth(e) : new ProtocolException(Invalid, e);
        }

        return layout;
    }

    /// <exception cref="ProtocolException">The name is too long, or the library's own.</exception>
    public static string CheckEventName(string name, PacketDecoderLimits limits)
    {
        if (name.Length > limits.MaxEventNameLength)
            throw Oversized.EventName();
        return ReservedEventNames.Contains(name) ? throw new ProtocolException("reserved event name") : name;
    }

    // The reader stops in front of the bracket that would be one level too much.
    private static bool IsTooDeep(ReadOnlySpan<byte> json, in Utf8JsonReader reader, PacketDecoderLimits limits)
    {
        // An opening bracket counts as outside of what it opens.
        var depth = reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0);
        return depth >= limits.MaxDepth && reader.BytesConsumed < json.Length && json[(int)reader.BytesConsumed] is (byte)'[' or (byte)'{';
    }

    private static bool FitsType(PacketType type, JsonTokenType first) => type switch
    {
        PacketType.Connect => first == JsonTokenType.StartObject,
        PacketType.ConnectError => first is JsonTokenType.StartObject or JsonTokenType.String,
        PacketType.Event or PacketType.Ack => first == JsonTokenType.StartArray,
        _ => false,
    };

    private static void ScanValue(ref Utf8JsonReader reader, ref PayloadLayout layout)
    {
        var start = (int)reader.TokenStartIndex;
        int end;
        do
        {
            Check(ref reader);
            end = (int)reader.BytesConsumed;
        }
        while (reader.Read());
        layout.Arguments.Add(start, end);
    }

    private static void ScanArray(PacketType type, ref Utf8JsonReader reader, ref PayloadLayout layout, PacketDecoderLimits limits, NameCache names)
    {
        if (type == PacketType.Event)
        {
            reader.Read();
            layout.EventName = ReadEventName(ref reader, limits, names);
        }

        var start = 0;
        while (reader.Read())
        {
            Check(ref reader);
            if (reader.CurrentDepth != 1)
                continue;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                start = (int)reader.TokenStartIndex;
            else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                layout.Arguments.Add(start, (int)reader.BytesConsumed);
            else
                layout.Arguments.Add((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
        }
    }

    private static string ReadEventName(ref Utf8JsonReader reader, PacketDecoderLimits limits, NameCache names)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            throw new ProtocolException(Invalid);
        Check(ref reader);

        // A character takes six bytes at most (\u0061): longer ones need not be converted to be refused.
        if (reader.ValueSpan.Length > 6L * limits.MaxEventNameLength)
            throw Oversized.EventName();
        return CheckEventName(reader.ValueIsEscaped ? reader.GetString()! : names.Get(reader.ValueSpan), limits);
    }

    /// <summary>Refuses what the serializer would accept now and choke on later.</summary>
    private static void Check(ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
        if (isText && reader.ValueIsEscaped && HasLoneSurrogate(reader.ValueSpan))
            throw Oversized.Unencodable("lone surrogate");
        if (reader.TokenType == JsonTokenType.Number && IsInfinite(reader.ValueSpan))
            throw Oversized.Unencodable("number out of range");
    }

    private static bool IsInfinite(ReadOnlySpan<byte> number)
    {
        // Without an exponent it takes 309 digits to leave the range of a double.
        if (number.Length < 309 && !number.ContainsAny((byte)'e', (byte)'E'))
            return false;
        return !Utf8Parser.TryParse(number, out double value, out _) || !double.IsFinite(value);
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<byte> text)
    {
        for (int at; (at = text.IndexOf((byte)'\\')) >= 0;)
        {
            text = text[at..];
            var code = EscapedCode(text);
            if (code is < 0xD800 or > 0xDFFF)
                text = text[2..]; // hex digits are no backslashes, they may stay
            else if (code < 0xDC00 && EscapedCode(text[6..]) is >= 0xDC00 and <= 0xDFFF)
                text = text[12..];
            else
                return true;
        }

        return false;
    }

    /// <summary>The UTF-16 code of <c>\uXXXX</c> at the start; 0 for anything else.</summary>
    private static int EscapedCode(ReadOnlySpan<byte> text)
    {
        var isCode = text.Length >= 6 && text[0] == '\\' && text[1] == 'u';
        return isCode && Utf8Parser.TryParse(text.Slice(2, 4), out int code, out _, 'x') ? code : 0;
    }
}
