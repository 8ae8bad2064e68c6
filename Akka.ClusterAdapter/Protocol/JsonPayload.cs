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

    /// <summary>Why the packet is dropped; there are no arguments then. Null when it is accepted.</summary>
    public ProtocolException? Refusal;

    public PayloadLayout()
    {
    }
}

/// <summary>Validates a JSON payload in one pass, so that nothing in it can fail later, when it is broadcast or converted.</summary>
internal static class JsonPayload
{
    private const string Invalid = "invalid payload";

    /// <summary>
    /// Looks at every token once. A well-formed payload that is over a limit or cannot be passed on has a <see cref="PayloadLayout.Refusal"/>; that
    /// costs no exception.
    /// </summary>
    /// <exception cref="ProtocolException">The payload is malformed, or does not fit the type of packet.</exception>
    public static PayloadLayout Scan(PacketType type, ReadOnlySpan<byte> json, PacketDecoderLimits limits, NameCache names)
    {
        var layout = new PayloadLayout();
        if (json.IsEmpty)
            return type is PacketType.Event or PacketType.Ack ? throw new ProtocolException(Invalid) : layout;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            reader.Read();
            if (!FitsType(type, reader.TokenType))
                throw new ProtocolException(Invalid);
            if (type is PacketType.Event or PacketType.Ack)
                ScanArray(type, ref reader, ref layout, limits, names);
            else
                ScanValue(ref reader, ref layout, limits);
        }
        catch (JsonException e)
        {
            throw new ProtocolException(Invalid, e);
        }

        if (layout.Refusal is not null)
            layout.Arguments = default;
        return layout;
    }

    /// <summary>Why an event of that name is dropped: it is too long, or the library's own. Null when it is not.</summary>
    public static ProtocolException? WhyNot(string name, PacketDecoderLimits limits)
    {
        if (name.Length > limits.MaxEventNameLength)
            return PacketRefusals.EventName();
        return ReservedEventNames.Contains(name) ? PacketRefusals.ReservedName() : null;
    }

    private static bool FitsType(PacketType type, JsonTokenType first) => type switch
    {
        PacketType.Connect => first == JsonTokenType.StartObject,
        PacketType.ConnectError => first is JsonTokenType.StartObject or JsonTokenType.String,
        PacketType.Event or PacketType.Ack => first == JsonTokenType.StartArray,
        _ => false,
    };

    private static void ScanValue(ref Utf8JsonReader reader, ref PayloadLayout layout, PacketDecoderLimits limits)
    {
        var start = (int)reader.TokenStartIndex;
        int end;
        do
        {
            Check(ref reader, ref layout, limits);
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
            ReadEventName(ref reader, ref layout, limits, names);
        }

        var start = 0;
        while (reader.Read())
        {
            Check(ref reader, ref layout, limits);
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

    private static void ReadEventName(ref Utf8JsonReader reader, ref PayloadLayout layout, PacketDecoderLimits limits, NameCache names)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            throw new ProtocolException(Invalid);
        Check(ref reader, ref layout, limits);

        // A character takes six bytes at most (\u0061): longer ones need not be converted to be refused.
        if (reader.ValueSpan.Length > 6L * limits.MaxEventNameLength)
        {
            layout.Refusal ??= PacketRefusals.EventName();
            return;
        }

        layout.EventName = reader.ValueIsEscaped ? reader.GetString()! : names.Get(reader.ValueSpan);
        layout.Refusal ??= WhyNot(layout.EventName, limits);
    }

    /// <summary>
    /// Finds what the serializer would accept now and choke on later. (Halves of surrogate pairs were replaced before: <see cref="LoneSurrogates"/>.)
    /// </summary>
    private static void Check(ref Utf8JsonReader reader, ref PayloadLayout layout, PacketDecoderLimits limits)
    {
        // An opening bracket counts as outside of what it opens.
        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= limits.MaxDepth)
            layout.Refusal ??= PacketRefusals.Depth();
        else if (reader.TokenType == JsonTokenType.Number && IsInfinite(reader.ValueSpan))
            layout.Refusal ??= PacketRefusals.Unencodable("number out of range");
    }

    private static bool IsInfinite(ReadOnlySpan<byte> number)
    {
        // Without an exponent it takes 309 digits to leave the range of a double.
        if (number.Length < 309 && !number.ContainsAny((byte)'e', (byte)'E'))
            return false;
        return !Utf8Parser.TryParse(number, out double value, out _) || !double.IsFinite(value);
    }
}
