using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>
/// Whether a page is the application's own. The browser's word counts first. Otherwise the page's name is compared with the one the browser asked for, which
/// a proxy in front may
/// have moved to a forwarded header; no page can make a browser send such a header with a WebSocket, so for this question it counts whoever sent it.
/// </summary>
internal static class PageOrigin
{
    /// <summary>Whether the origin is that of the request itself.</summary>
    /// <param name="request">A WebSocket's handshake.</param>
    /// <param name="origin">Its <c>Origin</c>.</param>
    /// <param name="credentials">What is at stake.</param>
    public static bool IsOwn(HttpRequest request, string origin, AmbientCredentialKinds credentials)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is "same-origin" or "cross-site")
            return site == "same-origin";
        // A browser writes international names as "xn--…"; Uri.IdnHost throws for some that are neither that nor a name.
        if (!Ascii.IsValid(origin) || !Uri.TryCreate(origin, UriKind.Absolute, out var page)
            || (page.Scheme != Uri.UriSchemeHttp && page.Scheme != Uri.UriSchemeHttps) || IsLessSafe(page, request))
            return false;

        // As it was sent, not Request.Host: that throws when an international name is none ("xn--x"), and gives it in Unicode, unlike Uri.IdnHost.
        // Cookies do not tell ports apart: what is on another port of this host has them anyway. So a port that a proxy lost does no harm.
        var portCounts = credentials.HasFlag(AmbientCredentialKinds.OfThePort);
        return IsSame(page, new(request.Headers.Host.ToString()), portCounts)
            || IsSame(page, First(request.Headers["X-Forwarded-Host"]), portCounts)
            || IsSame(page, new(Parameter(request.Headers["Forwarded"], "host=")), portCounts);
    }

    /// <summary>A page without TLS, which others on its network can change, is not the same as what came over TLS.</summary>
    private static bool IsLessSafe(Uri page, HttpRequest request)
    {
        if (page.Scheme != Uri.UriSchemeHttp)
            return false;
        var scheme = First(request.Headers["X-Forwarded-Proto"]).Value;
        return IsSafe(string.IsNullOrEmpty(scheme) ? request.Scheme : scheme) || IsSafe(Parameter(request.Headers["Forwarded"], "proto="));
    }

    private static bool IsSafe(string? scheme) =>
        "https".Equals(scheme, StringComparison.OrdinalIgnoreCase) || "wss".Equals(scheme, StringComparison.OrdinalIgnoreCase);

    private static bool IsSame(Uri page, HostString host, bool portCounts) =>
        host.HasValue
        && string.Equals(page.IdnHost, Unbracketed(host.Host), StringComparison.OrdinalIgnoreCase)
        && (!portCounts || (host.Port is { } port ? port == page.Port : page.IsDefaultPort));

    // Uri.IdnHost has no brackets around an IPv6 address.
    private static string Unbracketed(string host) => host.Trim('[', ']');

    /// <summary>The first is the one next to the browser.</summary>
    private static HostString First(StringValues header) => new(header.ToString().Split(',')[0].Trim());

    // Forwarded: for=192.0.2.60;proto=https;host="chat.example:8443"  RFC 7239
    private static string Parameter(StringValues forwarded, string name)
    {
        foreach (var pair in forwarded.ToString().Split(',')[0].Split(';'))
        {
            if (pair.Trim() is var text && text.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return text[name.Length..].Trim('"');
        }

        return "";
    }
}
