using System.Text.Json;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>How a socket's connection began. The same on every worker that asks for it.</summary>
public sealed record Handshake
{
    /// <summary>Headers of the first request, names in lower case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Query of the first request, <c>EIO</c> and <c>transport</c> included; values are strings.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Path and query of the first request.</summary>
    public required string Url { get; init; }

    /// <summary>The client's address; empty when unknown.</summary>
    public required string Address { get; init; }

    /// <summary>When the connection began.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The same in milliseconds since 1970, as clients of the original expect it.</summary>
    public long Issued => Time.ToUnixTimeMilliseconds();

    /// <summary>True over TLS.</summary>
    public required bool Secure { get; init; }

    /// <summary>True when the first request carried an <c>Origin</c>.</summary>
    public required bool Xdomain { get; init; }

    /// <summary>What the client sent to this namespace as its auth payload: a JSON object, empty when it sent none.</summary>
    public required JsonElement Auth { get; init; }
}
