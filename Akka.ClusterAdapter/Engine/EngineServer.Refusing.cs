using System.Net;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine;

/// <content>New sessions that are not let in, and those that give way to them.</content>
public sealed partial class EngineServer
{
    /// <summary>Nobody gets a session here now.</summary>
    private void Postpone(HttpContext context, in EngineCall call, string reason)
    {
        Postpone(context, call, StatusCodes.Status503ServiceUnavailable, reason);
        BusyMark.Put(context);
    }

    private void Postpone(HttpContext context, in EngineCall call, int status, string reason)
    {
        Metrics.Refused(reason);
        Metrics.Handshake(call.Transport, Handshakes.Postponed);
        Log.Postponed(Logger, call.Transport, context.Connection.RemoteIpAddress, status, reason);
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = "1";
    }

    private void Refuse(HttpContext context, in EngineCall call, in AdmissionResult admission)
    {
        if (admission.IsOfAddress)
        {
            Log.AddressRefused(Logger, context.Connection.RemoteIpAddress, admission.Limit);
            Postpone(context, call, StatusCodes.Status429TooManyRequests, admission.Reason);
        }
        else
        {
            Log.Full(Logger, admission.Limit);
            Postpone(context, call, admission.Reason);
        }
    }

    /// <summary>Ends the session that had a place which another one has got.</summary>
    private void GiveWay(Place place, string limit)
    {
        Log.GaveWay(Logger, place.Address, limit);
        Guard.Run("giving way", static session => session?.Closing.Reject(EngineRejections.Unconnected, CloseReason.ForcedClose), place.Session);
    }

    private static partial class Log
    {
        [LoggerMessage(1011, LogLevel.Warning, "A handshake from {Address} was refused: its address has used up {Limit}. If that is the address of a "
            + "proxy, let UseForwardedHeaders find the clients' own.")]
        public static partial void AddressRefused(ILogger logger, IPAddress? address, string limit);

        [LoggerMessage(1012, LogLevel.Warning, "A handshake was refused: this worker has reached {Limit}.", EventName = "WorkerFull")]
        public static partial void Full(ILogger logger, string limit);

        [LoggerMessage(1013, LogLevel.Warning, "A connection from {Address} that has joined no namespace gave its place to another client: this worker "
            + "has reached {Limit}. If that is the address of a proxy, let UseForwardedHeaders find the clients' own.", EventName = "ConnectionGaveWay")]
        public static partial void GaveWay(ILogger logger, IPAddress? address, string limit);
    }
}
