using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>
/// What the authorization middleware does when a policy does not let a request in, for endpoints of an engine; others keep the application's own way. Who
/// comes with nothing at all on a
/// WebSocket for a session that is there goes on (docs/decisions/0031); whoever else is refused is told so with 401 or 403, never redirected to a page.
/// </summary>
internal sealed partial class HandshakeAuthorization(IAuthorizationMiddlewareResultHandler inner, ILogger logger) : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded || context.GetEndpoint()?.Metadata.GetMetadata<EngineEndpoint>() is not { } endpoint)
            await inner.HandleAsync(next, context, policy, authorizeResult).ConfigureAwait(false);
        else if (authorizeResult.Challenged && endpoint.Engine.IsForKnownSession(context) && await BringsNothingAsync(context, policy).ConfigureAwait(false))
            await next(context).ConfigureAwait(false);
        else
            await RefuseAsync(next, context, policy, authorizeResult).ConfigureAwait(false);
    }

    /// <summary>An identity that has expired or was made up is not overlooked.</summary>
    private static async Task<bool> BringsNothingAsync(HttpContext context, AuthorizationPolicy policy)
    {
        IEnumerable<string?> schemes = policy.AuthenticationSchemes;
        if (policy.AuthenticationSchemes.Count == 0)
        {
            var all = context.RequestServices.GetRequiredService<IAuthenticationSchemeProvider>();
            if (await all.GetDefaultAuthenticateSchemeAsync().ConfigureAwait(false) is not { } scheme)
                return true;
            schemes = [scheme.Name];
        }

        foreach (var scheme in schemes)
        {
            if (!(await context.AuthenticateAsync(scheme).ConfigureAwait(false)).None)
                return false;
        }

        return true;
    }

    private async Task RefuseAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult result)
    {
        var response = context.Response;
        KeyValuePair<string, StringValues>[] before = [.. response.Headers];
        await inner.HandleAsync(next, context, policy, result).ConfigureAwait(false);
        if (response.HasStarted)
            return;

        // What the way to a login page would have needed is dropped too: a client that polls would otherwise collect a cookie with each answer.
        if (response.StatusCode is >= 300 and < 400)
        {
            response.Headers.Clear();
            foreach (var (name, value) in before)
                response.Headers[name] = value;
            response.StatusCode = result.Forbidden ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        }

        response.Headers.CacheControl = "no-store";
        Log.Refused(logger, context.Request.Path.ToString(), context.Connection.RemoteIpAddress, response.StatusCode);
    }

    private static partial class Log
    {
        [LoggerMessage(1031, LogLevel.Debug, "{Path}, asked by {Address}, was refused by the endpoint's authorization: {Status}. (Browsers put no header "
            + "on a WebSocket: a page with a bearer token begins with "
            + "polling, or sends the token in the query.)", EventName = "HandshakeUnauthorized")]
        public static partial void Refused(ILogger logger, string path, IPAddress? address, int status);
    }
}
