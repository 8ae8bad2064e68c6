using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>What an extension value of MessagePack means.</summary>
internal enum ExtensionKind
{
    /// <summary>JavaScript's undefined: <c>d4 00 00</c>.</summary>
    Undefined,

    /// <summary>An ArrayBuffer or typed array: <c>c7 len 00 …</c> and longer forms.</summary>
    Binary,

    /// <summary>A Date: <c>d7 00</c> and signed milliseconds, or the timestamp of the MessagePack specification.</summary>
    Date,
}

/// <summary>The extension values JavaScript clients send: the encoder under socket.io-msgpack-parser 3 is notepack.io 2.</summary>
internal static class MessagePackExtensions
{
    private const sbyte StandardTimestamp = -1;

    /// <summary>True when the reader is at undefined; the reader does not move.</summary>
    public static bool IsUndefined(MessagePackReader reader) =>
        reader.NextCode == MessagePackCode.FixExt1 && reader.ReadExtensionFormatHeader().TypeCode == 0;

    /// <summary>True when the reader is at a binary value; the reader does not move.</summary>
    public static bool IsBinary(MessagePackReader reader) =>
        reader.NextCode is MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32 && reader.ReadExtensionFormatHeader().TypeCode == 0;

    /// <summary>True when the reader is at an extension that <see cref="Read"/> understands; the reader does not move.</summary>
    public static bool IsKnown(MessagePackReader reader)
    {
        var code = reader.NextCode;
        var header = reader.ReadExtensionFormatHeader();
        return header.TypeCode switch
        {
            0 => code is MessagePackCode.FixExt1 or MessagePackCode.FixExt8 or MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32,
            StandardTimestamp => IsTimestamp(reader.ReadRaw(header.Length)),
            _ => false,
        };
    }

    /// <summary>Reads an extension value. The bytes of a date are its JSON text.</summary>
    /// <remarks>Another kind of extension throws, as MessagePack itself does.</remarks>
    public static ExtensionKind Read(ref MessagePackReader reader, out ReadOnlyMemory<byte> bytes, out string? date)
    {
        var code = reader.NextCode;
        var header = reader.ReadExtensionFormatHeader();
        bytes = default;
        date = null;
        if (header.TypeCode == StandardTimestamp)
        {
            date = Text(reader.ReadDateTime(header));
            return ExtensionKind.Date;
        }

        bytes = reader.ReadRaw(header.Length).First;
        switch (code)
        {
            case MessagePackCode.FixExt1 when header.TypeCode == 0:
                return ExtensionKind.Undefined;
            case MessagePackCode.FixExt8 when header.TypeCode == 0:
                date = FromMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes.Span));
                return ExtensionKind.Date;
            case MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32 when header.TypeCode == 0:
                return ExtensionKind.Binary;
            default:
                throw new MessagePackSerializationException("Unknown extension.");
        }
    }

    // 32 bits of seconds; 30 of nanoseconds and 34 of seconds; 32 of nanoseconds and 64 of seconds. Those of the first two forms are in range always.
    private static bool IsTimestamp(in ReadOnlySequence<byte> value)
    {
        Span<byte> bytes = stackalloc byte[12];
        if (value.Length is not (4 or 8 or 12))
            return false;
        value.CopyTo(bytes);
        return value.Length switch
        {
            8 => BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 2 < 1_000_000_000,
            12 => BinaryPrimitives.ReadUInt32BigEndian(bytes) < 1_000_000_000
                && BinaryPrimitives.ReadInt64BigEndian(bytes[4..]) is >= -62_135_596_800 and <= 253_402_300_799,
            _ => true,
        };
    }

    // A date JavaScript could not show either is null in its JSON.
    private static string? FromMilliseconds(long milliseconds)
    {
        var isInRange = milliseconds is >= -62_135_596_800_000 and <= 253_402_300_799_999;
        return isInRange ? Text(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime) : null;
    }

    private static string Text(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
