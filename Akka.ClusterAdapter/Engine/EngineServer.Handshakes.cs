using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <content>New sessions, and WebSockets for sessions that poll.</content>
public sealed partial class EngineServer
{
    private async Task HandshakeAsync(HttpContext context, EngineCall call)
    {
        var reason = _isDraining ? "draining" : await WhyNotReadyAsync(context).ConfigureAwait(false);
        if (_isDraining)
        {
            await TurnAwayAsync(context, call).ConfigureAwait(false);
            return;
        }

        if (reason is not null)
        {
            Postpone(context, call, StatusCodes.Status503ServiceUnavailable, reason);
            return;
        }

        if (Addresses?.TryEnter(context.Connection.RemoteIpAddress) is { } limit)
        {
            Postpone(context, call, StatusCodes.Status429TooManyRequests, limit);
            return;
        }

        var sid = SessionId.Create(Tag);
        RaiseHeaders(context, isInitial: true);
        if (call.IsUpgrade)
            await OpenWebSocketAsync(context, sid).ConfigureAwait(false);
        else
            await OpenPollingAsync(context, sid).ConfigureAwait(false);
    }

    private void Postpone(HttpContext context, in EngineCall call, int status, string reason)
    {
        Metrics.Refused(reason);
        Log.Postponed(Logger, call.Transport, context.Connection.RemoteIpAddress, status, reason);
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = "1";
    }

    private async ValueTask<string?> WhyNotReadyAsync(HttpContext context)
    {
        if (Options.MaxSessions > 0 && Sessions.Count >= Options.MaxSessions)
            return "max-sessions";
        if (_isDisposed)
            return "not-ready";

        try
        {
            return await Handler.WaitUntilReadyAsync(context.RequestAborted).ConfigureAwait(false) ? null : "not-ready";
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return "gone";
        }
        catch (Exception e)
        {
            Guard.Fail(nameof(IEngineHandler.WaitUntilReadyAsync), e);
            return "not-ready";
        }
    }

    private async Task OpenPollingAsync(HttpContext context, string sid)
    {
        var session = Open(context, sid, new PollingTransport(Clock));
        session.Remember(context);
        List<OutboundPacket> first = [new(EnginePacket.Open(sid, TransportNames.Polling, Options), Compress: true)];
        if (InitialMessage is not null)
            first.Add(new(InitialMessage, Compress: true));

        // Before the answer, for the client may send as soon as it has that; what the handler sends now leaves with the next poll.
        session.RunOpened();
        CloseIfDisposed(session);
        if (Options.Cookie is { } cookie)
            context.Response.Headers.Append("Set-Cookie", cookie.HeaderFor(sid));
        await PollingResponse.WriteAsync(context, first, Options.HttpCompressionThreshold).ConfigureAwait(false);
        if (context.RequestAborted.IsCancellationRequested)
            session.Finish(CloseReason.TransportError);
    }

    private async Task OpenWebSocketAsync(HttpContext context, string sid)
    {
        WebSocketTransport transport;
        try
        {
            transport = await WebSocketHandshake.AcceptAsync(context, this).ConfigureAwait(false);
        }
        catch
        {
            Addresses?.Leave(context.Connection.RemoteIpAddress);
            throw;
        }

        var session = Open(context, sid, transport);
        session.SendFirst(EnginePacket.Open(sid, TransportNames.WebSocket, Options), InitialMessage);
        session.RunOpened();
        CloseIfDisposed(session);
        await transport.RunAsync(session).ConfigureAwait(false);
    }

    private async Task UpgradeAsync(HttpContext context, EngineSocket session)
    {
        RaiseHeaders(context, isInitial: false);
        var transport = await AcceptCandidateAsync(context, session).ConfigureAwait(false);
        await transport.RunAsync(session).ConfigureAwait(false);
    }

    private async Task<WebSocketTransport> AcceptCandidateAsync(HttpContext context, EngineSocket session)
    {
        // Before the 101: a client that has it may open a second WebSocket at once, and the first one must be the candidate.
        var isReserved = session.TryReserveUpgrade();
        try
        {
            var transport = await WebSocketHandshake.AcceptAsync(context, this).ConfigureAwait(false);
            if (!isReserved || !session.TryBeginUpgrade(transport))
            {
                transport.Close();
                session.LogUpgradeFailed("there is one already, or another one that wants to be, or the session has ended");
            }

            return transport;
        }
        finally
        {
            if (isReserved)
                session.EndReservation();
        }
    }

    // The server may have been disposed between the question and the session's place in the table.
    private void CloseIfDisposed(EngineSocket session)
    {
        if (_isDisposed)
            session.Close(discard: true);
    }
}
