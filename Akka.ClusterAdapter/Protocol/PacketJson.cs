using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>How CLR values become JSON in packets; the one contract of every parser.</summary>
internal static class PacketJson
{
    /// <summary>Depth at which bodies of our own making are read: they were bounded when they came in, and nesting one in another adds a little.</summary>
    public const int TrustedDepth = 1024;

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
