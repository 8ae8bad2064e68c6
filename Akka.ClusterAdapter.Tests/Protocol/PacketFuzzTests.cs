using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

/// <summary>Damaged packets, the same ones on every run.</summary>
public class PacketFuzzTests
{
    private const int Mutations = 20_000;

    [Fact]
    public void Damaged_json_packet_is_refused_or_can_be_sent_on()
    {
        var parser = new JsonPacketParser();
        byte[][] seeds =
        [
            .. new[]
            {
                "0/admin,{\"token\":\"123\",\"n\":[1,2.5e3,null]}", "1/admin,", "3/admin,13[\"bar\",{\"x\":[true,false]}]",
                "2/chat,12[\"news\",{\"a\":\"\\ud83d\\ude00\\n\",\"b\":[[],{}]},-1.5E-7,\"é\"]", "4{\"message\":\"no\"}",
                "51-[\"bin\",{\"_placeholder\":true,\"num\":0},[{\"num\":0,\"_placeholder\":true}]]",
                "62-/a,15[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
            }.Select(Wire.Utf8),
        ];

        var accepted = Run(parser, seeds, isBinary: false);

        Assert.InRange(accepted, Mutations / 50, Mutations - 1);
    }

    [Fact]
    public void Damaged_msgpack_packet_is_refused_or_can_be_sent_on()
    {
        var parser = new MessagePackPacketParser();
        byte[][] seeds =
        [
            parser.Event("news", new { a = "é😀", b = new object?[] { 1, -1.5, null, new byte[] { 1, 2 } } }, long.MaxValue).Head.ToArray(),
            parser.Encode(new PacketHeader(PacketType.Ack, "/admin", 13), parser.Body(true, "x")).Head.ToArray(),
            parser.Encode(new PacketHeader(PacketType.Connect, "/admin"), parser.Body(new { token = "123" })).Head.ToArray(),
            Convert.FromHexString("83a47479706502a46461746193a362696ec40301020382a5696e6e6572c702000405a36f6e65c7010006a36e7370a12f"),
            Convert.FromHexString("83a47479706502a46461746193a464617465d7000000018bcfe5687bd700ffffffffffffffffa36e7370a12f"),
        ];

        var accepted = Run(parser, seeds, isBinary: true);

        Assert.InRange(accepted, Mutations / 50, Mutations - 1);
    }

    private static int Run(IPacketParser parser, byte[][] seeds, bool isBinary)
    {
        var random = new Random(20_240_607);
        var accepted = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = Mutation.Of(seeds[random.Next(seeds.Length)], random, "[]{}\",:-0195e\\u d"u8);
            try
            {
                if (Decode(parser, bytes, isBinary) is not { } packet)
                    continue;
                if (packet.Refusal is not null)
                    continue;
                accepted++;
                AssertCanBeSentOn(parser, packet);
            }
            catch (ProtocolException)
            {
                // the one permitted answer
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{Convert.ToHexString(bytes)} ({Wire.Text(bytes)}): {e}");
            }
        }

        return accepted;
    }

    private static Packet? Decode(IPacketParser parser, byte[] bytes, bool isBinary)
    {
        var decoder = parser.Decoder();
        var packet = decoder.Add(bytes, isBinary);
        for (byte n = 0; packet is null; n++)
            packet = decoder.Add(new[] { n }, isBinary: true);
        return packet;
    }

    private static void AssertCanBeSentOn(IPacketParser parser, Packet packet)
    {
        try
        {
            var again = parser.Decode(parser.Encode(packet.Header, packet.Arguments.Body));
            Assert.Equal(packet.Header, again.Header);
            Assert.Equal(packet.Arguments.EventName, again.Arguments.EventName);
            Assert.Equal(packet.Arguments.Count, again.Arguments.Count);

            AssertArgumentsCanBeSentOn(parser, packet.Arguments, again.Arguments);
        }
        catch (ProtocolException e)
        {
            Assert.Fail($"Accepted, then refused: {Wire.Text(packet.Arguments.Body.Data)}: {e}");
        }
    }

    private static void AssertArgumentsCanBeSentOn(IPacketParser parser, PacketArguments first, PacketArguments second)
    {
        var elements = parser.CreateBody();
        var arguments = parser.CreateBody();
        for (var i = 0; i < first.Count; i++)
        {
            var element = first.Get<JsonElement>(i);
            Assert.Equal(element.GetRawText(), second.Get<JsonElement>(i).GetRawText());
            elements.Write(element);
            arguments.Write(new PacketArgument(second, i));
        }

        Assert.Equal(first.Count, parser.Read(PacketType.Ack, elements.Complete()).Count);
        Assert.Equal(first.Count, parser.Read(PacketType.Ack, arguments.Complete()).Count);
    }
}
