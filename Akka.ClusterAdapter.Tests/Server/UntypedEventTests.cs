using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Tests.Protocol;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Handlers without types of their own give back what they got, bytes included.</summary>
public class UntypedEventTests
{
    private static readonly PacketHeader Event = new(PacketType.Event, "/");

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public async Task What_a_handler_gives_back_is_what_came(string parserName)
    {
        IPacketParser parser = parserName == "json" ? new JsonPacketParser() : new MessagePackPacketParser();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("JsonElement", (JsonElement value) => new ValueTask<JsonElement>(value));
                socket.On("object", (object value) => new ValueTask<object>(value));
                socket.On("JsonNode", (JsonNode value) => new ValueTask<JsonNode>(value));
                socket.On("Dictionary", (Dictionary<string, object> value) => new ValueTask<Dictionary<string, object>>(value));
                socket.On("beside own bytes", (JsonElement value) => socket.EmitAsync("pair", new byte[] { 9, 9, 9 }, value));
                socket.On("asked back", async () => await socket.EmitWithAckAsync<JsonElement>("give", []));
            }),
            options => options.Parser = parser);
        await using var client = await host.OpenAsync();
        await SendAsync(client, parser.Encode(new PacketHeader(PacketType.Connect, "/"), null));
        await ReceiveAsync(client, parser);

        foreach (var name in new[] { "JsonElement", "object", "JsonNode", "Dictionary" })
        {
            await SendAsync(client, parser.Encode(Event with { Id = 7 }, parser.Body(name, Value())));
            AssertSame((await ReceiveAsync(client, parser)).Arguments, 0);
        }

        await SendAsync(client, parser.Encode(Event, parser.Body("beside own bytes", Value())));
        AssertSame((await ReceiveAsync(client, parser)).Arguments, 1);
        await SendAsync(client, parser.Encode(Event with { Id = 8 }, parser.Body("asked back")));
        var asked = await ReceiveAsync(client, parser);
        await SendAsync(client, parser.Encode(new PacketHeader(PacketType.Ack, "/", asked.Header.Id), parser.Body(Value())));
        AssertSame((await ReceiveAsync(client, parser)).Arguments, 0);
    }

    private static object Value() => new { name = "x", data = new byte[] { 1, 2, 3 }, list = new object[] { 1, new byte[] { 4 } } };

    private static void AssertSame(PacketArguments arguments, int index)
    {
        var value = arguments.Get<Dto>(index)!;
        Assert.Equal("x", value.Name);
        Assert.Equal([1, 2, 3], value.Data.ToArray());
        Assert.Equal([4], value.List[1].GetBytesFromBase64());
    }

    private static async Task SendAsync(WireClient client, EncodedPacket packet)
    {
        await (packet.IsText ? client.SendAsync("4" + Wire.Text(packet)) : client.SendAsync(packet.Head.ToArray()));
        foreach (var attachment in packet.Attachments)
            await client.SendAsync(attachment.ToArray());
    }

    private static async Task<Packet> ReceiveAsync(WireClient client, IPacketParser parser)
    {
        var decoder = parser.Decoder();
        while (true)
        {
            var frame = await client.ReceiveAsync();
            var isBinary = frame.StartsWith("bin:", StringComparison.Ordinal);
            if (decoder.Add(isBinary ? Convert.FromHexString(frame.AsSpan(4)) : Wire.Utf8(frame[1..]), isBinary) is { } packet)
                return packet;
        }
    }

    public sealed record Dto(string Name, ReadOnlyMemory<byte> Data, List<JsonElement> List);
}
