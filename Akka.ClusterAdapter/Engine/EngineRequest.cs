using System.Collections.ObjectModel;
using System.Net;
using System.Security.Claims;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What is kept of a session's first HTTP request: a snapshot that outlives the request.</summary>
public sealed class EngineRequest
{
    /// <summary>Headers, names in lower case; several values of one header are joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Query parameters, <c>EIO</c> and <c>transport</c> included; names are case-sensitive, of several with one name the last.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Path and query as requested.</summary>
    public required string Url { get; init; }

    /// <summary>The peer's address as ASP.NET Core knows it (forwarded-headers middleware counts).</summary>
    public required IPAddress? RemoteAddress { get; init; }

    /// <summary>True over TLS.</summary>
    public required bool IsSecure { get; init; }

    /// <summary>The authenticated user, or an anonymous principal.</summary>
    public required ClaimsPrincipal User { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What <see cref="EngineOptions.OnHandshake"/> kept; of this process only.</summary>
    public IReadOnlyDictionary<string, object?> Items { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    internal static EngineRequest Of(HttpContext context, DateTimeOffset now, IReadOnlyDictionary<string, object?>? items = null)
    {
        var request = context.Request;
        var url = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return new()
        {
            Headers = request.Headers.ToDictionary(static header => header.Key.ToLowerInvariant(), static header => string.Join(", ", header.Value.ToArray())),
            Query = EngineQuery.Parse(request.QueryString),
            Url = string.IsNullOrEmpty(url) ? string.Concat(request.PathBase, request.Path, request.QueryString) : url,
            RemoteAddress = context.Connection.RemoteIpAddress,
            IsSecure = request.IsHttps,
            User = context.User,
            Time = now,
            Items = items ?? ReadOnlyDictionary<string, object?>.Empty,
        };
    }
}
