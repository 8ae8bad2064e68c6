using System.Collections.ObjectModel;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <content>New sessions, and WebSockets for sessions that poll.</content>
public sealed partial class EngineServer
{
    private async Task HandshakeAsync(HttpContext context, EngineCall call)
    {
        var reason = IsDraining ? null : await WhyNotReadyAsync(context).ConfigureAwait(false);
        if (IsDraining)
        {
            // On a connection that was kept alive.
            await MoveAsync(context, call).ConfigureAwait(false);
            return;
        }

        if (reason is not null)
        {
            Postpone(context, call, reason);
            return;
        }

        var admission = Admission.TryEnter(context.Connection.RemoteIpAddress);
        if (admission.GivesWay is { } other)
            GiveWay(other, admission.Limit);
        if (admission.Place is { } place)
            await HandshakeAsync(context, call, place).ConfigureAwait(false);
        else
            Refuse(context, call, admission);
    }

    private async Task HandshakeAsync(HttpContext context, EngineCall call, Place place)
    {
        try
        {
            var items = await KeepAsync(context).ConfigureAwait(false);
            if (items is not null && !_isDraining)
            {
                await OpenAsync(context, call, items, place).ConfigureAwait(false);
                return;
            }

            // It needs none for an answer, nor at another worker.
            place.Leave();
            if (items is null)
                await RefuseAsync(context, call, EngineError.Forbidden("")).ConfigureAwait(false);
            else
                await MoveAsync(context, call).ConfigureAwait(false);
        }
        finally
        {
            // With a session it stays for as long as that.
            if (place.Session is null)
                place.Leave();
        }
    }

    /// <summary>What the application keeps of a first request; null when that failed, and nobody knows what is missing.</summary>
    private async ValueTask<IReadOnlyDictionary<string, object?>?> KeepAsync(HttpContext context)
    {
        if (Options.OnHandshake is not { } keep)
            return ReadOnlyDictionary<string, object?>.Empty;
        var items = new Dictionary<string, object?>(StringComparer.Ordinal);
        try
        {
            await keep(context, items).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            Guard.Fail(nameof(EngineOptions.OnHandshake), e);
            return null;
        }

        // A copy: the application may have kept the items themselves.
        return new Dictionary<string, object?>(items, StringComparer.Ordinal);
    }

    private async Task OpenAsync(HttpContext context, EngineCall call, IReadOnlyDictionary<string, object?> items, Place place)
    {
        var sid = SessionId.Create(Others.Tag);
        RaiseHeaders(context, isInitial: true);
        if (call.IsUpgrade)
            await OpenWebSocketAsync(context, call, sid, items, place).ConfigureAwait(false);
        else
            await OpenPollingAsync(context, call, sid, items, place).ConfigureAwait(false);
    }

    private async Task MoveAsync(HttpContext context, EngineCall call)
    {
        if (await Others.TryMoveAsync(context, call).ConfigureAwait(false))
            Metrics.Handshake(call.Transport, Handshakes.Moved);
        else
            Postpone(context, call, _isDraining ? "draining" : "not-ready");
    }

    private async ValueTask<string?> WhyNotReadyAsync(HttpContext context)
    {
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

    private async Task OpenPollingAsync(HttpContext context, EngineCall call, string sid, IReadOnlyDictionary<string, object?> items, Place place)
    {
        var session = Open(EngineRequest.Of(context, call.Arrived, items), sid, new PollingTransport(Clock, Metrics.Traffic), place);
        session.Connections.Remember(context);
        List<OutboundPacket> first = [new(EnginePacket.Open(sid, TransportNames.Polling, Options), Compress: true)];
        if (InitialMessage is not null)
            first.Add(new(InitialMessage, Compress: true));
        Metrics.Traffic.Answered(session.Context.Transport, first);

        // Before the answer, for the client may send as soon as it has that; what the handler sends now leaves with the next poll.
        session.Inbound.Calls.RunOpened();
        CloseIfTooLate(session, place);
        if (Options.Cookie is { } cookie)
            context.Response.Headers.Append("Set-Cookie", cookie.HeaderFor(sid));
        await PollingResponse.WriteAsync(context, first, Options.HttpCompressionThreshold).ConfigureAwait(false);
        if (context.RequestAborted.IsCancellationRequested)
            session.Closing.Finish(CloseReason.TransportError);
    }

    private async Task OpenWebSocketAsync(HttpContext context, EngineCall call, string sid, IReadOnlyDictionary<string, object?> items, Place place)
    {
        var transport = await WebSocketHandshake.AcceptAsync(context, this).ConfigureAwait(false);
        var session = Open(EngineRequest.Of(context, call.Arrived, items), sid, transport, place);
        session.Outbound.SendFirst(EnginePacket.Open(sid, TransportNames.WebSocket, Options), InitialMessage);
        session.Inbound.Calls.RunOpened();
        CloseIfTooLate(session, place);
        await transport.RunAsync(session, WebSocketHandshake.LoopOf(context)).ConfigureAwait(false);
    }

    private async Task UpgradeAsync(HttpContext context, EngineSocket session)
    {
        RaiseHeaders(context, isInitial: false);
        var transport = await AcceptCandidateAsync(context, session).ConfigureAwait(false);
        await transport.RunAsync(session, WebSocketHandshake.LoopOf(context)).ConfigureAwait(false);
    }

    private async Task<WebSocketTransport> AcceptCandidateAsync(HttpContext context, EngineSocket session)
    {
        // Before the 101: a client that has it may open a second WebSocket at once, and the first one must be the candidate.
        var isReserved = session.Upgrade?.TryReserve() == true;
        try
        {
            var transport = await WebSocketHandshake.AcceptAsync(context, this).ConfigureAwait(false);
            if (!isReserved || session.Upgrade?.TryBegin(transport) != true)
            {
                transport.Close();
                Metrics.Upgraded(Upgrades.Refused);
                SessionLog.UpgradeFailed(session, "there is one already, or another one that wants to be, or the session has ended");
            }

            return transport;
        }
        finally
        {
            if (isReserved)
                session.Upgrade?.EndReservation();
        }
    }

    // The server may have been disposed between the question and the session's place in the table, or its place may have been given to somebody else.
    private void CloseIfTooLate(EngineSocket session, Place place)
    {
        var isEvicted = !place.Attach(session);
        if (_isDisposed || isEvicted)
            session.Close(discard: true);
    }
}
