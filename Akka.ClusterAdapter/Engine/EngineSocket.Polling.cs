using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What becomes of a GET.</summary>
internal enum PollVerdict
{
    /// <summary>Its <see cref="Poll"/> completes with the answer.</summary>
    Accepted,

    /// <summary>Another one was waiting; the session is over.</summary>
    Overlap,

    /// <summary>The session ended in between.</summary>
    Gone,

    /// <summary>The session has become a WebSocket in between.</summary>
    Upgraded,
}

/// <content>GET and POST of the polling transport.</content>
public sealed partial class EngineSocket
{
    /// <summary>True while a poll waits for packets.</summary>
    internal bool HasPoll
    {
        get
        {
            lock (_gate)
                return _polling is { IsReady: true };
        }
    }

    /// <summary>Waits until a GET is here that the end of the session would answer, at most so long by the system's clock.</summary>
    internal async ValueTask WaitForPollAsync(TimeSpan most)
    {
        Task poll;
        lock (_gate)
        {
            if (_state != SessionState.Open || _polling is not { IsReady: false } || !ReferenceEquals(_transport, _polling))
                return;

            _polling.Awaited ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            poll = _polling.Awaited.Task;
        }

        try
        {
            await poll.WaitAsync(most, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its client did not poll.
        }
    }

    /// <summary>Lets a GET wait for packets, or answers it at once with what is queued.</summary>
    internal PollVerdict BeginPoll(Poll poll)
    {
        var isDrained = false;
        lock (_gate)
        {
            if (_state == SessionState.Closed || _polling is null)
                return PollVerdict.Gone;
            if (!ReferenceEquals(_transport, _polling))
                return PollVerdict.Upgraded;

            if (!_polling.IsReady)
            {
                _polling.Begin(poll);
                _polling.Answering++;
                isDrained = AnswerAtOnce();
                if (!isDrained)
                    return PollVerdict.Accepted;
            }
        }

        if (isDrained)
        {
            EndClosing();
            return PollVerdict.Accepted;
        }

        Reject(EngineRejections.Overlap, CloseReason.TransportError);
        return PollVerdict.Overlap;
    }

    // Under the lock. True when this was the answer that a closing session waited for.
    private bool AnswerAtOnce()
    {
        if (_isCloseAnnounced)
        {
            // 6 RS 1: a noop that ends the poll, and the close packet
            _isCloseFetched = true;
            _polling!.TryTake([new(EnginePacket.Noop, Compress: true), new(EnginePacket.Close, Compress: true)]);
            return true;
        }

        if (_queue.IsEmpty)
            return false;

        _polling!.TryTake(_queue.TakeAll());
        return _state == SessionState.Closing && !_flushing;
    }

    /// <summary>Answers a waiting GET although there is nothing: the worker that it came through stops.</summary>
    internal void ReleasePoll()
    {
        lock (_gate)
        {
            if (_state == SessionState.Open && !_flushing)
                _polling?.Answer(EnginePacket.Noop);
        }
    }

    /// <summary>The client hung up on a waiting GET.</summary>
    internal void AbortPoll(Poll poll)
    {
        if (Finish(CloseReason.TransportError, hungUp: poll))
            poll.TrySetResult(null);
    }

    /// <summary>The GET was answered, or given up.</summary>
    internal void EndPoll()
    {
        lock (_gate)
        {
            _polling!.Answering--;
            _polling.LastSeen = _server.Clock.Now;
        }
    }

    /// <summary>Whether its client polls, but no request of its is here and none has been for so long: one that is there comes back soon.</summary>
    internal bool IsAbsentFor(TimeSpan time)
    {
        lock (_gate)
            return _polling is { Answering: 0, Post: null } && ReferenceEquals(_transport, _polling) && !IsUpgrading && _server.Clock.Now - _polling.LastSeen > _server.Clock.Ticks(time);
    }

    /// <summary>
    /// Notes that a POST is in progress; null when one was already, which ends the session, or when the session is over. One whose body is here is as good as
    /// answered: its client may have seen what came of it, and the next POST, only one, waits for its end.
    /// </summary>
    internal async ValueTask<Post?> TryBeginPostAsync()
    {
        var post = new Post();
        Post? before;
        lock (_gate)
        {
            if (_state == SessionState.Closed || _polling is null || !ReferenceEquals(_transport, _polling))
                return null;

            before = _polling.Post;
            if (before is null)
                return _polling.Post = post;

            if (before is { IsComplete: true, Next: null })
                before.Next = post;
            else
                before = null;
        }

        if (before is null)
        {
            Reject(EngineRejections.Overlap, CloseReason.TransportError);
            return null;
        }

        await before.Ended.ConfigureAwait(false);
        lock (_gate)
        {
            if (_state != SessionState.Closed && ReferenceEquals(_transport, _polling))
                return post;
        }

        // Nobody would cut it off, or take its packets: it is over before it began.
        EndPost(post);
        return null;
    }

    /// <summary>The POST's body is here: false when the session ended meanwhile.</summary>
    internal bool TryCompletePost(Post post)
    {
        lock (_gate)
        {
            post.IsComplete = true;
            return _state != SessionState.Closed;
        }
    }

    /// <summary>Dispatches the packets of a POST in order, up to the first that ends the session.</summary>
    internal PacketVerdict ReceivePayload(ReadOnlyMemory<byte> payload)
    {
        for (var packets = 0; ; packets++)
        {
            if (packets == _server.Options.MaxPacketsPerPayload)
            {
                Reject(EngineRejections.TooManyPackets, CloseReason.TransportError);
                return PacketVerdict.Refused;
            }

            var end = payload.Span.IndexOf(EngineMessage.Separator);
            var verdict = Receive(_polling!, end < 0 ? payload : payload[..end]);
            if (verdict != PacketVerdict.Accepted || end < 0)
                return verdict;

            payload = payload[(end + 1)..];
        }
    }

    /// <summary>All of the POST was dispatched, or it was given up: the next one may come. To be called before it is answered, for its client may be quick.</summary>
    internal void EndPost(Post post)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_polling!.Post, post))
                _polling.Post = post.Next;
            _polling.LastSeen = _server.Clock.Now;
        }

        post.End();
    }
}
