using System.Collections.Immutable;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Arguments that are still JSON, each at its place in the bytes of the packet.</summary>
internal sealed class JsonPacketArguments : PacketArguments
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = int.MaxValue };
    private static readonly JsonPacketArguments None = new(new JsonPacketParser(), ReadOnlyMemory<byte>.Empty, [], new PayloadLayout());

    private readonly JsonPacketParser _parser;
    private readonly ReadOnlyMemory<byte> _data;
    private readonly ArgumentRanges _ranges;
    private PacketBody? _body;

    private JsonPacketArguments(
        JsonPacketParser parser, ReadOnlyMemory<byte> data, ImmutableArray<ReadOnlyMemory<byte>> attachments, in PayloadLayout layout)
    {
        _parser = parser;
        _data = data;
        _ranges = layout.Arguments;
        Attachments = attachments;
        EventName = layout.EventName;
    }

    public override string EventName { get; }

    public override int Count => _ranges.Count;

    public override PacketBody Body => _body ??= new PacketBody(_data, Attachments);

    /// <summary>Attachments of the whole packet.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>Arguments at their places in validated bytes that will not change.</summary>
    public static JsonPacketArguments Create(
        JsonPacketParser parser, ReadOnlyMemory<byte> data, ImmutableArray<ReadOnlyMemory<byte>> attachments, in PayloadLayout layout) =>
        data.IsEmpty && layout.Refusal is null ? None : new JsonPacketArguments(parser, data, attachments, layout);

    /// <summary>The same for a body that exists.</summary>
    public static JsonPacketArguments Create(JsonPacketParser parser, PacketBody body, in PayloadLayout layout)
    {
        var arguments = Create(parser, body.Data, body.Attachments, layout);
        if (arguments != None)
            arguments._body = body;
        return arguments;
    }

    /// <summary>JSON text of one argument.</summary>
    public ReadOnlySpan<byte> Raw(int index)
    {
        var range = _ranges.Get(index);
        return _data.Span.Slice(range.Start, range.Length);
    }

    public override bool IsNull(int index) => Raw(index)[0] == (byte)'n';

    public override T? Get<T>(int index)
        where T : default
    {
        var raw = Raw(index);
        if (typeof(T) == typeof(PacketArgument))
            return (T)(object)new PacketArgument(this, index);

        if (UntypedJson.NeedsResolving(raw, Attachments) && _parser.Untyped.Has(typeof(T)))
            return Convert<T>(UntypedJson.Resolve(raw, Attachments).Span, null);
        return Convert<T>(raw, BinarySource.Of(Attachments));
    }

    private T? Convert<T>(ReadOnlySpan<byte> json, BinarySource? source)
    {
        var previous = BinaryAttachments.ReplaceSource(source);
        try
        {
            var reader = new Utf8JsonReader(json, ReaderOptions);
            return JsonSerializer.Deserialize<T>(ref reader, _parser.Options);
        }
        finally
        {
            BinaryAttachments.RestoreSource(previous);
        }
    }
}
