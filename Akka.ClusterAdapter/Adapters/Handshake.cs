using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Server;

/// <summary>How a socket's connection began. The same on every worker that asks for it.</summary>
/// <remarks>
/// Its JSON begins with what clients have in common, most headers, and what only one has stands behind it: between workers a handshake is sent as what
/// differs from the one before it (docs/decisions/0010).
/// </remarks>
public sealed partial record Handshake
{
    // What crosses between workers, for each socket: an asker of thousands gets no more than that from each.
    private const int LargestAuth = 4_096;
    private const int Largest = 16_384;
    private const int LongestValue = 256;

    private static readonly string[] OwnHeaders = ["authorization", "cookie", "sec-websocket-key"];
    private static readonly byte[] NoAuth = "{}"u8.ToArray();
    private static readonly Dictionary<string, string> None = [];

    // Between workers, whatever the options of the application: as deep as a client may send.
    private static readonly JsonSerializerOptions Web =
        new(JsonSerializerDefaults.Web) { MaxDepth = 1_024, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly byte[] _auth = NoAuth;

    /// <summary>Headers of the first request, names in lower case.</summary>
    [JsonPropertyOrder(2)]
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Query of the first request, <c>EIO</c> and <c>transport</c> included; values are strings.</summary>
    [JsonPropertyOrder(7)]
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Path and query of the first request.</summary>
    [JsonPropertyOrder(8)]
    public required string Url { get; init; }

    /// <summary>The client's address; empty when unknown.</summary>
    [JsonPropertyOrder(6)]
    public required string Address { get; init; }

    /// <summary>When the connection began.</summary>
    [JsonPropertyOrder(4)]
    public required DateTimeOffset Time { get; init; }

    /// <summary>The same in milliseconds since 1970, as clients of the original expect it.</summary>
    [JsonPropertyOrder(3)]
    public long Issued => Time.ToUnixTimeMilliseconds();

    /// <summary>True over TLS.</summary>
    [JsonPropertyOrder(0)]
    public required bool Secure { get; init; }

    /// <summary>True when the first request carried an <c>Origin</c>.</summary>
    [JsonPropertyOrder(1)]
    public required bool Xdomain { get; init; }

    /// <summary>
    /// What the client sent to this namespace as its auth payload: a JSON object, empty when it sent none. Kept as the text it came as and parsed by
    /// each access: keep what is needed again and again.
    /// </summary>
    [JsonPropertyOrder(5)]
    public required JsonElement Auth
    {
        get
        {
            var reader = new Utf8JsonReader(_auth, new JsonReaderOptions { MaxDepth = int.MaxValue });
            return JsonElement.ParseValue(ref reader);
        }
        init => _auth = value.ValueKind == JsonValueKind.Undefined ? NoAuth : JsonMarshal.GetRawUtf8Value(value).ToArray();
    }

    /// <summary>
    /// What <see cref="EngineOptions.OnHandshake"/> kept of the first request: the same for all namespaces of the connection, and never another connection's.
    /// It stays on the worker that has the socket: empty at a <see cref="RemoteSocket"/>.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, object?> Items { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>Bytes of the auth payload.</summary>
    internal int AuthBytes => _auth.Length;

    /// <summary>As other workers get it, without what is too long for that.</summary>
    internal byte[] ToJson()
    {
        var crossing = this with { Headers = new OrderedDictionary<string, string>(Headers.OrderBy(static header => OwnHeaders.Contains(header.Key))) };
        if (AuthBytes > LargestAuth)
            crossing = crossing with { Auth = default };
        if (crossing.Serialize() is { Length: <= Largest } whole)
            return whole;
        crossing = crossing with { Headers = Short(Headers), Query = Short(Query), Url = Url.Length > LongestValue ? Url[..LongestValue] : Url };
        return crossing.Serialize() is { Length: <= Largest } most ? most : (crossing with { Headers = None, Query = None }).Serialize();
    }

    /// <summary>What another worker wrote.</summary>
    internal static Handshake Of(ReadOnlySpan<byte> json, JsonSerializerOptions? options = null) =>
        JsonSerializer.Deserialize<Handshake>(json, Web)! with { Json = options };

    private static Dictionary<string, string> Short(IReadOnlyDictionary<string, string> values) =>
        new(values.Where(static value => value.Key.Length + value.Value.Length <= LongestValue));

    private byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, Web);
}
