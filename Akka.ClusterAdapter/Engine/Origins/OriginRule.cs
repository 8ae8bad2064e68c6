using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>What becomes of a WebSocket that would begin a session.</summary>
internal enum OriginVerdict
{
    Admitted,

    /// <summary>Admitted, but not with the credentials that its browser sent along.</summary>
    WithoutCredentials,

    Refused,
}

/// <summary>
/// Who may begin a session with a WebSocket. Browsers do not apply CORS to them, so a foreign page could otherwise speak with the visitor's cookies. A
/// WebSocket
/// that goes on with a session is not asked: it knows the session's id, and only a page that was allowed to read the answer to the handshake does
/// (docs/decisions/0030).
/// </summary>
internal static class OriginRule
{
    /// <summary>Whether the header consists of characters a header may have: TAB, space to ~, and everything beyond ASCII.</summary>
    public static bool IsLegal(string origin)
    {
        foreach (var c in origin)
            if (c is (< ' ' and not '\t') or '\x7F')
                return false;
        return true;
    }

    /// <summary>Judges a handshake, and says what decided.</summary>
    public static async ValueTask<(OriginVerdict Verdict, string Because)> JudgeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
            return (OriginVerdict.Admitted, "no browser");

        var again = context.Features.Get<HandshakeRetry>();
        var credentials = AmbientCredentials.Of(context);
        var atStake = credentials | (again?.AsItCame ?? AmbientCredentialKinds.None);
        if (PageOrigin.IsOwn(context.Request, origin, atStake))
            return (OriginVerdict.Admitted, "the application's own page");

        // A proxy that has made a header of the visitor's cookie, or a connection that remembers who it is: what cannot be taken away must not be used.
        var isDone = again is { IsDone: true };
        var isAuthenticated = AmbientCredentials.IsAuthenticated(context.User);
        if (isDone && isAuthenticated)
            return (OriginVerdict.Refused, "that is not this host, and the request is authenticated although its credentials were taken away");

        var hasCredentials = isAuthenticated || (isDone ? credentials : atStake) != AmbientCredentialKinds.None;
        if (await CorsWatch.DecideAsync(context).ConfigureAwait(false) is not { } cors)
            return hasCredentials
                ? (OriginVerdict.WithoutCredentials, "that is not this host, and no CORS policy applies to this endpoint")
                : (OriginVerdict.Admitted, "no credentials");
        if (!cors.IsAllowed)
            return (OriginVerdict.Refused, "that is not this host, and the CORS policy does not allow it");
        return hasCredentials && !cors.MayHaveCredentials
            ? (OriginVerdict.WithoutCredentials, CorsDecision.WithoutCredentials)
            : (OriginVerdict.Admitted, "the CORS policy allows it");
    }
}
