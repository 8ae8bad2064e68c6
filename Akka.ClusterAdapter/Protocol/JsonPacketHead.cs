namespace Akka.ClusterAdapter.Protocol;

/// <summary>What precedes the JSON of a text packet: <c>type [count "-"] [nsp ","] [ackid]</c>.</summary>
/// <param name="Header">With the binary types already turned into the plain ones.</param>
/// <param name="Attachments">How many binary messages follow.</param>
/// <param name="Length">Bytes up to the payload.</param>
internal readonly record struct JsonPacketHead(PacketHeader Header, int Attachments, int Length)
{
    private const long MaxSafeInteger = (1L << 53) - 1;
    private const int MaxIdDigits = 16;

    /// <exception cref="ProtocolException">Not a head, or over a limit.</exception>
    public static JsonPacketHead Parse(ReadOnlySpan<byte> text, PacketDecoderLimits limits, NameCache names)
    {
        var type = ParseType(text);
        var at = 1;
        var attachments = 0;
        if (type is PacketType.BinaryEvent or PacketType.BinaryAck)
        {
            attachments = ParseAttachments(text, ref at, limits.MaxAttachments);
            type -= PacketType.BinaryEvent - PacketType.Event;
        }

        var name = ParseNamespace(text, ref at, limits.MaxNamespaceLength, names);
        var id = ParseId(text, ref at);
        return new JsonPacketHead(new PacketHeader(type, name, id), attachments, at);
    }

    private static PacketType ParseType(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            throw new ProtocolException("empty packet");
        var type = text[0] - '0';
        return type is >= 0 and <= 6 ? (PacketType)type : throw new ProtocolException("unknown packet type");
    }

    // The original takes any text JavaScript makes a number of ("0x1", "1e0", ""); nobody sends that.
    private static int ParseAttachments(ReadOnlySpan<byte> text, ref int at, int limit)
    {
        var digits = CountDigits(text[at..]);
        var end = at + digits;
        if (digits == 0 || end == text.Length || text[end] != '-')
            throw new ProtocolException("Illegal attachments");

        var count = 0;
        foreach (var digit in text[at..end])
        {
            count = (10 * count) + (digit - '0');
            if (count > limit)
                throw PacketRefusals.Attachments();
        }

        at = end + 1;
        return count;
    }

    private static string ParseNamespace(ReadOnlySpan<byte> text, ref int at, int limit, NameCache names)
    {
        if (at == text.Length || text[at] != '/')
            return "/";

        var rest = text[at..];
        var comma = rest.IndexOf((byte)',');
        var name = comma < 0 ? rest : rest[..comma];
        at += comma < 0 ? rest.Length : comma + 1;
        if (name.Length == 1)
            return "/";

        // UTF-8 takes three bytes at most for a UTF-16 character: a longer name need not be converted to be refused.
        if (name.Length > 3L * limit || names.Get(name) is not { } result || result.Length > limit)
            throw PacketRefusals.Namespace();
        return result;
    }

    private static long? ParseId(ReadOnlySpan<byte> text, ref int at)
    {
        var digits = CountDigits(text[at..]);
        if (digits == 0)
            return null;
        if (digits > MaxIdDigits)
            throw PacketRefusals.AckId();

        var id = 0L;
        foreach (var digit in text.Slice(at, digits))
            id = (10 * id) + (digit - '0');
        at += digits;
        return id <= MaxSafeInteger ? id : throw PacketRefusals.AckId();
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }
}
