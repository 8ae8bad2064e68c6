using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using BenchmarkDotNet.Attributes;

namespace Akka.ClusterAdapter.Micro;

/// <summary>Arguments to bytes: once per cluster; a header in front of them: once per worker.</summary>
public class PacketEncoding
{
    private static readonly PacketHeader Header = new(PacketType.Event, "/");

    private readonly string _short = Payloads.Text(64);
    private readonly string _long = Payloads.Text(1024);
    private readonly byte[] _bytes = Payloads.Bytes(1024);
    private IPacketParser _parser = null!;
    private PacketBody _body = null!;

    [Params("json", "msgpack")]
    public string Parser { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _parser = Parsers.Named(Parser);
        _body = TextOf64();
    }

    [Benchmark(Description = "body: text of 64 B")]
    public PacketBody TextOf64() => EventBody.Create(_parser, "news", [_short]);

    [Benchmark(Description = "body: text of 1 KB")]
    public PacketBody TextOf1K() => EventBody.Create(_parser, "news", [_long]);

    [Benchmark(Description = "body: object of five members")]
    public PacketBody Object() => EventBody.Create(_parser, "news", [Payloads.Item]);

    [Benchmark(Description = "body: binary of 1 KB")]
    public PacketBody Binary() => EventBody.Create(_parser, "news", [_bytes]);

    [Benchmark(Description = "header + body: text of 64 B")]
    public EncodedPacket Encode() => _parser.Encode(Header, _body);
}
