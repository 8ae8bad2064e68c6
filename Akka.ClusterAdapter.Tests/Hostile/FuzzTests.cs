using System.Net.Sockets;
using System.Text;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Socket = Akka.ClusterAdapter.Server.Socket;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>
/// Damaged requests, bodies, frames and packets against a living server, the same ones on every run: whatever they are, it is unharmed afterwards.
/// </summary>
public class FuzzTests
{
    private const int AtOnce = 4;
    private const int Rounds = 250;

    // {type:2,nsp:"/",id:1,data:["echo",{a:[1,-1.5,null,true,<bin>,<date>]},"é"]}
    private const string MessagePackEvent =
        "84a47479706502a36e7370a12fa2696401a46461746193a46563686f81a1619601cbbff8000000000000c0c3c4020102d7000000018bcfe5687ba2c3a9";
    private const string MessagePackConnect = "82a47479706500a36e7370a12f";

    private static readonly string[] Packets =
    [
        "40/custom,{\"token\":[1,{}]}", "41", "41/custom,", "42[\"echo\",1,\"é\",{\"a\":[null,true]}]", "4212[\"message-with-ack\",{\"x\":\"\\ud83d\\ude00\"}]",
        "42/custom,7[\"echo\",-1.5e-7]", "430[\"x\"]", "43/custom,999[]", "44{\"message\":\"x\"}", "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "4611-15[{\"_placeholder\":true,\"num\":1}]", "3", "6", "2probe", "5", "1", "bAQID", "0{\"sid\":\"x\"}",
    ];

    [Fact]
    public async Task Requests()
    {
        await RunAsync(async (server, random) =>
        {
            var session = random.Next(2) == 0 ? (await PollingPeer.ConnectAsync(server.Http)).Sid : "AAAAAAAAAAAAAAAAAAAA";
            var seed = random.Next(6) switch
            {
                0 => $"GET /socket.io/?EIO=4&transport=polling&sid={session} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example\r\n"
                    + "Accept-Encoding: gzip;q=0.5, *\r\nCookie: io=1\r\n\r\n",
                1 => $"POST /socket.io/?EIO=4&transport=polling&sid={session} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                    + "Content-Length: 13\r\n\r\n42[\"echo\",10]",
                2 => $"POST /socket.io/?EIO=4&transport=polling&sid={session} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n42\r\n"
                    + "b;x=y\r\n[\"echo\",10]\r\n0\r\n\r\n",
                3 => RawSocket.Upgrade(
                    $"EIO=4&transport=websocket&sid={session}",
                    "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n"),
                4 => RawSocket.Upgrade("EIO=4&transport=websocket", "Origin: http://localhost\r\n"),
                _ => "GET /socket.io/?EIO=4&transport=polling&t=%41&x=%zz&a+b=%C3%A9 HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\n\r\n",
            };
            await SayAsync(server, Mutation.Of(Encoding.Latin1.GetBytes(seed), random, "%&=?/:;,\r\n\0\u007f 0159"u8));
        });
    }

    [Fact]
    public async Task Polling_bodies()
    {
        await RunAsync(async (server, random) =>
        {
            var client = await PollingPeer.ConnectAsync(server.Http);
            var payload = string.Join('\u001e', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Packets[random.Next(Packets.Length)]));
            await client.PostAsync(Mutation.Of(Encoding.UTF8.GetBytes(payload), random, "0123456b\u001e[]{}\",:-e\\u/="u8));

            // Gone already, or not: nobody waits for the heartbeat to find out.
            await client.PostAsync("1");
        });
    }

    [Fact]
    public async Task Frames()
    {
        await RunAsync(async (server, random) =>
        {
            var bytes = Encoding.Latin1.GetBytes(RawSocket.Upgrade("EIO=4&transport=websocket"))
                .Concat(Engine.WireClient.Frame(0x81, "40"u8.ToArray()))
                .Concat(Mutation.Of(SomeFrames(random), random, [0x00, 0x01, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xFE, 0xFF]));
            await SayAsync(server, [.. bytes]);
        });
    }

    [Fact]
    public async Task Packets_over_WebSockets()
    {
        await RunAsync(async (server, random) =>
        {
            using var client = await RawSocket.ConnectAsync(server.Uri);
            for (var count = random.Next(1, 6); count > 0; count--)
            {
                var packet = Mutation.Of(Encoding.UTF8.GetBytes(Packets[random.Next(Packets.Length)]), random, "0123456b[]{}\",:-e\\u/"u8);
                if (!await TrySendAsync(client, (byte)(random.Next(8) == 0 ? 0x82 : 0x81), packet))
                    break;
            }

            await EndAsync(client);
        });
    }

    [Fact]
    public async Task MessagePack_packets()
    {
        await RunAsync(
            async (server, random) =>
            {
                using var client = await RawSocket.OpenAsync(server.Uri);
                await client.SendPacketAsync("bin:" + MessagePackConnect);
                for (var count = random.Next(1, 6); count > 0; count--)
                {
                    var packet = Mutation.Of(
                        Convert.FromHexString(random.Next(8) == 0 ? MessagePackConnect : MessagePackEvent),
                        random, [0xC0, 0xC1, 0xC4, 0xC7, 0xD4, 0xD6, 0xDC, 0xDF, 0x80, 0x90, 0xA0]);
                    if (!await TrySendAsync(client, 0x82, packet))
                        break;
                }

                await EndAsync(client);
            },
            options => options.Parser = new MessagePackPacketParser());
    }

    private static async Task RunAsync(Func<HostileServer, Random, Task> round, Action<SocketIOOptions>? configure = null)
    {
        var server = await HostileServer.StartAsync(options =>
        {
            configure?.Invoke(options);

            // A handshake whose answer nobody reads leaves a session for the heartbeat.
            (options.PingInterval, options.PingTimeout) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        });
        var isOver = false;
        foreach (var ns in new[] { "/", "/custom" })
            server.Server.Of(ns).OnConnection(socket => socket.OnAny(e => Volatile.Read(ref isOver) ? default : SendOnAsync(socket, e)));

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async seed =>
        {
            var random = new Random(20_261_124 + seed);
            for (var i = 0; i < Rounds; i++)
                await round(server, random);
        }));

        Volatile.Write(ref isOver, true);
        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0, "sessions back at none");
        await Eventually.TrueAsync(() => server.Server.Engine.Lingering.IsEmpty, "no connection lingers");
        if (configure is null)
            await server.AssertUnharmedAsync();
        Assert.DoesNotContain(
            server.Host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
        await server.DisposeAsync();
    }

    /// <summary>Whatever was let in can be converted, sent on and broadcast.</summary>
    private static async ValueTask SendOnAsync(Socket socket, EventContext e)
    {
        for (var i = 0; i < e.Count; i++)
            e.Get<System.Text.Json.JsonElement>(i);
        await socket.EmitArgsAsync("copy", [e.Name, .. e.Args]);
        await socket.Namespace.Volatile.EmitArgsAsync("copy", e.Args);
        await e.AckAsync(e.Args);
    }

    private static byte[] SomeFrames(Random random)
    {
        List<byte> frames = [];
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            frames.AddRange(random.Next(5) switch
            {
                0 => [.. Engine.WireClient.Frame(0x01, "42[\"ec"u8.ToArray()), .. Engine.WireClient.Frame(0x80, "ho\",1]"u8.ToArray())],
                1 => Engine.WireClient.Frame(0x82, [1, 2, 3]),
                2 => Engine.WireClient.Frame(0x89, "ping"u8.ToArray()),
                3 => Engine.WireClient.Frame(0x88, [3, 0xE8, .. "bye"u8]),
                _ => Engine.WireClient.Frame(0x81, Encoding.UTF8.GetBytes(Packets[random.Next(Packets.Length)])),
            });
        }

        return [.. frames];
    }

    /// <summary>Sends bytes, says that this was all, and reads to the end of the connection.</summary>
    private static async Task SayAsync(HostileServer server, byte[] bytes)
    {
        using var client = await RawSocket.DialAsync(server.Uri);
        try
        {
            await client.SendAsync(bytes);
        }
        catch (IOException)
        {
            return;
        }

        await EndAsync(client);
    }

    private static async Task<bool> TrySendAsync(RawSocket client, byte first, byte[] payload)
    {
        try
        {
            await client.SendFrameAsync(first, payload);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task EndAsync(RawSocket client)
    {
        try
        {
            client.EndInput();
        }
        catch (SocketException)
        {
            // The server was faster.
        }

        await client.ReadToEndAsync();
    }
}
