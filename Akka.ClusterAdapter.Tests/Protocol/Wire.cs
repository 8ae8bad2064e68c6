using System.Text;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

/// <summary>Packets as tests write them.</summary>
internal static class Wire
{
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    public static string Text(EncodedPacket packet) => Text(packet.Head);

    public static PacketBody Body(this IPacketParser parser, params object?[] values)
    {
        var writer = parser.CreateBody();
        foreach (var value in values)
            writer.Write(value);
        return writer.Complete();
    }

    public static EncodedPacket Event(this IPacketParser parser, params object?[] values) =>
        parser.Encode(new PacketHeader(PacketType.Event, "/"), parser.Body(values));

    public static IPacketDecoder Decoder(this IPacketParser parser, PacketDecoderLimits? limits = null) =>
        parser.CreateDecoder(limits ?? new PacketDecoderLimits());

    public static Packet? AddText(this IPacketDecoder decoder, string text) => decoder.Add(Utf8(text), isBinary: false);

    public static Packet? AddBinary(this IPacketDecoder decoder, params byte[] bytes) => decoder.Add(bytes, isBinary: true);

    public static Packet Decode(this IPacketParser parser, string text) =>
        parser.Decoder().AddText(text) ?? throw new InvalidOperationException("Incomplete.");

    /// <summary>Why a well-formed packet is dropped.</summary>
    public static string? Refusal(this IPacketParser parser, string text) => parser.Decode(text).Refusal?.Reason;

    public static Packet Decode(this IPacketParser parser, EncodedPacket packet, PacketDecoderLimits? limits = null)
    {
        var decoder = parser.Decoder(limits);
        var result = decoder.Add(packet.Head, !packet.IsText);
        foreach (var attachment in packet.Attachments)
        {
            Assert.Null(result);
            result = decoder.Add(attachment, isBinary: true);
        }

        Assert.False(decoder.IsPending);
        return result!;
    }
}
