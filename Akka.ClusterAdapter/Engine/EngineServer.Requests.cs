using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Origins;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Akka.ClusterAdapter.Engine;

/// <content>Who is admitted, in the order the clients' tests expect.</content>
public sealed partial class EngineServer
{
    private const string Revision = "4";

    /// <summary>Answers one request under the server's path: a poll, a POST, or a WebSocket for as long as it lives.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        context.Response.Headers.CacheControl = "no-store";
        using var direct = Options.DirectWrites ? DirectWriting.Begin(context) : default;
        var call = EngineCall.Of(context);
        if (call.Sid.Length == 0)
            call = call with { Arrived = Clock.Time.GetUtcNow() };
        if (call.IsUpgrade)
            KeptConnection.BecomeWebSocket(context);
        else
            LetConnectionGo(context);
        var isTrusted = context.Features.Get<ForwardedFeature>() is { IsTrusted: true };
        if (isTrusted)
            Metrics.Forwarded("received");
        if (isTrusted && HttpMethods.IsDelete(call.Method))
        {
            LeavingMark.Answer(context, Sessions.GetValueOrDefault(call.Sid));
            return;
        }

        var error = Check(context, call, out var session);
        var owner = error is { Code: EngineError.UnknownSession } ? Others.OwnerOf(context, call.Sid) : null;
        if (owner is not null)
            error = null;

        // The owner trusts this worker with the checks that need no session.
        if (error is null && call.IsUpgrade)
            error = await CheckUpgradeAsync(context, call, isTrusted).ConfigureAwait(false);
        if (context.Features.Get<HandshakeRetry>() is { IsWanted: true })
            return;
        if (error is null && owner is { } other)
        {
            error = await Others.AnswerAsync(context, call, other).ConfigureAwait(false);
            if (error is null)
                return;
        }

        if (error is null && session is null)
            error = await CheckHandshakeAsync(context, call).ConfigureAwait(false);

        if (!call.IsUpgrade)
            session?.Connections.Remember(context);
        if (error is not null)
            await RefuseAsync(context, call, error).ConfigureAwait(false);
        else
            await ServeAsync(context, call, session).ConfigureAwait(false);
    }

    private async Task ServeAsync(HttpContext context, EngineCall call, EngineSocket? session)
    {
        if (session is null)
            await HandshakeAsync(context, call).ConfigureAwait(false);
        else if (call.IsUpgrade)
            await UpgradeAsync(context, session).ConfigureAwait(false);
        else if (HttpMethods.IsGet(call.Method))
        {
            if (!await PollingHandler.TryGetAsync(this, session, context).ConfigureAwait(false))
                await RefuseAsync(context, call, EngineError.Mismatch(call.Transport, session.TransportName)).ConfigureAwait(false);
        }
        else if (HttpMethods.IsPost(call.Method))
            await PollingHandler.PostAsync(this, session, context).ConfigureAwait(false);
        else
        {
            Log.UnknownMethod(Logger, call.Method, context.Connection.RemoteIpAddress, session.LogId);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    internal void RaiseHeaders(HttpContext context, bool isInitial)
    {
        // A poll may have been waiting since before the server began to stop.
        if (!WebSocketHandshake.IsRequested(context))
            LetConnectionGo(context);
        if (isInitial)
            Guard.Raise(nameof(InitialHeaders), InitialHeaders, static (subscriber, context) => subscriber(context), context);
        Guard.Raise(nameof(Headers), Headers, static (subscriber, context) => subscriber(context), context);
    }

    private EngineError? Check(HttpContext context, in EngineCall call, out EngineSocket? session)
    {
        session = null;
        if (HasTwoLengths(context.Request))
            return EngineError.BadRequest("AMBIGUOUS_LENGTH");
        if (Array.IndexOf(Options.Transports, call.Transport) < 0)
            return EngineError.UnknownTransport(call.Transport);

        var origin = context.Request.Headers.Origin.ToString();
        if (!OriginRule.IsLegal(origin))
        {
            context.Request.Headers.Remove("Origin");
            return EngineError.InvalidOrigin(origin);
        }

        if (call.Sid.Length > 0)
            return CheckSession(call, out session);

        if (!HttpMethods.IsGet(call.Method))
            return EngineError.BadMethod(call.Method);

        return call.IsUpgrade == (call.Transport == TransportNames.WebSocket) ? null : EngineError.BadRequest("TRANSPORT_HANDSHAKE_ERROR");
    }

    // Both Transfer-Encoding and Content-Length: a proxy in front may have seen another request. Kestrel goes by the first, closes the connection afterwards
    // and keeps the second under this name.
    private static bool HasTwoLengths(HttpRequest request) =>
        request.Headers.TransferEncoding.Count > 0 && (request.Headers.ContentLength is not null || request.Headers.ContainsKey("X-Content-Length"));

    // Heartbeats are looked at now and then; a request must not revive what is over.
    private bool HasJustEnded(EngineSocket session)
    {
        session.CheckDeadlines(Clock.Now);
        return !Sessions.ContainsKey(session.Id);
    }

    private EngineError? CheckSession(in EngineCall call, out EngineSocket? session)
    {
        session = null;
        if (call.Sid.Length != SessionId.Length || !Sessions.TryGetValue(call.Sid, out session) || HasJustEnded(session))
            return EngineError.UnknownSid(call.Sid);

        if (call.IsUpgrade ? call.Transport != TransportNames.WebSocket || session.Polling is null : call.Transport != session.TransportName)
            return EngineError.Mismatch(call.Transport, session.TransportName);

        // With the current transport's name but without an upgrade, a WebSocket session has nothing to answer.
        if (!call.IsUpgrade && call.Transport == TransportNames.WebSocket)
            return EngineError.BadRequest("TRANSPORT_HANDSHAKE_ERROR");

        return call.Revision == Revision ? null : EngineError.RevisionMismatch(call.Revision, Revision);
    }

    private async ValueTask<EngineError?> CheckHandshakeAsync(HttpContext context, EngineCall call)
    {
        if (Options.AllowRequest is { } allow && await AskAsync(allow, context).ConfigureAwait(false) is { } refusal)
            return EngineError.Forbidden(refusal);

        return call.Revision == Revision ? null : EngineError.UnsupportedProtocol();
    }

    private async ValueTask<EngineError?> CheckUpgradeAsync(HttpContext context, EngineCall call, bool isTrusted)
    {
        if (!HttpMethods.IsGet(WebSocketHandshake.MethodOf(context)))
            return EngineError.BadMethod(context.Request.Method);
        if (!WebSocketHandshake.IsValid(context))
            return EngineError.BadRequest("TRANSPORT_HANDSHAKE_ERROR");

        return isTrusted || call.Sid.Length > 0 ? null : await CheckOriginAsync(context).ConfigureAwait(false);
    }

    private async ValueTask<string?> AskAsync(Func<HttpContext, ValueTask<string?>> allow, HttpContext context)
    {
        try
        {
            return await allow(context).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.AllowRequestFailed(Logger, e);
            return "";
        }
    }

    private Task RefuseAsync(HttpContext context, EngineCall call, EngineError error)
    {
        Metrics.Refused(error.Reason);
        if (call.Sid.Length == 0)
            Metrics.Handshake(call.Transport, Handshakes.Refused);
        LogRefused(context, call, error);
        Guard.Raise(nameof(ConnectionError), ConnectionError, static (subscriber, it) => subscriber(it.context, it.error), (context, error));
        return call.IsUpgrade ? Refusal.OfUpgradeAsync(context, error) : Refusal.OfRequestAsync(context, error);
    }
}
