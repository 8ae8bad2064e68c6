using System.Net;
using Akka.ClusterAdapter.Engine.Origins;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine;

/// <content>Pages that open WebSockets, and what may stand in for an authorization that a WebSocket cannot carry.</content>
public sealed partial class EngineServer
{
    /// <summary>
    /// Whether a request that its endpoint's authorization does not know may go on all the same: a WebSocket for a session that is there. That session was
    /// authorized at its
    /// handshake, its id is a secret, and a browser can put no header on a WebSocket. What another worker owns it judges itself.
    /// </summary>
    internal bool IsForKnownSession(HttpContext context)
    {
        var call = EngineCall.Of(context);
        if (!call.IsUpgrade || call.Transport != TransportNames.WebSocket || call.Sid.Length != SessionId.Length)
            return false;
        return Sessions.ContainsKey(call.Sid) || Others.OwnerOf(context, call.Sid) is not null;
    }

    /// <summary>Applies the rule for origins; the request may be left unanswered, to come again.</summary>
    private async ValueTask<EngineError?> CheckOriginAsync(HttpContext context)
    {
        var (verdict, because) = await OriginRule.JudgeAsync(context).ConfigureAwait(false);
        if (verdict == OriginVerdict.Admitted)
            return null;

        var request = context.Request;
        var (origin, address, host) = (request.Headers.Origin.ToString(), context.Connection.RemoteIpAddress, request.Headers.Host.ToString());
        if (verdict == OriginVerdict.WithoutCredentials && context.Features.Get<HandshakeRetry>() is { IsDone: false } again)
        {
            again.Ask();
            if (because == CorsDecision.WithoutCredentials)
                OriginLog.AsThePolicySays(Logger, origin, address);
            else
                OriginLog.CredentialsIgnored(Logger, origin, address, host, because);
            return null;
        }

        OriginLog.Refused(Logger, origin, address, host, because);
        return EngineError.ForeignOrigin(origin);
    }

    private static partial class OriginLog
    {
        [LoggerMessage(1021, LogLevel.Warning, "A WebSocket of a page of {Origin}, from {Address} to {Host}, was refused with 403: {Because}. "
            + "If it is a page of this application, let the proxy in front pass on the host that the browser asked for, as Host or X-Forwarded-Host (nginx: "
            + "proxy_set_header X-Forwarded-Host $http_host); "
            + "if it is another one that you trust, allow its origin in the CORS policy (RequireCors or UseCors), "
            + "with AllowCredentials if it may bring cookies.",
            EventName = "OriginRefused")]
        public static partial void Refused(ILogger logger, string origin, IPAddress? address, string host, string because);

        [LoggerMessage(1022, LogLevel.Warning, "A WebSocket of a page of {Origin}, from {Address} to {Host}, is served without its cookies and other "
            + "credentials, as one of somebody unknown: {Because}. "
            + "If it is a page of this application, let the proxy in front pass on the host that the browser asked for, as Host or X-Forwarded-Host (nginx: "
            + "proxy_set_header X-Forwarded-Host $http_host); "
            + "if it is another one that may bring cookies, allow its origin with a CORS policy that has AllowCredentials (RequireCors or UseCors).")]
        public static partial void CredentialsIgnored(ILogger logger, string origin, IPAddress? address, string host, string because);

        [LoggerMessage(1023, LogLevel.Debug, "A WebSocket of a page of {Origin}, from {Address}, is served without its cookies and other credentials: "
            + "the CORS policy allows that origin, but without AllowCredentials.", EventName = "CredentialsLeftOut")]
        public static partial void AsThePolicySays(ILogger logger, string origin, IPAddress? address);
    }
}
