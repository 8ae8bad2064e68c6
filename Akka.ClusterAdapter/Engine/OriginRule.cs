using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// Who may open a WebSocket: browsers do not apply CORS to them, so a foreign page could otherwise speak with the visitor's cookies. The endpoint's
/// CORS policy decides; without one, a foreign origin may connect but not bring cookies or an authorization along.
/// </summary>
internal static class OriginRule
{
    /// <summary>Whether the header consists of characters a header may have: TAB, space to ~, and everything beyond ASCII.</summary>
    public static bool IsLegal(string origin)
    {
        foreach (var c in origin)
            if (c is (< ' ' and not '\t') or '\x7F')
                return false;
        return true;
    }

    /// <summary>Whether a WebSocket handshake from this origin may go on.</summary>
    public static async ValueTask<bool> AllowsAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsSameHost(origin, context.Request.Host))
            return true;

        var hasCredentials = context.Request.Headers.ContainsKey(HeaderNames.Cookie) || context.Request.Headers.ContainsKey(HeaderNames.Authorization);
        var policy = await PolicyOfAsync(context).ConfigureAwait(false);
        if (policy is null)
            return !hasCredentials;

        var result = context.RequestServices.GetRequiredService<ICorsService>().EvaluatePolicy(context, policy);
        return result.IsOriginAllowed && (!hasCredentials || result.SupportsCredentials);
    }

    private static async ValueTask<CorsPolicy?> PolicyOfAsync(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>() switch
    {
        ICorsPolicyMetadata metadata => metadata.Policy,
        IEnableCorsAttribute named when context.RequestServices.GetService<ICorsPolicyProvider>() is { } provider =>
            await provider.GetPolicyAsync(context, named.PolicyName).ConfigureAwait(false),
        _ => null,
    };

    private static bool IsSameHost(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (string.Equals(uri.Authority, host.Value, StringComparison.OrdinalIgnoreCase)
            || (host.Port is { } port && port == uri.Port && string.Equals(uri.Host, host.Host, StringComparison.OrdinalIgnoreCase)));
}
