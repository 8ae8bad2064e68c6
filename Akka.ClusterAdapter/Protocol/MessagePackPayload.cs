using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Validates MessagePack values, so that nothing in them can fail later, and finds the arguments.</summary>
internal static class MessagePackPayload
{
    private const string Invalid = "invalid payload";

    /// <summary>True for what reading malformed bytes throws; for a filter that makes a <see cref="ProtocolException"/> of it.</summary>
    public static bool IsMalformed(Exception e) => e is MessagePackSerializationException or EndOfStreamException
        or OverflowException or InsufficientExecutionStackException or ArgumentOutOfRangeException;

    /// <summary>The exception for malformed bytes.</summary>
    public static ProtocolException Malformed(Exception e) =>
        e is InsufficientExecutionStackException ? PacketRefusals.Depth(e) : new("invalid MessagePack", e);

    /// <summary>
    /// Reads over one value, whatever is in it, and tells what cannot be passed on: invalid text, keys that are no text, unknown extensions, too many levels.
    /// </summary>
    /// <exception cref="ProtocolException">Too many binary values: found here, before anything is allocated for them.</exception>
    public static void Validate(ref MessagePackReader reader, int maxDepth, ref ValueFlaws flaws)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Integer or MessagePackType.Nil or MessagePackType.Boolean or MessagePackType.Float:
                reader.Skip();
                break;
            case MessagePackType.Binary:
                flaws.TakeAttachment();
                reader.Skip();
                break;
            case MessagePackType.String:
                flaws.HasBadText |= !reader.TryReadStringSpan(out var text) || !Utf8.IsValid(text);
                break;
            case MessagePackType.Extension:
                if (MessagePackExtensions.IsBinary(reader))
                    flaws.TakeAttachment();
                else if (!MessagePackExtensions.IsKnown(reader))
                    flaws.Refusal ??= PacketRefusals.Unencodable("unknown extension");
                reader.Skip();
                break;
            case MessagePackType.Array or MessagePackType.Map:
                ValidateContainer(ref reader, maxDepth, ref flaws);
                break;
            default:
                throw new MessagePackSerializationException("Unknown type.");
        }
    }

    /// <summary>Puts U+FFFD in place of halves of surrogate pairs in all texts of a message.</summary>
    public static void MendTexts(byte[] message)
    {
        // Headers of containers stand before their elements: read over, one value follows the other.
        for (var reader = new MessagePackReader(message); !reader.End;)
        {
            if (reader.NextMessagePackType == MessagePackType.Array)
                reader.ReadArrayHeader();
            else if (reader.NextMessagePackType == MessagePackType.Map)
                reader.ReadMapHeader();
            else if (reader.NextMessagePackType == MessagePackType.String && reader.TryReadStringSpan(out var text))
                LoneSurrogates.MendUtf8(message.AsSpan((int)reader.Consumed - text.Length, text.Length));
            else
                reader.Skip();
        }
    }

    /// <summary>The bytes of a text, checked.</summary>
    public static ReadOnlySpan<byte> ReadText(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.String || !reader.TryReadStringSpan(out var text) || !Utf8.IsValid(text))
            throw new MessagePackSerializationException("Not a text.");
        return text;
    }

    /// <summary>Finds the arguments in validated data; empty data for a packet without payload. Of a packet that is dropped only the event's name.</summary>
    /// <exception cref="ProtocolException">The data does not fit the type of packet.</exception>
    public static PayloadLayout Scan(PacketType type, ReadOnlyMemory<byte> data, PacketDecoderLimits limits, NameCache names, ProtocolException? refusal = null)
    {
        var layout = new PayloadLayout { Refusal = refusal };
        if (data.IsEmpty)
            return type is PacketType.Connect or PacketType.Disconnect ? layout : throw new ProtocolException(Invalid);

        var reader = new MessagePackReader(data);
        if (!FitsType(type, reader.NextMessagePackType))
            throw new ProtocolException(Invalid);
        if (type is PacketType.Event or PacketType.Ack)
            ScanArray(type, ref reader, ref layout, limits, names);
        else
            layout.Arguments.Add(0, data.Length);
        if (layout.Refusal is not null)
            layout.Arguments = default;
        return layout;
    }

    private static void ValidateContainer(ref MessagePackReader reader, int maxDepth, ref ValueFlaws flaws)
    {
        if (maxDepth == 0)
        {
            flaws.Refusal ??= PacketRefusals.Depth();
            SkipOver(ref reader);
            return;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack(); // the limit is an option and may be set too high
        if (reader.NextMessagePackType == MessagePackType.Array)
        {
            for (var left = reader.ReadArrayHeader(); left > 0; left--)
                Validate(ref reader, maxDepth - 1, ref flaws);
            return;
        }

        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (reader.NextMessagePackType != MessagePackType.String)
                flaws.Refusal ??= PacketRefusals.Unencodable("key that is no text");
            Validate(ref reader, maxDepth - 1, ref flaws);
            Validate(ref reader, maxDepth - 1, ref flaws);
        }
    }

    /// <summary>Reads over one value without going down into it: the library's own way would use up the stack.</summary>
    private static void SkipOver(ref MessagePackReader reader)
    {
        for (var left = 1L; left > 0; left--)
        {
            if (reader.NextMessagePackType == MessagePackType.Array)
                left += reader.ReadArrayHeader();
            else if (reader.NextMessagePackType == MessagePackType.Map)
                left += 2L * reader.ReadMapHeader();
            else
                reader.Skip();
        }
    }

    private static bool FitsType(PacketType type, MessagePackType first) => type switch
    {
        PacketType.Connect => first == MessagePackType.Map,
        PacketType.ConnectError => first is MessagePackType.Map or MessagePackType.String,
        PacketType.Event or PacketType.Ack => first == MessagePackType.Array,
        _ => false,
    };

    private static void ScanArray(PacketType type, ref MessagePackReader reader, ref PayloadLayout layout, PacketDecoderLimits limits, NameCache names)
    {
        var left = reader.ReadArrayHeader();
        if (type == PacketType.Event)
        {
            if (left-- == 0)
                throw new ProtocolException(Invalid);
            layout.EventName = ReadEventName(ref reader, names);
            layout.Refusal ??= JsonPayload.WhyNot(layout.EventName, limits);
        }

        if (layout.Refusal is not null)
            return;
        for (; left > 0; left--)
        {
            var start = (int)reader.Consumed;
            reader.Skip();
            layout.Arguments.Add(start, (int)reader.Consumed);
        }
    }

    private static string ReadEventName(ref MessagePackReader reader, NameCache names)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64:
                return reader.ReadUInt64().ToString(CultureInfo.InvariantCulture);
            case MessagePackType.Integer:
                return reader.ReadInt64().ToString(CultureInfo.InvariantCulture);
            case MessagePackType.Float:
                return reader.ReadDouble().ToString(CultureInfo.InvariantCulture);
            case MessagePackType.String:
                var text = ReadText(ref reader);
                return names.Get(text);
            default:
                throw new ProtocolException(Invalid);
        }
    }
}

/// <summary>What is wrong with well-formed MessagePack.</summary>
/// <param name="attachments">How many binary values it may have.</param>
internal struct ValueFlaws(int attachments)
{
    /// <summary>Why its packet is dropped; null when it is not.</summary>
    public ProtocolException? Refusal;

    /// <summary>True when a text in it is not UTF-8.</summary>
    public bool HasBadText;

    /// <summary>How many binary values it may still have.</summary>
    public int Attachments = attachments;

    /// <summary>There is one more binary value.</summary>
    /// <exception cref="ProtocolException">It is one too many.</exception>
    public void TakeAttachment()
    {
        if (--Attachments < 0)
            throw PacketRefusals.Attachments();
    }

    /// <summary>No flaws, and as many binary values as are left: for another value of the same packet.</summary>
    public readonly ValueFlaws Anew() => new(Attachments);
}
