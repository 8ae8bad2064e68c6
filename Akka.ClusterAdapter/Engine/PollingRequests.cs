using System.Text.Unicode;

using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <summary>GET and POST of a polling session.</summary>
internal static class PollingRequests
{
    /// <summary>Waits for packets and answers with them; false, and nothing is answered, when the session does not poll any more.</summary>
    public static async Task<bool> TryGetAsync(EngineServer server, EngineSocket session, HttpContext context)
    {
        var poll = new Poll(server.Clock.Now);
        var verdict = session.BeginPoll(poll);
        if (verdict == PollVerdict.Upgraded)
            return false;
        if (verdict != PollVerdict.Accepted)
        {
            session.LogGone("GET");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return true;
        }

        using var registration = context.RequestAborted.UnsafeRegister(static state =>
        {
            var (session, poll) = ((EngineSocket, Poll))state!;
            session.AbortPoll(poll);
        }, (session, poll));

        try
        {
            if (await poll.Task.ConfigureAwait(false) is not { } packets)
                return !poll.IsOvertaking;

            server.RaiseHeaders(context, isInitial: false);
            await PollingResponse.WriteAsync(context, packets, server.Options.HttpCompressionThreshold).ConfigureAwait(false);
            return true;
        }
        finally
        {
            session.EndPoll();
        }
    }

    /// <summary>Takes packets in.</summary>
    public static async Task PostAsync(EngineServer server, EngineSocket session, HttpContext context)
    {
        if (context.Request.ContentType == "application/octet-stream")
        {
            session.Reject(EngineRejections.OctetStream, CloseReason.TransportError);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (await session.TryBeginPostAsync(context).ConfigureAwait(false) is not { } post)
        {
            session.LogGone("POST");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        bool isTaken;
        try
        {
            isTaken = await ReceiveAsync(server, session, context, post).ConfigureAwait(false);
        }
        finally
        {
            session.EndPost(post);
        }

        if (!isTaken)
            return;
        server.RaiseHeaders(context, isInitial: false);
        await PollingResponse.WriteOkAsync(context).ConfigureAwait(false);
    }

    /// <summary>True when the answer is <c>ok</c>, even if the packets ended the session; otherwise the status is set.</summary>
    private static async Task<bool> ReceiveAsync(EngineServer server, EngineSocket session, HttpContext context, Post post)
    {
        using var body = new PostBody(session);
        var failure = await ReadAsync(body, context, server.Options.MaxPayload).ConfigureAwait(false);

        // From here on the session's end does not cut this request off, so that it can be answered.
        var isOpen = session.TryCompletePost(post);
        if (failure is { } status)
            return Refuse(session, context, status == StatusCodes.Status413PayloadTooLarge ? EngineRejections.MessageTooLarge : EngineRejections.UnreadableBody, CloseReason.TransportError, status);
        if (!isOpen)
            return Answer(context, StatusCodes.Status400BadRequest);
        if (!Utf8.IsValid(body.Bytes.Span))
            return Refuse(session, context, EngineRejections.Utf8, CloseReason.ParseError, StatusCodes.Status400BadRequest);

        // A poll sent before the close packet is still to be answered with a noop.
        if (EndsWithClose(body.Bytes.Span))
            await session.WaitForPollAsync(PollingTransport.Crossing).ConfigureAwait(false);

        if (session.ReceivePayload(body.Bytes) == PacketVerdict.Refused)
            return Answer(context, StatusCodes.Status400BadRequest);
        var (packets, bytes) = (1 + body.Bytes.Span.Count(EngineMessage.Separator), body.Bytes.Length);

        // Nothing of it is needed while its client waits for having sent so much.
        body.Dispose();
        await session.ThrottleAsync(packets, bytes).ConfigureAwait(false);
        return true;
    }

    private static bool EndsWithClose(ReadOnlySpan<byte> payload) => payload is [(byte)'1'] or [.., 0x1E, (byte)'1'];

    /// <summary>Null when the whole body is here, or the status of the answer.</summary>
    private static async Task<int?> ReadAsync(PostBody body, HttpContext context, int limit)
    {
        try
        {
            return await body.TryReadAsync(context, limit).ConfigureAwait(false) ? null : StatusCodes.Status413PayloadTooLarge;
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static bool Refuse(EngineSocket session, HttpContext context, string offence, CloseReason reason, int status)
    {
        session.Reject(offence, reason);
        return Answer(context, status);
    }

    private static bool Answer(HttpContext context, int status)
    {
        if (!context.Response.HasStarted)
            context.Response.StatusCode = status;
        return false;
    }
}
