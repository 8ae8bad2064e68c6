using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Server.Authorization;

/// <summary>
/// A scheme whose tokens are a name, perhaps a role, and perhaps how long they are good: <c>ann</c>, <c>eve admin</c>, <c>ann user 60</c> (seconds).
/// </summary>
internal sealed class NamedTokens(IOptionsMonitor<NamedTokens.Settings> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<NamedTokens.Settings>(options, loggers, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (header == "Bearer throw")
            throw new InvalidOperationException("thrown by the scheme");
        var parts = header["Bearer ".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts[0] == "bad")
            return Task.FromResult(AuthenticateResult.Fail("bad token"));
        Claim[] claims = [new(ClaimTypes.Name, parts[0]), .. parts.Skip(1).Take(1).Select(role => new Claim(ClaimTypes.Role, role))];
        var properties = new AuthenticationProperties
        {
            ExpiresUtc = parts.Length > 2 ? TimeProvider.GetUtcNow() + TimeSpan.FromSeconds(double.Parse(parts[2], CultureInfo.InvariantCulture)) : null,
        };
        return Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme.Name)), properties, Scheme.Name)));
    }

    public sealed class Settings : AuthenticationSchemeOptions;
}
