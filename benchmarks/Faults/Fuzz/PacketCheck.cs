using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>A packet is refused, dropped with a reason, or can be used and sent on.</summary>
internal static class PacketCheck
{
    public static readonly IPacketParser Json = new JsonPacketParser();
    public static readonly IPacketParser MessagePack = new MessagePackPacketParser();

    private static readonly byte[][] Attachments = [.. Enumerable.Range(0, 16).Select(i => new byte[] { (byte)i })];

    public static void Run(IPacketParser parser, byte[] input, bool isBinary)
    {
        if (Decode(parser, input, isBinary) is not { Refusal: null } packet)
            return;
        var encoded = parser.Encode(packet.Header, packet.Arguments.Body);
        var decoder = parser.CreateDecoder(new());
        var again = decoder.Add(encoded.Head, !encoded.IsText);
        foreach (var attachment in encoded.Attachments)
            again = decoder.Add(attachment, isBinary: true);
        if (again?.Refusal is not null || again?.Header != packet.Header
            || again.Arguments.EventName != packet.Arguments.EventName || again.Arguments.Count != packet.Arguments.Count)
            throw new InvalidOperationException("A packet that was sent on is another one.");
        for (var i = 0; i < packet.Arguments.Count; i++)
        {
            if (packet.Arguments.Get<JsonElement>(i).GetRawText() != again.Arguments.Get<JsonElement>(i).GetRawText())
                throw new InvalidOperationException("An argument that was sent on is another one.");
        }
    }

    /// <summary>The payload of a CONNECT, as a middleware sees it; null when it is refused.</summary>
    public static JsonElement? AuthOf(byte[] json)
    {
        try
        {
            var packet = Json.CreateDecoder(new()).Add((byte[])[(byte)'0', .. json], isBinary: false);
            return packet is { Refusal: null, Header.Type: PacketType.Connect, Arguments.Count: 1 } ? packet.Arguments.Get<JsonElement>(0) : null;
        }
        catch (ProtocolException)
        {
            return null;
        }
    }

    private static Packet? Decode(IPacketParser parser, byte[] input, bool isBinary)
    {
        var decoder = parser.CreateDecoder(new());
        var packet = decoder.Add(input, isBinary);
        for (var i = 0; packet is null && i < Attachments.Length; i++)
            packet = decoder.Add(Attachments[i], isBinary: true);
        return packet ?? throw new InvalidOperationException("A packet waits for more attachments than may be.");
    }
}
