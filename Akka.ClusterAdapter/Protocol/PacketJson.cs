using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>How CLR values become JSON in packets; the one contract of every parser.</summary>
internal static class PacketJson
{
    // Nesting received arguments in others adds a little to what clients may send.
    private const int TrustedDepth = 1024;

    /// <summary>For bodies made by our own workers: what they hold was bounded when it was received or written.</summary>
    public static readonly PacketDecoderLimits Trusted =
        new() { MaxDepth = TrustedDepth, MaxEventNameLength = int.MaxValue / 8 };

    /// <summary>A frozen copy of the caller's options, or the web defaults, that knows binary values.</summary>
    public static JsonSerializerOptions CreateOptions(JsonSerializerOptions? source)
    {
        var options = source is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(source);
        options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

        // First: "byte[] is binary" is a promise of the packet, not a matter of taste.
        options.Converters.Insert(0, new PacketArgumentConverter());
        options.Converters.Insert(0, new ArraySegmentConverter());
        options.Converters.Insert(0, new MemoryConverter());
        options.Converters.Insert(0, new ReadOnlyMemoryConverter());
        options.Converters.Insert(0, new ByteArrayConverter());
        if (!options.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals))
            AddFiniteNumbers(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Options of the writers that belong to such serializer options. Never indented.</summary>
    public static JsonWriterOptions WriterOptions(JsonSerializerOptions options) =>
        new() { Encoder = options.Encoder, MaxDepth = 2 * TrustedDepth };

    // Last: a caller's own converter for numbers wins.
    private static void AddFiniteNumbers(JsonSerializerOptions options)
    {
        options.Converters.Add(new FiniteNumberConverter<double>(JsonMetadataServices.DoubleConverter));
        options.Converters.Add(new FiniteNumberConverter<float>(JsonMetadataServices.SingleConverter));
        options.Converters.Add(new FiniteNumberConverter<Half>(JsonMetadataServices.HalfConverter));
    }
}
