using System.Buffers;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Buffers of one conversion between CLR values and MessagePack.</summary>
internal sealed class MessagePackScratch(JsonWriterOptions options) : IScratch
{
    private const int MaxKeptBytes = 64 * 1024;
    private const int MaxKeptItems = 4 * 1024;

    /// <summary>JSON of one value.</summary>
    public JsonScratch Json { get; } = new(options);

    /// <summary>What stands beside that JSON.</summary>
    public List<Inclusion> Inclusions { get; } = [];

    /// <summary>MessagePack of all values so far.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new();

    public JsonToMessagePack Transcoder { get; } = new();

    /// <inheritdoc/>
    public bool TryReset()
    {
        Inclusions.Clear();
        Output.ResetWrittenCount();
        return Json.TryReset() && Output.Capacity <= MaxKeptBytes && Inclusions.Capacity <= MaxKeptItems && Transcoder.Capacity <= MaxKeptItems;
    }
}
