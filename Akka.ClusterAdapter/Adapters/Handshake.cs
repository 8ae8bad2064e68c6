using System.Text.Json;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>How a socket's connection began. The same on every worker that asks for it.</summary>
/// <remarks>
/// Its JSON begins with what clients have in common, most headers, and what only one has stands behind it: between workers a handshake is sent as what
/// differs from the one before it (docs/decisions/0010).
/// </remarks>
public sealed record Handshake
{
    private static readonly string[] OwnHeaders = ["authorization", "cookie", "sec-websocket-key"];

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

    /// <summary>What the client sent to this namespace as its auth payload: a JSON object, empty when it sent none.</summary>
    [JsonPropertyOrder(5)]
    public required JsonElement Auth { get; init; }

    /// <summary>As other workers get it.</summary>
    internal byte[] ToJson()
    {
        var ordered = this with { Headers = new OrderedDictionary<string, string>(Headers.OrderBy(static header => OwnHeaders.Contains(header.Key))) };
        return JsonSerializer.SerializeToUtf8Bytes(ordered, JsonSerializerOptions.Web);
    }
}
