using Akka.ClusterAdapter.Engine;
using BenchmarkDotNet.Attributes;

namespace Akka.ClusterAdapter.Micro;

/// <summary>A message as a WebSocket frame, made once per worker and sent to every client there.</summary>
public class FrameBuilding
{
    private byte[] _text = [];
    private ReadOnlyMemory<byte>[] _attachment = [];

    [Params(64, 1024, 16_384)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _text = Payloads.Bytes(Size);
        _attachment = [Payloads.Bytes(Size)];
    }

    [Benchmark(Description = "text")]
    public EngineMessage Text() => EngineMessage.Text(_text);

    [Benchmark(Description = "short text and one attachment")]
    public EngineMessage Attachment() => EngineMessage.Text(_text.AsSpan(0, 50), _attachment);
}
