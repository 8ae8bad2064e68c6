using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// A request as it came in, so that the pipeline can begin anew with it: what middleware made of its headers, address, path and user would otherwise count
/// twice.
/// </summary>
internal sealed class RequestSnapshot(HttpContext context)
{
    private readonly KeyValuePair<string, StringValues>[] _headers = [.. context.Request.Headers];
    private readonly (string Scheme, PathString PathBase, PathString Path, QueryString Query) _target =
        (context.Request.Scheme, context.Request.PathBase, context.Request.Path, context.Request.QueryString);
    private readonly (IPAddress? Address, int Port) _remote = (context.Connection.RemoteIpAddress, context.Connection.RemotePort);

    /// <summary>
    /// Puts everything back but cookies, <c>Authorization</c> and the client's certificate, and forgets who the user was. Services are those of a scope of its
    /// own, since authentication remembers its results in them.
    /// </summary>
    public void RestoreWithoutCredentials()
    {
        var request = context.Request;
        request.Headers.Clear();
        foreach (var (name, value) in _headers)
        {
            if (!name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase)
                && !name.Equals(HeaderNames.Authorization, StringComparison.OrdinalIgnoreCase))
                request.Headers[name] = value;
        }

        (request.Scheme, request.PathBase, request.Path, request.QueryString) = _target;
        (context.Connection.RemoteIpAddress, context.Connection.RemotePort) = _remote;
        context.Response.Clear();
        ForgetUser();
        context.SetEndpoint(null);
        request.RouteValues = [];
        context.Items = new Dictionary<object, object?>();
        context.Features.Set<IServiceProvidersFeature>(new RequestServicesFeature(context, context.RequestServices.GetRequiredService<IServiceScopeFactory>()));
    }

    private void ForgetUser()
    {
        if (context.Features.Get<ITlsConnectionFeature>() is not null)
            context.Features.Set<ITlsConnectionFeature>(new TlsConnectionFeature());
        context.Features.Set<IAuthenticateResultFeature>(null);
        context.Features.Set<IAuthenticationFeature>(null);
        context.Features.Set<IHttpAuthenticationFeature>(null);
        context.User = new ClaimsPrincipal(new ClaimsIdentity());
    }
}
