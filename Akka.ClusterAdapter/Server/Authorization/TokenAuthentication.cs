using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>What a token said.</summary>
/// <param name="User">The user; null when the token is not accepted.</param>
/// <param name="Expires">When it ends; null when it does not say.</param>
internal sealed record TokenUser(ClaimsPrincipal? User, DateTimeOffset? Expires);

/// <summary>
/// Authenticates the token of a client's auth payload with a scheme of the application, as if it were a request's <c>Authorization: Bearer</c>: a browser
/// cannot set headers on a WebSocket (docs/decisions/0074).
/// </summary>
internal sealed partial class TokenAuthentication
{
    private readonly string _scheme;
    private readonly SocketIOServer _server;
    private readonly IServiceScopeFactory _scopes;

    /// <exception cref="InvalidOperationException">There is no such scheme.</exception>
    public TokenAuthentication(SocketIOServer server, string scheme)
    {
        (_server, _scheme) = (server, scheme);
        var schemes = server.Services?.GetService(typeof(IAuthenticationSchemeProvider)) as IAuthenticationSchemeProvider;
        if (schemes is null || schemes.GetSchemeAsync(scheme).GetAwaiter().GetResult() is null)
            throw new InvalidOperationException($"SocketIOOptions.TokenScheme is \"{scheme}\", which the application has not: "
                + "call builder.Services.AddAuthentication() and add the scheme, such as AddJwtBearer().");
        _scopes = server.Services!.GetRequiredService<IServiceScopeFactory>();
    }

    /// <summary>The token of a CONNECT; null when it has none.</summary>
    public static string? TokenOf(Handshake handshake) =>
        handshake.Auth is { ValueKind: JsonValueKind.Object } auth && auth.TryGetProperty("token", out var token)
            ? token.ValueKind switch
            {
                JsonValueKind.String => token.GetString(),
                JsonValueKind.Null => null,
                _ => "", // there is one, and it is none that anybody accepts
            }
            : null;

    /// <summary>Asks the scheme.</summary>
    public async ValueTask<TokenUser> AuthenticateAsync(string token, Handshake handshake)
    {
        var scope = _scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var request = RequestWith(token, handshake, scope.ServiceProvider);
            AuthenticateResult result;
            try
            {
                result = await scope.ServiceProvider.GetRequiredService<IAuthenticationService>().AuthenticateAsync(request, _scheme).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                result = AuthenticateResult.Fail(e);
                _server.Guard.Fail("token", e);
            }

            if (result is { Succeeded: true, Principal: { } user })
                return new(user, result.Properties?.ExpiresUtc);
            Log.NotAccepted(_server.Logger, _scheme, handshake.Address, result.Failure?.Message ?? "the scheme found no token");
            return new(null, null);
        }
    }

    private DefaultHttpContext RequestWith(string token, Handshake handshake, IServiceProvider services)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        foreach (var (name, value) in handshake.Headers)
            context.Request.Headers[name] = value;
        context.Request.Headers.Authorization = "Bearer " + token;
        (context.Request.Method, context.Request.Scheme, context.Request.Path) = ("GET", handshake.Secure ? "https" : "http", _server.Options.Path);
        if (IPAddress.TryParse(handshake.Address, out var address))
            context.Connection.RemoteIpAddress = address;
        return context;
    }

    private static partial class Log
    {
        [LoggerMessage(2081, LogLevel.Debug,
            "The scheme {Scheme} does not accept the token of a client at {Address}: {Reason}",
            EventName = "TokenNotAccepted")]
        public static partial void NotAccepted(ILogger logger, string scheme, string address, string reason);
    }
}
