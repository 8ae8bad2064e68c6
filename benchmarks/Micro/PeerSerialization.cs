using System.Collections.Immutable;
using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using BenchmarkDotNet.Attributes;

namespace Akka.ClusterAdapter.Micro;

/// <summary>Messages between workers to bytes and back.</summary>
public class PeerSerialization
{
    private static readonly byte[] Details = Encoding.UTF8.GetBytes(
        """{"address":"127.0.0.1","secure":false,"xdomain":false,"url":"/socket.io/?EIO=4&transport=websocket","headers":{},"query":{"EIO":"4"},"auth":{}}""");

    private readonly BroadcastOptions _options = new() { Rooms = ["lobby"] };
    private PacketBody _body = null!;
    private byte[] _broadcast = [];
    private byte[] _sockets = [];
    private ImmutableArray<SocketDetails> _details;

    [Params(64, 1024, 16_384)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _body = EventBody.Create(new JsonPacketParser(), "news", [Payloads.Text(Size)]);
        _broadcast = EncodeBroadcast();
        _details =
        [
            .. Enumerable.Range(0, Size / 64).Select(i => new SocketDetails($"socket-{i:D14}", "", [$"socket-{i:D14}", "lobby"], Details, "{}"u8.ToArray())),
        ];
        _sockets = EncodeSockets();
    }

    [Benchmark(Description = "broadcast, encode (body of Size bytes)")]
    public byte[] EncodeBroadcast()
    {
        var message = new Broadcast("/", _options, _body);
        message.Stamp(origin: 1, sequence: 2);
        return message.Encode();
    }

    [Benchmark(Description = "broadcast, decode (body of Size bytes)")]
    public object DecodeBroadcast() => PeerMessageSerializer.Read(_broadcast, Broadcast.Kind);

    [Benchmark(Description = "answer of fetchSockets, encode (Size ÷ 64 sockets)")]
    public byte[] EncodeSockets() => new SocketsPart(1, 2, 0, 1, _details).Encode();

    [Benchmark(Description = "answer of fetchSockets, decode (Size ÷ 64 sockets)")]
    public object DecodeSockets() => PeerMessageSerializer.Read(_sockets, SocketsPart.Kind);
}
