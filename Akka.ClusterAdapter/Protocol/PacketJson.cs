using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
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
        new() { MaxDepth = TrustedDepth, MaxEventNameLength = int.MaxValue / 8, MaxAttachments = int.MaxValue };

    /// <summary>Those of a parser that was given none.</summary>
    public static JsonSerializerOptions Default => field ??= CreateOptions(null);

    /// <summary>The JSON format of server-side events, with the options of the clients' parser; another format is used as it is.</summary>
    public static IArgumentFormat ServerSide(IArgumentFormat format, IPacketParser parser) =>
        format is not JsonPacketParser ? format : parser as JsonPacketParser ?? new JsonPacketParser(parser.JsonOptions);

    /// <summary>A frozen copy of the caller's options, or the web defaults, that knows binary values.</summary>
    public static JsonSerializerOptions CreateOptions(JsonSerializerOptions? source)
    {
        var options = source is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(source);
        options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

        // First: "byte[] is binary" is a promise of the packet, not a matter of taste.
        AddUntyped(options);
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

    private static void AddUntyped(JsonSerializerOptions options)
    {
        options.Converters.Insert(0, new ElementConverter());
        options.Converters.Insert(0, new DocumentConverter());
        options.Converters.Insert(0, new NodeConverter<JsonNode>());
        options.Converters.Insert(0, new NodeConverter<JsonObject>());
        options.Converters.Insert(0, new NodeConverter<JsonArray>());
        options.Converters.Insert(0, new NodeConverter<JsonValue>());

        options.TypeInfoResolver = Resolver(options.TypeInfoResolver).WithAddedModifier(KeepExtensionData);
    }

    // Named, not the serializer's default: in an application that is published trimmed that one knows no type at all. A caller's own may know
    // the application's types only; ours and those of the runtime's core are added.
    private static IJsonTypeInfoResolver Resolver(IJsonTypeInfoResolver? own) =>
        own is null ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine(own, new OwnTypesResolver());

    // The serializer makes and fills a JsonObject of extension data with its own converter and no other.
    private static void KeepExtensionData(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (!property.IsExtensionData || property.PropertyType != typeof(JsonObject))
                continue;
            property.CustomConverter = JsonMetadataServices.JsonObjectConverter;
            if (property is { Get: { } get, Set: { } set })
                type.OnDeserializing += value => set(value, get(value) ?? new JsonObject());
        }
    }

    // Last: a caller's own converter for numbers wins.
    private static void AddFiniteNumbers(JsonSerializerOptions options)
    {
        options.Converters.Add(new FiniteNumberConverter<double>(JsonMetadataServices.DoubleConverter));
        options.Converters.Add(new FiniteNumberConverter<float>(JsonMetadataServices.SingleConverter));
        options.Converters.Add(new FiniteNumberConverter<Half>(JsonMetadataServices.HalfConverter));
    }
}
