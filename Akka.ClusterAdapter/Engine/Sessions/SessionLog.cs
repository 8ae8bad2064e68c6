using System.Net;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>What is logged of a session. Its id is a secret: only its beginning is shown.</summary>
internal static partial class SessionLog
{
    public static void Opened(EngineSocket session) => Log.Opened(LoggerOf(session), session.LogId, session.Request.RemoteAddress, session.TransportName);

    public static void Ended(EngineSocket session, CloseReason reason)
    {
        if (reason == CloseReason.PingTimeout)
            Log.PingTimeout(LoggerOf(session), session.LogId, session.Request.RemoteAddress, session.TransportName, session.Context.Server.Options.PingTimeout);
        else
            Log.Ended(LoggerOf(session), session.LogId, session.Request.RemoteAddress, session.TransportName, reason);
    }

    public static void Throttled(EngineSocket session, string reason, TimeSpan wait) =>
        Log.Throttled(LoggerOf(session), session.LogId, session.Request.RemoteAddress, reason, wait);

    /// <summary>A request of its client was answered 400 without another word.</summary>
    public static void Gone(EngineSocket session, string method) => Log.Gone(LoggerOf(session), method, session.LogId, session.Request.RemoteAddress);

    public static void HasUpgraded(EngineSocket session) => Log.HasUpgraded(LoggerOf(session), session.LogId, session.Request.RemoteAddress);

    public static void UpgradeFailed(EngineSocket session, string why) =>
        Log.UpgradeFailed(LoggerOf(session), session.LogId, session.Request.RemoteAddress, why);

    public static void QueueFull(EngineSocket session) => Log.QueueFull(LoggerOf(session), session.Request.RemoteAddress);

    public static void VolatileDropped(EngineSocket session) => Log.VolatileDropped(LoggerOf(session), session.LogId, session.Request.RemoteAddress);

    public static void Rejected(EngineSocket session, string offence)
    {
        var (logger, options, address) = (LoggerOf(session), session.Context.Server.Options, session.Request.RemoteAddress);
        if (offence == EngineRejections.MessageTooLarge)
            Log.TooLarge(logger, session.LogId, address, options.MaxPayload);
        else if (offence == EngineRejections.Inflated)
            Log.Inflated(logger, session.LogId, address, options.MaxInflation);
        else if (offence == EngineRejections.IncompleteBytes)
            Log.IncompleteBytes(logger, session.LogId, address, options.MaxIncompleteBytes);
        else
            Log.Rejected(logger, session.LogId, address, offence);
    }

    private static ILogger LoggerOf(EngineSocket session) => session.Context.Server.Logger;

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Warning, "The client at {Address} cannot keep up: its outbound queue is full, the session ends.")]
        public static partial void QueueFull(ILogger logger, IPAddress? address);

        [LoggerMessage(1102, LogLevel.Debug, "Session {Session} of {Address} begins, by {Transport}.", EventName = "SessionOpened")]
        public static partial void Opened(ILogger logger, string session, IPAddress? address, string transport);

        [LoggerMessage(1103, LogLevel.Debug, "Session {Session} of {Address} has ended, by {Transport}: {Reason}.", EventName = "SessionEnded")]
        public static partial void Ended(ILogger logger, string session, IPAddress? address, string transport, CloseReason reason);

        [LoggerMessage(1104, LogLevel.Debug,
            "Session {Session} of {Address} has ended, by {Transport}: its client has not answered a ping within {PingTimeout}.")]
        public static partial void PingTimeout(ILogger logger, string session, IPAddress? address, string transport, TimeSpan pingTimeout);

        [LoggerMessage(1105, LogLevel.Debug, "Session {Session} of {Address} was ended for what its client did: {Offence}.", EventName = "SessionRejected")]
        public static partial void Rejected(ILogger logger, string session, IPAddress? address, string offence);

        [LoggerMessage(1106, LogLevel.Warning, "Session {Session} of {Address} was ended: its client sent more than MaxPayload ({MaxPayload} bytes) in "
            + "one message. If it may, raise MaxPayload, or let it send large data in parts or by an upload of its own.", EventName = "MessageTooLarge")]
        public static partial void TooLarge(ILogger logger, string session, IPAddress? address, int maxPayload);

        [LoggerMessage(1107, LogLevel.Warning, "Session {Session} of {Address} was ended: a compressed message of its client would have become more than "
            + "{MaxInflation} times as large. If its data really compress so well, raise MaxInflation, or turn PerMessageDeflate off.",
            EventName = "MessageInflated")]
        public static partial void Inflated(ILogger logger, string session, IPAddress? address, int maxInflation);

        [LoggerMessage(1108, LogLevel.Warning, "Session {Session} of {Address} was ended: the incomplete messages of all clients hold more than "
            + "MaxIncompleteBytes ({MaxIncompleteBytes}), and its own began first. If so many clients send large messages slowly, raise "
            + "MaxIncompleteBytes.")]
        public static partial void IncompleteBytes(ILogger logger, string session, IPAddress? address, long maxIncompleteBytes);

        [LoggerMessage(1109, LogLevel.Debug,
            "Session {Session} of {Address} is read more slowly, for {Wait}: it has sent more than it may ({Reason}).",
            EventName = "SessionThrottled")]
        public static partial void Throttled(ILogger logger, string session, IPAddress? address, string reason, TimeSpan wait);

        [LoggerMessage(1110, LogLevel.Debug, "Session {Session} of {Address} has changed from polling to WebSocket.", EventName = "SessionUpgraded")]
        public static partial void HasUpgraded(ILogger logger, string session, IPAddress? address);

        [LoggerMessage(1111, LogLevel.Debug, "A WebSocket for session {Session} of {Address} did not become its transport: {Why}.")]
        public static partial void UpgradeFailed(ILogger logger, string session, IPAddress? address, string why);

        [LoggerMessage(1112, LogLevel.Debug, "A {Method} for session {Session} of {Address} was answered 400: the session has ended meanwhile, or "
            + "changed its transport.", EventName = "RequestOfEndedSession")]
        public static partial void Gone(ILogger logger, string method, string session, IPAddress? address);

        [LoggerMessage(1113, LogLevel.Debug, "A volatile message for session {Session} of {Address} was dropped: it could not leave at once.")]
        public static partial void VolatileDropped(ILogger logger, string session, IPAddress? address);
    }
}
