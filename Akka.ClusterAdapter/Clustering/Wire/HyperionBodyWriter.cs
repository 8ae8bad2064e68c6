using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>Collects arguments as CLR values; each is written on its own.</summary>
internal sealed class HyperionBodyWriter(HyperionFormat format) : PacketBodyWriter
{
    private List<ReadOnlyMemory<byte>>? _values = [];

    private List<ReadOnlyMemory<byte>> Values => _values ?? throw new InvalidOperationException("The body is complete or was given up.");

    public override void Write<T>(T value) => Values.Add(value switch
    {
        null => default,
        PacketArgument { Source: HyperionArguments source } passedOn => source.Raw(passedOn.Index),
        PacketArgument => throw new NotSupportedException("A client's argument is no CLR value: convert it with Get first."),
        _ => format.Encode(value),
    });

    public override PacketBody Complete()
    {
        var body = HyperionFormat.Seal(Values);
        _values = null;
        return body;
    }

    public override void Abandon() => _values = null;
}
