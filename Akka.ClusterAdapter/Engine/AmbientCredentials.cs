using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What a browser sends along by itself, whatever page has asked.</summary>
[Flags]
internal enum AmbientCredentialKinds
{
    None = 0,
    Cookies = 1,

    /// <summary>An <c>Authorization</c> header or a client certificate. Unlike cookies they belong to one port.</summary>
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
}
