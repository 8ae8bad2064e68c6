using System.Collections.Immutable;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Takes what JSON cannot hold while a value is serialised: binary, and arguments that are already encoded.</summary>
internal interface IBinarySink
{
    /// <summary>Keeps the bytes and writes a stand-in for them.</summary>
    /// <param name="writer">Where the value goes.</param>
    /// <param name="value">The application may change them once the serialisation is over: copy what is kept longer.</param>
    void WriteBinary(Utf8JsonWriter writer, ReadOnlyMemory<byte> value);

    /// <summary>The same for bytes out of a value that was received: nobody changes them any more, and where they occur again they may go out once.</summary>
    void WriteReceived(Utf8JsonWriter writer, byte[] value);

    /// <summary>Writes an encoded argument, or a stand-in for it.</summary>
    void WriteArgument(Utf8JsonWriter writer, PacketArgument argument);
}

/// <summary>
/// Where the binary values go to or come from during one synchronous (de)serialisation on this thread.
/// The serializer offers its converters no state per call, and a user's converter may start another (de)serialisation inside: so every entry is
/// undone in <c>finally</c>.
/// </summary>
internal static class BinaryAttachments
{
    [ThreadStatic]
    private static IBinarySink? _sink;

    [ThreadStatic]
    private static BinarySource? _source;

    public static IBinarySink? Sink => _sink;

    public static BinarySource? Source => _source;

    /// <summary>Installs a sink; give what is returned to <see cref="RestoreSink"/>.</summary>
    public static IBinarySink? ReplaceSink(IBinarySink sink)
    {
        var previous = _sink;
        _sink = sink;
        return previous;
    }

    public static void RestoreSink(IBinarySink? previous) => _sink = previous;

    /// <summary>Installs a source, null for none; give what is returned to <see cref="RestoreSource"/>.</summary>
    public static BinarySource? ReplaceSource(BinarySource? source)
    {
        var previous = _source;
        _source = source;
        return previous;
    }

    public static void RestoreSource(BinarySource? previous) => _source = previous;
}

/// <summary>The attachments of the argument that is being converted.</summary>
/// <param name="attachments">By number.</param>
/// <param name="marker">What stands for them in the JSON; null for placeholders.</param>
internal sealed class BinarySource(ImmutableArray<ReadOnlyMemory<byte>> attachments, BinaryMarker? marker = null)
{
    private byte[]?[]? _copies;

    /// <summary>The packet's own bytes, not copied.</summary>
    public ReadOnlyMemory<byte> this[int number] => attachments[number];

    /// <summary>A copy the caller may change. One per attachment, however often a hostile packet refers to it.</summary>
    public byte[] Copy(int number)
    {
        _copies ??= new byte[]?[attachments.Length];
        return _copies[number] ??= attachments[number].ToArray();
    }

    public static BinarySource? Of(ImmutableArray<ReadOnlyMemory<byte>> attachments, BinaryMarker? marker = null) =>
        attachments.IsEmpty ? null : new BinarySource(attachments, marker);

    /// <summary>The number of the attachment that the object stands for which the reader is at, up to its closing brace.</summary>
    /// <exception cref="JsonException">It stands for none.</exception>
    public int ReadNumber(ref Utf8JsonReader reader)
    {
        if (marker is null)
            return JsonPlaceholders.ReadNumber(ref reader, attachments.Length);
        reader.Read();
        if (!marker.IsAt(ref reader))
            throw new JsonException("Not a binary value.");
        reader.Read();
        var number = reader.GetInt32();
        reader.Read();
        return number;
    }
}
