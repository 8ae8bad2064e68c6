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
    public static ProtocolException Malformed(Exception e) => e is InsufficientExecutionStackException ? Oversized.Depth(e) : new("invalid MessagePack", e);

    /// <summary>Reads over one value and refuses what cannot be passed on: invalid text, keys that are no text, unknown extensions, too many levels or binary values.</summary>
    public static void Validate(ref MessagePackReader reader, ref MessagePackBounds bounds)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Integer or MessagePackType.Nil or MessagePackType.Boolean or MessagePackType.Float:
                reader.Skip();
                break;
            case MessagePackType.Binary:
                bounds.TakeAttachment();
                reader.Skip();
                break;
            case MessagePackType.String:
                ReadText(ref reader);
                break;
            case MessagePackType.Extension:
                if (MessagePackExtensions.Read(ref reader, out _, out _) == ExtensionKind.Binary)
                    bounds.TakeAttachment();
                break;
            case MessagePackType.Array or MessagePackType.Map:
                ValidateContainer(ref reader, ref bounds);
                break;
            default:
                throw new MessagePackSerializationException("Unknown type.");
        }
    }

    /// <summary>The bytes of a text, checked.</summary>
    public static ReadOnlySpan<byte> ReadText(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.String || !reader.TryReadStringSpan(out var text) || !Utf8.IsValid(text))
            throw new MessagePackSerializationException("Not a text.");
        return text;
    }

    /// <summary>Finds the arguments in validated data; empty data for a packet without payload.</summary>
    /// <exception cref="ProtocolException">The data does not fit the type of packet, or is over a limit.</exception>
    public static PayloadLayout Scan(PacketType type, ReadOnlyMemory<byte> data, PacketDecoderLimits limits, NameCache names)
    {
        var layout = new PayloadLayout();
        if (data.IsEmpty)
            return type is PacketType.Connect or PacketType.Disconnect ? layout : throw new ProtocolException(Invalid);

        var reader = new MessagePackReader(data);
        if (!FitsType(type, reader.NextMessagePackType))
            throw new ProtocolException(Invalid);
        if (type is PacketType.Event or PacketType.Ack)
            ScanArray(type, ref reader, ref layout, limits, names);
        else
            layout.Arguments.Add(0, data.Length);
        return layout;
    }

    private static void ValidateContainer(ref MessagePackReader reader, ref MessagePackBounds bounds)
    {
        bounds.Security.DepthStep(ref reader);
        RuntimeHelpers.EnsureSufficientExecutionStack(); // the limit is an option and may be set too high
        if (reader.NextMessagePackType == MessagePackType.Array)
        {
            for (var left = reader.ReadArrayHeader(); left > 0; left--)
                Validate(ref reader, ref bounds);
        }
        else
        {
            for (var left = reader.ReadMapHeader(); left > 0; left--)
            {
                ReadText(ref reader);
                Validate(ref reader, ref bounds);
            }
        }

        reader.Depth--;
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
            layout.EventName = JsonPayload.CheckEventName(ReadEventName(ref reader, limits, names), limits);
        }

        for (; left > 0; left--)
        {
            var start = (int)reader.Consumed;
            reader.Skip();
            layout.Arguments.Add(start, (int)reader.Consumed);
        }
    }

    private static string ReadEventName(ref MessagePackReader reader, PacketDecoderLimits limits, NameCache names)
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
                return text.Length > 3L * limits.MaxEventNameLength ? throw Oversized.EventName() : names.Get(text);
            default:
                throw new ProtocolException(Invalid);
        }
    }
}
