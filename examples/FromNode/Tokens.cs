using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FromNode;

/// <summary>What a client sends to log in.</summary>
internal sealed record Credentials(string Username, string Password);

/// <summary>Signs the tokens of those who know their password.</summary>
internal sealed class Tokens(SecurityKey key)
{
    private const string Chat = "chat";

    /// <summary>What a token must be like to be accepted.</summary>
    public static TokenValidationParameters Validation(SecurityKey key) =>
        new() { ValidIssuer = Chat, ValidAudience = Chat, IssuerSigningKey = key, NameClaimType = JwtRegisteredClaimNames.Name };

    /// <summary>A token for an hour; null when the password is wrong. (A real application asks ASP.NET Core Identity here.)</summary>
    public string? For(Credentials credentials) => credentials is { Username: "ada", Password: "analytical engine" }
        ? new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Chat,
            Audience = Chat,
            Subject = new ClaimsIdentity([new Claim(JwtRegisteredClaimNames.Name, credentials.Username)]),
            Expires = TimeProvider.System.GetUtcNow().AddHours(1).UtcDateTime,
            SigningCredentials = new(key, SecurityAlgorithms.HmacSha256),
        })
        : null;
}
