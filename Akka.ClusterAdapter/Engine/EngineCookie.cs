using System.Globalization;
using System.Text;

using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The cookie that carries the session id, for balancers that stick by cookie. Only the answer to a polling handshake sets it: a client
/// that opens with a WebSocket gets none.
/// </summary>
public sealed record EngineCookie
{
    /// <summary>Name. Default <c>io</c>.</summary>
    public string Name { get; init; } = "io";

    /// <summary>Path; null leaves it out. Default <c>/</c>.</summary>
    public string? Path { get; init; } = "/";

    /// <summary>Hidden from scripts. Default true.</summary>
    public bool IsHttpOnly { get; init; } = true;

    /// <summary>Sent over TLS only. Default false.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether other sites' requests carry it; <see cref="SameSiteMode.Unspecified"/> leaves it out. Default <see cref="SameSiteMode.Lax"/>.</summary>
    public SameSiteMode SameSite { get; init; } = SameSiteMode.Lax;

    /// <summary>Domain; null (the default) leaves it out.</summary>
    public string? Domain { get; init; }

    /// <summary>Lifetime, in whole seconds on the wire; null (the default) makes it a session cookie.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Why browsers or the web server would not take it; null when they do.</summary>
    internal string? WhatIsWrong => this switch
    {
        { SameSite: SameSiteMode.None, IsSecure: false } => "A cookie with SameSite=None must be Secure, or browsers refuse it.",
        _ when string.IsNullOrEmpty(Name) || !Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') =>
            "The cookie's name may consist of letters, digits, '-', '_' and '.' only.",
        _ when !IsAttribute(Path) || !IsAttribute(Domain) => "The cookie's path and domain may have no ';' and only printable ASCII characters.",
        _ when MaxAge < TimeSpan.Zero => "The cookie's MaxAge must not be negative.",
        _ => null,
    };

    private static bool IsAttribute(string? value) => value is null || value.All(static c => c is >= ' ' and <= '~' and not ';');

    // io=<sid>; Path=/; HttpOnly; SameSite=Lax   (attribute order as the JavaScript server writes it)
    internal string HeaderFor(string sid)
    {
        var text = new StringBuilder(Name).Append('=').Append(sid);
        if (MaxAge is { } age)
            text.Append(CultureInfo.InvariantCulture, $"; Max-Age={(long)age.TotalSeconds}");
        if (Domain is not null)
            text.Append("; Domain=").Append(Domain);
        if (Path is not null)
            text.Append("; Path=").Append(Path);
        if (IsHttpOnly)
            text.Append("; HttpOnly");
        if (IsSecure)
            text.Append("; Secure");
        if (SameSite != SameSiteMode.Unspecified)
            text.Append("; SameSite=").Append(SameSite);
        return text.ToString();
    }
}
