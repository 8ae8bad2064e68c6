using System.Text.Json;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Arguments that are still MessagePack, each at its place in the bytes of the packet.</summary>
internal sealed class MessagePackPacketArguments(MessagePackPacketParser parser, ReadOnlyMemory<byte> data, PayloadLayout layout, PacketBody? body = null)
    : PacketArguments
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = int.MaxValue };

    private PacketBody? _body = body;

    public override string EventName => layout.EventName;

    public override int Count => layout.Arguments.Count;

    public override PacketBody Body => _body ??= new PacketBody(data);

    /// <summary>MessagePack of one argument.</summary>
    public ReadOnlyMemory<byte> Raw(int index)
    {
        var range = layout.Arguments.Get(index);
        return data.Slice(range.Start, range.Length);
    }

    public override bool IsNull(int index)
    {
        var reader = new MessagePackReader(Raw(index));
        return reader.IsNil || MessagePackExtensions.IsUndefined(reader);
    }

    public override T? Get<T>(int index)
        where T : default
    {
        var raw = Raw(index);
        if (typeof(T) == typeof(PacketArgument))
            return (T)(object)new PacketArgument(this, index);

        var scratch = parser.Scratches.Rent();
        try
        {
            return Convert<T>(raw, scratch.Json);
        }
        finally
        {
            parser.Scratches.Return(scratch);
        }
    }

    private T? Convert<T>(ReadOnlyMemory<byte> raw, JsonScratch json)
    {
        var source = new MessagePackReader(raw);
        var transcoder = new MessagePackToJson(json.Writer, parser.Untyped.Has(typeof(T)) ? null : BinaryMarker.OfReaders);
        transcoder.Write(ref source);
        json.Writer.Flush();

        var previous = BinaryAttachments.ReplaceSource(BinarySource.Of(transcoder.Attachments, BinaryMarker.OfReaders));
        try
        {
            var reader = new Utf8JsonReader(json.Buffer.WrittenSpan, ReaderOptions);
            return JsonSerializer.Deserialize<T>(ref reader, parser.Options);
        }
        finally
        {
            BinaryAttachments.RestoreSource(previous);
        }
    }
}
