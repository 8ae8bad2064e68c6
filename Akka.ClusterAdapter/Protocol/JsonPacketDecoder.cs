using System.Collections.Immutable;
using System.Text.Unicode;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Text packets of one connection, and the binary messages that complete them.</summary>
internal sealed class JsonPacketDecoder(JsonPacketParser parser, PacketDecoderLimits limits) : IPacketDecoder
{
    private Pending? _pending;

    public bool IsPending => _pending is not null;

    public Packet? Add(ReadOnlyMemory<byte> message, bool isBinary) =>
        isBinary ? AddAttachment(message) : AddText(message.Span);

    private Packet? AddText(ReadOnlySpan<byte> text)
    {
        if (_pending is not null)
            throw Refuse(new("got plaintext data when reconstructing a packet"));
        if (text.Length > limits.MaxPacketBytes)
            throw Refuse(PacketRefusals.Packet());
        if (!Utf8.IsValid(text))
            throw Refuse(new("invalid UTF-8"));

        var head = JsonPacketHead.Parse(text, limits, parser.Names);
        var payload = text[head.Length..];
        var mended = LoneSurrogates.Mend(payload);
        var layout = JsonPayload.Scan(head.Header.Type, mended ?? payload, limits, parser.Names);
        var data = layout.Refusal is null ? mended ?? payload.ToArray() : [];
        if (head.Attachments == 0) // "50-" included: the original gets stuck there
            return ToPacket(parser, head.Header, data, [], layout);

        if (layout.Refusal is null)
            JsonPlaceholders.Find(data, head.Attachments);
        _pending = new Pending(head.Header, data, layout, head.Attachments, text.Length);
        return null;
    }

    private static Packet ToPacket(
        JsonPacketParser parser, PacketHeader header, byte[] data, ImmutableArray<ReadOnlyMemory<byte>> attachments, in PayloadLayout layout)
    {
        var arguments = JsonPacketArguments.Create(parser, data, attachments, layout);
        return layout.Refusal is null ? new Packet(header, arguments) : new Packet(header, arguments) { Refusal = layout.Refusal };
    }

    private Packet? AddAttachment(ReadOnlyMemory<byte> message)
    {
        if (_pending is not { } pending)
            throw Refuse(new("got binary data when not reconstructing a packet"));
        if (message.Length > limits.MaxPacketBytes - pending.Bytes)
            throw Refuse(PacketRefusals.Packet());

        pending.Add(message);
        if (!pending.IsComplete)
            return null;
        _pending = null;
        return pending.ToPacket(parser);
    }

    private ProtocolException Refuse(ProtocolException error)
    {
        _pending = null; // the connection is lost, its bytes need not wait for it
        return error;
    }

    private sealed class Pending(PacketHeader header, byte[] payload, PayloadLayout layout, int attachments, int bytes)
    {
        private readonly ImmutableArray<ReadOnlyMemory<byte>>.Builder _attachments =
            ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(attachments);

        public int Bytes { get; private set; } = bytes;

        public bool IsComplete => _attachments.Count == attachments;

        public void Add(ReadOnlyMemory<byte> attachment)
        {
            // Those of a packet that is dropped are only counted.
            _attachments.Add(layout.Refusal is null ? attachment.ToArray() : default);
            Bytes += attachment.Length;
        }

        public Packet ToPacket(JsonPacketParser parser) =>
            JsonPacketDecoder.ToPacket(parser, header, payload, layout.Refusal is null ? _attachments.MoveToImmutable() : [], layout);
    }
}
