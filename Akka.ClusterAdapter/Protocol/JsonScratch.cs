using System.Buffers;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>A JSON writer and its buffer, used again and again.</summary>
internal sealed class JsonScratch : IScratch
{
    private const int InitialBytes = 512;
    private const int MaxKeptBytes = 64 * 1024;

    public JsonScratch(JsonWriterOptions options)
    {
        Buffer = new ArrayBufferWriter<byte>(InitialBytes);
        Writer = new Utf8JsonWriter(Buffer, options);
    }

    public ArrayBufferWriter<byte> Buffer { get; }

    public Utf8JsonWriter Writer { get; }

    /// <inheritdoc/>
    public bool TryReset()
    {
        if (Buffer.Capacity > MaxKeptBytes)
            return false;
        Clear();
        return true;
    }

    /// <summary>Makes room for the next value.</summary>
    public void Clear()
    {
        Writer.Reset();
        Buffer.ResetWrittenCount();
    }
}
