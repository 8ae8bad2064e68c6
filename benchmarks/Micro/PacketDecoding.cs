using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using BenchmarkDotNet.Attributes;

namespace Akka.ClusterAdapter.Micro;

/// <summary>A message of a client to a packet, and its first argument to a value.</summary>
public class PacketDecoding
{
    private IPacketDecoder _decoder = null!;
    private EncodedPacket _short;
    private EncodedPacket _long;
    private EncodedPacket _object;
    private EncodedPacket _binary;

    [Params("json", "msgpack")]
    public string Parser { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        var parser = Parsers.Named(Parser);
        _decoder = parser.CreateDecoder(new PacketDecoderLimits());
        _short = Encoded(parser, Payloads.Text(64));
        _long = Encoded(parser, Payloads.Text(1024));
        _object = Encoded(parser, Payloads.Item);
        _binary = Encoded(parser, Payloads.Bytes(1024));
    }

    [Benchmark(Description = "event with ack, text of 64 B")]
    public string? TextOf64() => Decode<string>(_short);

    [Benchmark(Description = "event with ack, text of 1 KB")]
    public string? TextOf1K() => Decode<string>(_long);

    [Benchmark(Description = "event with ack, object of five members, not converted")]
    public Packet? Object() => Decode(_object);

    [Benchmark(Description = "event with ack, binary of 1 KB")]
    public byte[]? Binary() => Decode<byte[]>(_binary);

    private static EncodedPacket Encoded(IPacketParser parser, object value) =>
        parser.Encode(new PacketHeader(PacketType.Event, "/", 12), EventBody.Create(parser, "news", [value]));

    private T? Decode<T>(in EncodedPacket packet) => Decode(packet)!.Arguments.Get<T>(0);

    private Packet? Decode(in EncodedPacket packet)
    {
        var decoded = _decoder.Add(packet.Head, !packet.IsText);
        foreach (var attachment in packet.Attachments)
            decoded = _decoder.Add(attachment, isBinary: true);
        return decoded;
    }
}
