using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>What a browser sends along by itself, whatever page has asked.</summary>
[Flags]
internal enum AmbientCredentialKinds
{
    None = 0,
    Cookies = 1,

    /// <summary>
    /// An <c>Authorization</c> header, a client certificate, or a user whom the web server itself knows. Unlike cookies they belong to one port.
    /// </summary>
    OfThePort = 2,
}

internal static class AmbientCredentials
{
    public static AmbientCredentialKinds Of(HttpContext context)
    {
        var headers = context.Request.Headers;
        var kinds = headers.ContainsKey(HeaderNames.Cookie) ? AmbientCredentialKinds.Cookies : AmbientCredentialKinds.None;
        var isOfThePort = headers.ContainsKey(HeaderNames.Authorization) || context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not null;
        return isOfThePort ? kinds | AmbientCredentialKinds.OfThePort : kinds;
    }

    /// <summary>
    /// Of a request that the application's pipeline has not seen yet: who is known now is so by the web server (Windows authentication of IIS and HTTP.sys).
    /// </summary>
    public static AmbientCredentialKinds AsItCame(HttpContext context)
    {
        var isKnown = context.Features.Get<IHttpAuthenticationFeature>()?.User is { } user && IsAuthenticated(user);
        return isKnown ? Of(context) | AmbientCredentialKinds.OfThePort : Of(context);
    }

    /// <summary>Whether the application takes the request for somebody's, by whatever it goes.</summary>
    public static bool IsAuthenticated(ClaimsPrincipal user) => user.Identities.Any(identity => identity.IsAuthenticated);
}
