using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/parsers.md. Its parser serves a client here.</summary>
public sealed class ParserSnippets
{
    [Fact]
    public async Task The_pages_parser_serves_a_client()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("sum", (int[] n) => n.Sum()), options => options.Parser = new VeiledParser());
        await using var client = await host.OpenAsync();

        await client.SendAsync(VeiledParser.Veil("0"u8).ToArray());
        Assert.StartsWith("0{\"sid\":", await ReceiveAsync(client), StringComparison.Ordinal);
        await client.SendAsync(VeiledParser.Veil("27[\"sum\",[1,2]]"u8).ToArray());
        Assert.Equal("37[3]", await ReceiveAsync(client));
    }

    private static async Task<string> ReceiveAsync(WireClient client) =>
        System.Text.Encoding.UTF8.GetString(VeiledParser.Veil(Convert.FromHexString((await client.ReceiveAsync())["bin:".Length..])).Span);

    private static void MessagePack(WebApplicationBuilder builder)
    {
        builder.Services.AddSocketIO(options => options.Parser = new MessagePackPacketParser());
    }

    public sealed class VeiledParser : IPacketParser
    {
        private readonly JsonPacketParser _json = new();

        public string Name => "veiled";                                      // workers compare it when they meet

        public PacketBodyWriter CreateBody() => _json.CreateBody();          // how arguments are written …

        public PacketArguments Read(PacketType type, PacketBody body) => _json.Read(type, body);     // … and read

        public PacketBody Append(PacketBody body, string argument) => _json.Append(body, argument);

        public EncodedPacket Encode(PacketHeader header, PacketBody? body)
        {
            var packet = _json.Encode(header, body);
            return new(Veil(packet.Head.Span), IsText: false, packet.Attachments);
        }

        public IPacketDecoder CreateDecoder(PacketDecoderLimits limits) => new Decoder(_json.CreateDecoder(limits));

        public static ReadOnlyMemory<byte> Veil(ReadOnlySpan<byte> bytes)
        {
            var veiled = bytes.ToArray();
            for (var i = 0; i < veiled.Length; i++)
                veiled[i] ^= 0x5A;
            return veiled;
        }

        private sealed class Decoder(IPacketDecoder json) : IPacketDecoder
        {
            public bool IsPending => json.IsPending;

            public Packet? Add(ReadOnlyMemory<byte> message, bool isBinary) => json.IsPending
                ? json.Add(message, isBinary)                                // an attachment, as it is
                : isBinary
                    ? json.Add(Veil(message.Span), isBinary: false)
                    : throw new ProtocolException("not veiled") { Reason = "not-veiled" };
        }
    }
}
