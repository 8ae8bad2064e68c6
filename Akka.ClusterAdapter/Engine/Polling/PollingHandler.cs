using System.Text.Unicode;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>Answers GET and POST of a polling session.</summary>
internal static class PollingHandler
{
    /// <summary>Waits for packets and answers with them; false, and nothing is answered, when the session does not poll any more.</summary>
    public static async Task<bool> TryGetAsync(EngineServer server, EngineSocket session, HttpContext context)
    {
        var polling = session.Polling!;
        var poll = new Poll(server.Clock.Now, PollMarks.Of(context));
        var verdict = polling.Begin(poll);
        if (verdict == PollVerdict.Upgraded)
            return false;
        if (verdict != PollVerdict.Accepted)
        {
            SessionLog.Gone(session, "GET");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return true;
        }

        using var registration = server.Guard.Register(
            nameof(PollingRequests.Abort), static it => it.Polling.Abort(it.Poll), (Polling: polling, Poll: poll), context.RequestAborted);

        try
        {
            if (await poll.Task.ConfigureAwait(false) is not { } packets)
                return !poll.IsOvertaking;

            server.RaiseHeaders(context, isInitial: false);
            // Its client has hung up since: what is written now gets nowhere, without a word.
            if (context.RequestAborted.IsCancellationRequested)
                session.Closing.Finish(CloseReason.TransportError);
            await PollingResponse.WriteAsync(context, packets, server.Options.HttpCompressionThreshold).ConfigureAwait(false);
            return true;
        }
        finally
        {
            polling.End();
        }
    }

    /// <summary>Takes packets in.</summary>
    public static async Task PostAsync(EngineServer server, EngineSocket session, HttpContext context)
    {
        if (context.Request.ContentType == "application/octet-stream")
        {
            session.Closing.Reject(EngineRejections.OctetStream, CloseReason.TransportError);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var posts = session.Polling!.Posts;
        if (await posts.TryBeginAsync().ConfigureAwait(false) is not { } post)
        {
            SessionLog.Gone(session, "POST");
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
            posts.End(post);
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
        var (end, status) = await ReadAsync(server, body, context, post.Cut).ConfigureAwait(false);

        // From here on the session's end does not cut this request off, so that it can be answered.
        var isOpen = session.Polling!.Posts.TryComplete(post);
        if (end == BodyEnd.Gone)
            session.Closing.Reject(EngineRejections.UnreadableBody, CloseReason.TransportError);
        if (end is BodyEnd.CutOff or BodyEnd.Gone)
            return HangUp(context);
        if (end != BodyEnd.Complete)
            return Refuse(
                session, context, end == BodyEnd.TooLarge ? EngineRejections.MessageTooLarge : EngineRejections.UnreadableBody,
                CloseReason.TransportError, status);
        if (!isOpen)
            return Answer(context, StatusCodes.Status400BadRequest);
        if (!Utf8.IsValid(body.Bytes.Span))
            return Refuse(session, context, EngineRejections.Utf8, CloseReason.ParseError, StatusCodes.Status400BadRequest);

        // A poll sent before the close packet is still to be answered with a noop.
        if (EndsWithClose(body.Bytes.Span))
            await session.Polling!.WaitAsync(PollingTransport.ReorderingTime).ConfigureAwait(false);

        if (session.Inbound.ReceivePayload(session.Polling!.Transport, body.Bytes) == PacketVerdict.Refused)
            return Answer(context, StatusCodes.Status400BadRequest);
        var (packets, bytes) = (1 + body.Bytes.Span.Count(EngineMessage.Separator), body.Bytes.Length);

        // Nothing of it is needed while its client waits for having sent so much.
        body.Dispose();
        await session.Inbound.ThrottleAsync(packets, bytes).ConfigureAwait(false);
        return true;
    }

    private static bool EndsWithClose(ReadOnlySpan<byte> payload) => payload is [(byte)'1'] or [.., 0x1E, (byte)'1'];

    /// <summary>How the reading ended, and the status of the answer where the body is not complete.</summary>
    private static async Task<(BodyEnd End, int Status)> ReadAsync(EngineServer server, PostBody body, HttpContext context, RequestCut cut)
    {
        var gone = context.RequestAborted;
        using var registration = server.Guard.Register(nameof(HttpContext.RequestAborted), static cut => cut.Ask(), cut, gone);
        try
        {
            var end = await body.ReadAsync(context, server.Options.MaxPayload, cut).ConfigureAwait(false);
            if (end == BodyEnd.CutOff && gone.IsCancellationRequested)
                end = BodyEnd.Gone;
            return (end, end == BodyEnd.TooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException e)
        {
            return (e.StatusCode == StatusCodes.Status413PayloadTooLarge ? BodyEnd.TooLarge : BodyEnd.Unreadable, e.StatusCode);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return (BodyEnd.Gone, StatusCodes.Status400BadRequest);
        }
    }

    /// <summary>
    /// Nothing is left to say, and the rest of the body is not waited for: its connection ends. Here, where the request is certainly still its own; and also
    /// when the connection is
    /// gone already, for otherwise Kestrel looks for the rest of the body, and logs an error for each client that resets its connection.
    /// </summary>
    private static bool HangUp(HttpContext context)
    {
        context.Abort();
        return false;
    }

    private static bool Refuse(EngineSocket session, HttpContext context, string offence, CloseReason reason, int status)
    {
        session.Closing.Reject(offence, reason);
        return Answer(context, status);
    }

    private static bool Answer(HttpContext context, int status)
    {
        if (!context.Response.HasStarted)
            context.Response.StatusCode = status;
        return false;
    }
}
