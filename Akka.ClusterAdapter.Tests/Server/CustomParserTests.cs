using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A parser of one's own: everything the server sends and takes goes through it.</summary>
public class CustomParserTests
{
    private const byte Key = 0x5A;

    [Fact]
    public async Task Packets_are_what_the_parser_makes_of_them()
    {
        await using var host = await StartAsync();
        await using var client = await host.OpenAsync();

        await SendAsync(client, "0{\"token\":1}");
        Assert.StartsWith("0{\"sid\":", await ReceiveAsync(client), StringComparison.Ordinal);
        await SendAsync(client, "27[\"sum\",[1,2]]");
        Assert.Equal("37[3]", await ReceiveAsync(client));
        await host.Server.EmitAsync("news", "x");

        Assert.Equal("2[\"news\",\"x\"]", await ReceiveAsync(client));
    }

    [Fact]
    public async Task What_it_refuses_closes_the_connection_and_is_counted_under_its_reason()
    {
        await using var host = await StartAsync();
        await using var client = await host.OpenAsync();
        await SendAsync(client, "0");
        await ReceiveAsync(client);

        await client.SendAsync("42[\"in the clear\"]");

        await client.ExpectAsync("closed");
        Assert.Equal(1, host.Server.Counters["rejected.in-the-clear"]);
    }

    private static Task<SocketIOTestHost> StartAsync() => SocketIOTestHost.StartAsync(
        io => io.OnConnection(socket => socket.On("sum", async (int[] n) => n.Sum())),
        options => options.Parser = new VeiledParser());

    private static Task SendAsync(WireClient client, string packet) => client.SendAsync(Veil(Wire(packet)));

    private static async Task<string> ReceiveAsync(WireClient client)
    {
        var frame = await client.ReceiveAsync();
        Assert.StartsWith("bin:", frame, StringComparison.Ordinal);
        return System.Text.Encoding.UTF8.GetString(Veil(Convert.FromHexString(frame[4..])));
    }

    private static byte[] Wire(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] Veil(ReadOnlySpan<byte> bytes)
    {
        var veiled = bytes.ToArray();
        for (var i = 0; i < veiled.Length; i++)
            veiled[i] ^= Key;
        return veiled;
    }

    /// <summary>JSON that cannot be read at a glance, as binary messages.</summary>
    private sealed class VeiledParser : IPacketParser
    {
        private readonly JsonPacketParser _json = new();

        public string Name => "veiled";

        public PacketBodyWriter CreateBody() => _json.CreateBody();

        public PacketArguments Read(PacketType type, PacketBody body) => _json.Read(type, body);

        public PacketBody Append(PacketBody body, string argument) => _json.Append(body, argument);

        public EncodedPacket Encode(PacketHeader header, PacketBody? body) => new(Veil(_json.Encode(header, body).Head.Span), IsText: false, []);

        public IPacketDecoder CreateDecoder(PacketDecoderLimits limits) => new Decoder(_json.CreateDecoder(limits));

        private sealed class Decoder(IPacketDecoder json) : IPacketDecoder
        {
            public bool IsPending => json.IsPending;

            public Packet? Add(ReadOnlyMemory<byte> message, bool isBinary) => isBinary
                ? json.Add(Veil(message.Span), isBinary: false)
                : throw new ProtocolException("not veiled") { Reason = "in-the-clear" };
        }
    }
}
