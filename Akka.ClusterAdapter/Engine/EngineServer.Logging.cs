using System.Net;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;


namespace Akka.ClusterAdapter.Engine;

/// <content>What is logged of requests that are not admitted.</content>
public sealed partial class EngineServer
{
    private void LogRefused(HttpContext context, in EngineCall call, EngineError error)
    {
        var address = context.Connection.RemoteIpAddress;
        if (error.Reason == EngineError.ProtocolVersion)
            Log.OldClient(Logger, address, call.Revision.Length > 0 ? call.Revision : "none");
        else if (Logger.IsEnabled(LogLevel.Debug))
            Log.Refused(Logger, call.Method, call.Transport, address, error.Reason, error.Code, DetailsOf(error));
    }

    private static string DetailsOf(EngineError error) =>
        string.Join(", ", error.Details.Where(detail => detail.Value.Length > 0)
            .Select(detail => $"{detail.Key} {(detail.Key == "sid" ? SessionId.Short(detail.Value) : detail.Value)}"));

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Error, "AllowRequest failed; the request is refused.")]
        public static partial void AllowRequestFailed(ILogger logger, Exception exception);

        [LoggerMessage(1002, LogLevel.Debug,
            "A {Method} request ({Transport}) from {Address} was refused: {Reason}, code {Code} ({Details}).",
            EventName = "RequestRefused")]
        public static partial void Refused(ILogger logger, string method, string transport, IPAddress? address, string reason, int code, string details);

        [LoggerMessage(1003, LogLevel.Warning, "A client at {Address} speaks Engine.IO revision {Revision}, as Socket.IO 2 does (EIO=3); this server "
            + "speaks 4. Update the client library to Socket.IO 3 or later.")]
        public static partial void OldClient(ILogger logger, IPAddress? address, string revision);

        [LoggerMessage(1004, LogLevel.Debug, "A handshake ({Transport}) from {Address} was answered {Status}: {Reason}.", EventName = "HandshakePostponed")]
        public static partial void Postponed(ILogger logger, string transport, IPAddress? address, int status, string reason);

        [LoggerMessage(1005, LogLevel.Debug, "A {Method} request from {Address} for session {Session} was answered 400: only GET and POST are known.")]
        public static partial void UnknownMethod(ILogger logger, string method, IPAddress? address, string session);
    }
}
