using System.Buffers;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Protocol;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Every limit of a packet holds with every parser, over every transport.</summary>
public class LimitsOfEveryParserTests
{
    private static readonly PacketHeader Event = new(PacketType.Event, "/");

    /// <summary>A well-formed packet that only goes too far is dropped alone; one that nobody can place ends the connection (docs/decisions/0021).</summary>
    private static readonly Dictionary<string, (string Reason, bool Closes, Action<SocketIOOptions> Set)> Limits = new()
    {
        ["attachments"] = ("too-many-attachments", true, options => options.MaxAttachments = 3),
        ["depth"] = ("too-deep", false, options => options.MaxDepth = 5),
        ["event name"] = ("event-name-too-long", false, options => options.MaxEventNameLength = 10),
        ["namespace"] = ("namespace-too-long", true, options => options.MaxNamespaceLength = 10),
        ["ack id"] = ("ack-id-out-of-range", true, options => options.MaxPayload = 1_000_000),
    };

    public static TheoryData<string, string, string> Matrix()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var limit in Limits.Keys)
        {
            foreach (var parser in new[] { "json", "msgpack" })
            {
                cases.Add(limit, parser, "websocket");
                cases.Add(limit, parser, "polling");
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task One_too_many_is_refused_and_one_less_is_not(string limit, string parserName, string transport)
    {
        var parser = Create(parserName);
        var (reason, closes, set) = Limits[limit];
        await using var server = await HostileServer.StartAsync(options =>
        {
            options.Parser = parser;
            set(options);
        });
        var heard = new TaskCompletionSource();
        server.Server.OnConnection(socket => socket.On("after", () =>
        {
            heard.TrySetResult();
            return default(ValueTask);
        }));
        await using var client = await ConnectAsync(server, parser, transport);

        await client.SendAsync(Packet(parser, limit, isOver: false));
        await client.SendAsync(Packet(parser, "nothing", isOver: false));
        Assert.Equal(1, server.Server.Engine.SessionCount);
        Assert.DoesNotContain("rejected." + reason, server.Server.Counters.Keys);
        await client.SendAsync(Packet(parser, limit, isOver: true));

        await Eventually.TrueAsync(() => server.Server.Counters.GetValueOrDefault("rejected." + reason) == 1, reason);
        if (closes)
        {
            await client.EndAsync();
            await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0);
            return;
        }

        await client.SendAsync(parser.Encode(Event, parser.Body("after")));
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, server.Server.Engine.SessionCount);
    }

    [Theory]
    [InlineData("json", "websocket")]
    [InlineData("json", "polling")]
    [InlineData("msgpack", "websocket")]
    [InlineData("msgpack", "polling")]
    public async Task A_payload_that_is_too_large_ends_the_session(string parserName, string transport)
    {
        var parser = Create(parserName);
        await using var server = await HostileServer.StartAsync(options => (options.Parser, options.MaxPayload) = (parser, 2_000));
        await using var client = await ConnectAsync(server, parser, transport);

        await client.SendAsync(parser.Encode(Event, parser.Body("a", new string('x', 1_000))));
        await client.SendAsync(Packet(parser, "nothing", isOver: false));
        Assert.Equal(1, server.Server.Engine.SessionCount);
        await client.SendAsync(parser.Encode(Event, parser.Body("a", new string('x', 3_000))));

        await client.EndAsync();
        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0);
    }

    [Fact]
    public void Half_a_million_empty_binaries_are_refused_before_anything_is_made_of_them()
    {
        var parser = new MessagePackPacketParser();
        var message = Dense(parser, 490_000, [0xC4, 0x00]);
        var decoder = parser.Decoder();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refused = Assert.Throws<ProtocolException>(() => decoder.Add(message, isBinary: true));

        Assert.Equal("too-many-attachments", refused.Reason);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    // What a byte that came may cost while it is read and converted, with the buffers of the thread pool that are made for it the first time.
    [Theory]
    [InlineData("json", "[],")]
    [InlineData("json", "{},")]
    [InlineData("json", "1,")]
    [InlineData("json", "\"\",")]
    [InlineData("json", "\"\\u0000\\n\",")]
    [InlineData("json", "1e300,")]
    [InlineData("msgpack", "C0")]
    [InlineData("msgpack", "90")]
    [InlineData("msgpack", "80")]
    [InlineData("msgpack", "01")]
    [InlineData("msgpack", "A0")]
    [InlineData("msgpack", "A100")]
    [InlineData("msgpack", "D40000")]
    [InlineData("msgpack", "81A0C0")]
    public void Dense_packets_cost_memory_in_proportion(string parserName, string element)
    {
        const int Size = 300_000;
        var parser = Create(parserName);
        var message = parser is JsonPacketParser
            ? Wire.Utf8($"2[\"a\",[{string.Concat(Enumerable.Repeat(element, Size / element.Length))}0]]")
            : Dense(parser, Size / (element.Length / 2), Convert.FromHexString(element));
        var decoder = parser.Decoder();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var packet = decoder.Add(message, isBinary: parser is not JsonPacketParser)!;
        var decoded = GC.GetAllocatedBytesForCurrentThread() - before;
        packet.Arguments.Get<System.Text.Json.JsonElement>(0);

        Assert.InRange(decoded, 0, 3 * message.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * message.Length);
    }

    private static IPacketParser Create(string name) => name == "json" ? new JsonPacketParser() : new MessagePackPacketParser();

    /// <summary>An event with one array of the same element again and again.</summary>
    private static byte[] Dense(IPacketParser parser, int count, byte[] element)
    {
        var empty = parser.Encode(Event, parser.Body("a", Array.Empty<int>())).Head.ToArray();
        var at = empty.AsSpan().IndexOf((byte)0x90);
        var message = new ArrayBufferWriter<byte>();
        message.Write(empty.AsSpan(0, at));
        message.Write<byte>([0xDD, (byte)(count >> 24), (byte)(count >> 16), (byte)(count >> 8), (byte)count]);
        for (var i = 0; i < count; i++)
            message.Write(element);
        message.Write(empty.AsSpan(at + 1));
        return message.WrittenSpan.ToArray();
    }

    private static EncodedPacket Packet(IPacketParser parser, string limit, bool isOver) => limit switch
    {
        "attachments" => Binaries(parser, isOver ? 4 : 3),
        "depth" => parser.Encode(Event, parser.Body("a", Nested(isOver ? 5 : 4))),
        "event name" => parser.Encode(Event, parser.Body(new string('n', isOver ? 11 : 10))),
        "namespace" => parser.Encode(new PacketHeader(PacketType.Connect, "/" + new string('n', isOver ? 10 : 9)), null),
        "ack id" => parser.Encode(Event with { Id = isOver ? 1L << 53 : (1L << 53) - 1 }, parser.Body("nobody")),
        _ => parser.Encode(Event, parser.Body("nobody")),
    };

    private static EncodedPacket Binaries(IPacketParser parser, int count) =>
        parser.Encode(Event, parser.Body(["a", .. Enumerable.Range(0, count).Select(i => new byte[] { (byte)i })]));

    private static object[] Nested(int depth) => depth == 1 ? [] : [Nested(depth - 1)];

    private static async Task<ISender> ConnectAsync(HostileServer server, IPacketParser parser, string transport)
    {
        ISender client = transport == "polling" ? await PollingSender.OpenAsync(server) : await WebSocketSender.OpenAsync(server);
        await client.SendAsync(parser.Encode(new PacketHeader(PacketType.Connect, "/"), null));
        await Eventually.TrueAsync(() => server.Server.Of("/").Sockets.Count == 1);
        return client;
    }

    private interface ISender : IAsyncDisposable
    {
        Task SendAsync(EncodedPacket packet);

        /// <summary>Waits for the server's end.</summary>
        Task EndAsync();
    }

    private sealed class WebSocketSender(Tests.Server.WireClient client) : ISender
    {
        public static async Task<ISender> OpenAsync(HostileServer server) => new WebSocketSender(await server.Host.OpenAsync());

        public async Task SendAsync(EncodedPacket packet)
        {
            await (packet.IsText ? client.SendAsync("4" + Wire.Text(packet)) : client.SendAsync(packet.Head.ToArray()));
            foreach (var attachment in packet.Attachments)
                await client.SendAsync(attachment.ToArray());
        }

        public async Task EndAsync()
        {
            while (await client.ReceiveAsync() != "closed")
            {
            }
        }

        public ValueTask DisposeAsync() => client.DisposeAsync();
    }

    private sealed class PollingSender(HttpClient http, PollingPeer peer) : ISender
    {
        public static async Task<ISender> OpenAsync(HostileServer server)
        {
            var http = new HttpClient { BaseAddress = server.Uri };
            return new PollingSender(http, await PollingPeer.OpenAsync(http));
        }

        public Task SendAsync(EncodedPacket packet)
        {
            string[] parts =
            [
                packet.IsText ? "4" + Wire.Text(packet) : "b" + Convert.ToBase64String(packet.Head.Span),
                .. packet.Attachments.Select(a => "b" + Convert.ToBase64String(a.Span)),
            ];
            return peer.PostAsync(string.Join('\x1e', parts));
        }

        // The close packet waits for a poll, behind what was queued before.
        public async Task EndAsync()
        {
            var isOpen = true;
            for (var polls = 0; isOpen && polls < 10; polls++)
            {
                using var answer = await http.GetAsync(new Uri(peer.Path, UriKind.Relative));
                isOpen = answer.IsSuccessStatusCode;
            }
        }

        public ValueTask DisposeAsync()
        {
            http.Dispose();
            return default;
        }
    }
}
