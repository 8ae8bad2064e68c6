using System.Buffers;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>A JSON writer and its buffer, used again and again.</summary>
internal sealed class JsonScratch
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

    /// <summary>Forgets everything, a value broken off in the middle included; false when it has grown too large to be kept.</summary>
    public bool TryReset()
    {
        if (Buffer.Capacity > MaxKeptBytes)
            return false;
        Writer.Reset();
        Buffer.ResetWrittenCount();
        return true;
    }
}

/// <summary>A few scratches, so that encoding does not allocate what it throws away. Thread-safe; never waits.</summary>
internal sealed class JsonScratchPool(JsonWriterOptions options)
{
    private readonly JsonScratch?[] _free = new JsonScratch?[2 * Environment.ProcessorCount];

    public JsonScratch Rent()
    {
        for (var i = 0; i < _free.Length; i++)
        {
            if (Volatile.Read(ref _free[i]) is not null && Interlocked.Exchange(ref _free[i], null) is { } scratch)
                return scratch;
        }

        return new JsonScratch(options);
    }

    public void Return(JsonScratch scratch)
    {
        if (!scratch.TryReset())
            return;
        for (var i = 0; i < _free.Length; i++)
        {
            if (Volatile.Read(ref _free[i]) is null && Interlocked.CompareExchange(ref _free[i], scratch, null) is null)
                return;
        }
    }
}
