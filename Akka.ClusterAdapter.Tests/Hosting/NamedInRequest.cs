using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Believes a name in the cookie <c>user</c> or in <c>Authorization: User …</c>; the name <c>expired</c> is refused.</summary>
internal sealed class NamedInRequest(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var name = Request.Headers.Authorization.ToString().Split(' ') is ["User", var it] ? it : Request.Headers["X-Forwarded-User"].FirstOrDefault()
            ?? Request.Cookies["user"];
        if (name is null)
            return Task.FromResult(AuthenticateResult.NoResult());
        if (name == "expired")
            return Task.FromResult(AuthenticateResult.Fail("It has expired."));
        var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme.Name));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)));
    }
}
