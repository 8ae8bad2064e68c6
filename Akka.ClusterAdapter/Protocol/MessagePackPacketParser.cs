using System.Buffers;
using System.Text;
using System.Text.Json;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Packets as MessagePack, one binary message each: for clients with <c>socket.io-msgpack-parser</c> 3. Binary values are part of the packet.
/// </summary>
/// <remarks>
/// Applications see no difference: CLR values follow the rules of JSON. A JavaScript <c>Date</c> arrives as its ISO 8601 text, undefined as null
/// (left out of objects), NaN and the infinities as null.
/// </remarks>
public sealed class MessagePackPacketParser : IPacketParser
{
    /// <summary>A parser with its own copy of the options.</summary>
    /// <param name="options">How CLR values are written and read, as for <see cref="JsonPacketParser(JsonSerializerOptions?)"/>.</param>
    public MessagePackPacketParser(JsonSerializerOptions? options = null)
    {
        Options = PacketJson.CreateOptions(options);
        Untyped = new(Options);
        var writerOptions = PacketJson.WriterOptions(Options);
        Scratches = new ScratchPool<MessagePackScratch>(() => new MessagePackScratch(writerOptions));
    }

    /// <inheritdoc/>
    public string Name => "msgpack";

    JsonSerializerOptions IPacketParser.JsonOptions => Options;

    internal JsonSerializerOptions Options { get; }

    internal UntypedTypes Untyped { get; }

    internal ScratchPool<MessagePackScratch> Scratches { get; }

    internal NameCache Names { get; } = new();

    /// <inheritdoc/>
    public PacketBodyWriter CreateBody() => new MessagePackBodyWriter(this);

    /// <inheritdoc/>
    public IPacketDecoder CreateDecoder(PacketDecoderLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new MessagePackPacketDecoder(this, limits);
    }

    /// <inheritdoc/>
    public PacketArguments Read(PacketType type, PacketBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            return ReadBody(type, body);
        }
        catch (Exception e) when (MessagePackPayload.IsMalformed(e))
        {
            throw MessagePackPayload.Malformed(e);
        }
    }

    /// <inheritdoc/>
    public EncodedPacket Encode(PacketHeader header, PacketBody? body)
    {
        var data = body is null ? default : Payload(header.Type, body.Data.Span);
        var target = new ArrayBufferWriter<byte>(40 + data.Length + Encoding.UTF8.GetMaxByteCount(header.Namespace.Length));
        var writer = new MessagePackWriter(target);

        // { type, data, nsp, id }, the absent left out
        writer.WriteMapHeader(2 + (data.IsEmpty ? 0 : 1) + (header.Id is null ? 0 : 1));
        writer.WriteString("type"u8);
        writer.Write((int)header.Type);
        if (!data.IsEmpty)
        {
            writer.WriteString("data"u8);
            writer.WriteRaw(data);
        }

        writer.WriteString("nsp"u8);
        writer.Write(header.Namespace);
        if (header.Id is { } id)
        {
            writer.WriteString("id"u8);
            writer.Write(id);
        }

        writer.Flush();
        return new EncodedPacket(target.WrittenMemory, IsText: false, []);
    }

    /// <inheritdoc/>
    public PacketBody Append(PacketBody body, string argument)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(argument);
        var reader = new MessagePackReader(body.Data);
        var count = reader.ReadArrayHeader();
        var target = new ArrayBufferWriter<byte>(body.Data.Length + argument.Length + 8);
        var writer = new MessagePackWriter(target);
        writer.WriteArrayHeader(count + 1);
        writer.WriteRaw(body.Data.Span[(int)reader.Consumed..]);
        writer.Write(argument);
        writer.Flush();
        return new PacketBody(target.WrittenMemory);
    }

    private MessagePackPacketArguments ReadBody(PacketType type, PacketBody body)
    {
        var reader = new MessagePackReader(body.Data);
        var flaws = new ValueFlaws(PacketJson.Trusted.MaxAttachments);
        if (!reader.End)
            MessagePackPayload.Validate(ref reader, PacketJson.Trusted.MaxDepth, ref flaws);
        if (!reader.End)
            throw new ProtocolException("trailing bytes");
        if (flaws.HasBadText)
            throw new ProtocolException("invalid UTF-8");
        var layout = MessagePackPayload.Scan(type, body.Data, PacketJson.Trusted, Names, flaws.Refusal);
        if (layout.Refusal is { } refusal)
            throw refusal;
        return new MessagePackPacketArguments(this, body.Data, layout, body);
    }

    // A writer makes arrays; the payload of a connect packet or a connect error is the one value in it. (Neither is ever an array itself.)
    private static ReadOnlySpan<byte> Payload(PacketType type, ReadOnlySpan<byte> data)
    {
        var isOneValue = type is PacketType.Connect or PacketType.ConnectError && data is [MessagePackCode.MinFixArray + 1, ..];
        return isOneValue ? data[1..] : data;
    }
}
