using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Binary packets of one connection, each complete in itself: a map of type, nsp, data and id, in any order, other keys ignored.</summary>
internal sealed class MessagePackPacketDecoder(MessagePackPacketParser parser, PacketDecoderLimits limits) : IPacketDecoder
{
    private const long MaxSafeInteger = (1L << 53) - 1;

    public bool IsPending => false;

    public Packet? Add(ReadOnlyMemory<byte> message, bool isBinary)
    {
        if (!isBinary)
            throw new ProtocolException("text in place of a binary packet");
        if (message.Length > limits.MaxPacketBytes)
            throw PacketRefusals.Packet();
        try
        {
            if (Read(message) is { } packet)
                return packet;
            var mended = message.ToArray();
            MessagePackPayload.MendTexts(mended);
            return Read(mended) ?? throw new ProtocolException("invalid UTF-8");
        }
        catch (Exception e) when (MessagePackPayload.IsMalformed(e))
        {
            throw MessagePackPayload.Malformed(e);
        }
    }

    /// <summary>Null when one of its texts is not UTF-8.</summary>
    private Packet? Read(ReadOnlyMemory<byte> message)
    {
        var reader = new MessagePackReader(message);
        if (reader.NextMessagePackType != MessagePackType.Map)
            throw new ProtocolException("not a packet");
        var fields = new Fields { Flaws = new(limits.MaxAttachments) };
        for (var left = reader.ReadMapHeader(); left > 0; left--)
            ReadField(ref reader, ref fields);
        if (!reader.End)
            throw new ProtocolException("trailing bytes");

        if (fields.Type is not { } type)
            throw new ProtocolException("invalid packet type");
        if (fields.Namespace is not { } name)
            throw new ProtocolException("invalid namespace");
        if (fields.Flaws.HasBadText)
            return null;
        var data = message.Slice(fields.Data.Start, fields.Data.Length);
        var layout = MessagePackPayload.Scan(type, data, limits, parser.Names, fields.Flaws.Refusal);
        var arguments = new MessagePackPacketArguments(parser, layout.Refusal is null ? data.ToArray() : [], layout);
        return new Packet(new PacketHeader(type, name, fields.Id), arguments) { Refusal = layout.Refusal };
    }

    private void ReadField(ref MessagePackReader reader, ref Fields fields)
    {
        var key = MessagePackPayload.ReadText(ref reader);
        if (key.SequenceEqual("type"u8))
            fields.Type = ReadType(ref reader);
        else if (key.SequenceEqual("nsp"u8))
            fields.Namespace = ReadNamespace(ref reader);
        else if (key.SequenceEqual("id"u8))
            fields.Id = ReadId(ref reader);
        else if (key.SequenceEqual("data"u8))
            fields.Data = ReadData(ref reader, ref fields.Flaws);
        else
            Ignore(ref reader, ref fields.Flaws);
    }

    private static PacketType ReadType(ref MessagePackReader reader)
    {
        var type = reader.NextMessagePackType == MessagePackType.Integer ? reader.ReadInt64() : -1;
        return type is >= 0 and <= 4 ? (PacketType)type : throw new ProtocolException("invalid packet type");
    }

    // Same names as on the wire of the other parser, where a comma ends them.
    private string ReadNamespace(ref MessagePackReader reader)
    {
        var text = MessagePackPayload.ReadText(ref reader);
        if (text is not [(byte)'/', ..] || text.Contains((byte)','))
            throw new ProtocolException("invalid namespace");
        if (text.Length > 3L * limits.MaxNamespaceLength || parser.Names.Get(text) is not { } name || name.Length > limits.MaxNamespaceLength)
            throw PacketRefusals.Namespace();
        return name;
    }

    private static long? ReadId(ref MessagePackReader reader)
    {
        if (MessagePackExtensions.IsUndefined(reader))
        {
            reader.Skip();
            return null;
        }

        var id = reader.NextMessagePackType == MessagePackType.Integer ? reader.ReadInt64() : -1;
        if (id > MaxSafeInteger)
            throw PacketRefusals.AckId();
        return id >= 0 ? id : throw new ProtocolException("invalid packet id");
    }

    // Whatever it is, nobody will see it; its binary values count all the same.
    private void Ignore(ref MessagePackReader reader, ref ValueFlaws flaws)
    {
        var ignored = flaws.Anew();
        MessagePackPayload.Validate(ref reader, limits.MaxDepth, ref ignored);
        flaws.Attachments = ignored.Attachments;
    }

    private ArgumentRange ReadData(ref MessagePackReader reader, ref ValueFlaws flaws)
    {
        var start = (int)reader.Consumed;
        var isUndefined = MessagePackExtensions.IsUndefined(reader);
        flaws = flaws.Anew(); // of several the last one counts
        MessagePackPayload.Validate(ref reader, limits.MaxDepth, ref flaws);
        return isUndefined ? default : new ArgumentRange(start, (int)reader.Consumed - start);
    }

    private struct Fields
    {
        public PacketType? Type;
        public string? Namespace;
        public long? Id;
        public ArgumentRange Data;
        public ValueFlaws Flaws;
    }
}
