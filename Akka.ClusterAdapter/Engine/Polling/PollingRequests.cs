using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>What becomes of a GET.</summary>
internal enum PollVerdict
{
    /// <summary>Its <see cref="Poll"/> completes with the answer.</summary>
    Accepted,

    /// <summary>Another one was waiting; the session is over.</summary>
    Overlap,

    /// <summary>It was answered already, and somebody on the way has lost the answer and asked again by himself; the session is over.</summary>
    Repeated,

    /// <summary>The session ended in between.</summary>
    Gone,

    /// <summary>The session has become a WebSocket in between.</summary>
    Upgraded,
}

/// <summary>The requests of one session that polls, or did at first: its GETs here, its POSTs in <see cref="Posts"/>.</summary>
internal sealed class PollingRequests
{
    private readonly EngineSocket _session;
    private readonly SessionContext _context;

    // Completes when the next GET begins to wait; null unless somebody wants to know.
    private TaskCompletionSource? _awaited;

    // GETs that wait, or whose answer is still on its way.
    private int _answering;
    private PollMarks _marks;

    // When a GET was answered, or a POST dispatched, last; at first when the session began.
    private long _lastSeen;

    public PollingRequests(EngineSocket session, PollingTransport transport)
    {
        _session = session;
        _context = session.Context;
        Transport = transport;
        _lastSeen = LastPoll = _context.Server.Clock.Now;
        Posts = new(session, this);
        _marks = new(session.Request.Query.GetValueOrDefault("t"));
    }

    public PollingTransport Transport { get; }

    public Posts Posts { get; }

    /// <summary>Whether the session polls still. Under the lock.</summary>
    public bool IsCurrent => ReferenceEquals(_context.Transport, Transport);

    /// <summary>When the last GET came, at first when the session began. Under the lock.</summary>
    public long LastPoll { get; private set; }

    /// <summary>When a request was answered last, at first when the session began. Under the lock.</summary>
    public long LastSeen => _lastSeen;

    /// <summary>The GET that waits for packets. Under the lock.</summary>
    public Poll? Waiting => Transport.Poll;

    /// <summary>Lets a GET wait for packets, or answers it at once with what is queued.</summary>
    public PollVerdict Begin(Poll poll)
    {
        var (isLast, isRepeated) = (false, false);
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Closed)
                return PollVerdict.Gone;
            if (!IsCurrent)
                return PollVerdict.Upgraded;

            isRepeated = Waiting is null && _marks.IsAgain(poll.Mark);
            if (Waiting is null && !isRepeated)
            {
                Accept(poll);
                isLast = AnswerAtOnce();
                if (!isLast)
                    return PollVerdict.Accepted;
            }
        }

        if (isLast)
        {
            _session.Closing.Continue();
            return PollVerdict.Accepted;
        }

        _session.Closing.Reject(isRepeated ? EngineRejections.RepeatedPoll : EngineRejections.Overlap, CloseReason.TransportError);
        return isRepeated ? PollVerdict.Repeated : PollVerdict.Overlap;
    }

    /// <summary>Answers a waiting GET although there is nothing: the worker that it came through stops.</summary>
    public void Release()
    {
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Open && !_session.Outbound.IsFlushing)
                Answer(EnginePacket.Noop);
        }
    }

    /// <summary>The client hung up on a waiting GET.</summary>
    public void Abort(Poll poll)
    {
        if (_session.Closing.Finish(CloseReason.TransportError, hungUp: poll))
            poll.TrySetResult(null);
    }

    /// <summary>The GET was answered, or given up.</summary>
    public void End()
    {
        lock (_context.Gate)
        {
            _answering--;
            Seen();
        }
    }

    /// <summary>Waits until a GET is here that the end of the session would answer, at most so long by the system's clock.</summary>
    public async ValueTask WaitAsync(TimeSpan most)
    {
        Task poll;
        lock (_context.Gate)
        {
            if (_context.Phase != SessionPhase.Open || Waiting is not null || !IsCurrent)
                return;

            _awaited ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            poll = _awaited.Task;
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

    /// <summary>Whether its client polls, but no request of its is here and none has been for so long: one that is there comes back soon.</summary>
    public bool IsAbsentFor(TimeSpan time)
    {
        var clock = _context.Server.Clock;
        lock (_context.Gate)
            return _answering == 0 && Posts.Current is null && IsCurrent && !_session.IsUpgrading && clock.Now - _lastSeen > clock.Ticks(time);
    }

    /// <summary>Answers the waiting GET, if there is one, with a single packet. Under the lock.</summary>
    public void Answer(EngineMessage packet) => Transport.Answer(packet);

    /// <summary>The session is a WebSocket from now on. Under the lock.</summary>
    public void EndForUpgrade() => Transport.End();

    /// <summary>Leaves a GET unanswered; false when it does not wait. Under the lock.</summary>
    public bool TryGiveUp(Poll poll)
    {
        if (!ReferenceEquals(Transport.Poll, poll))
            return false;
        Transport.Poll = null;
        return true;
    }

    /// <summary>A request of the client has ended. Under the lock.</summary>
    public void Seen() => _lastSeen = _context.Server.Clock.Now;

    private void Accept(Poll poll)
    {
        Transport.Poll = poll;
        LastPoll = _context.Server.Clock.Now;
        _awaited?.TrySetResult();
        _awaited = null;
        _answering++;
    }

    // True when this was the answer that a closing session waited for.
    private bool AnswerAtOnce()
    {
        if (_session.Closing.TryFetch())
        {
            // 6 RS 1: a noop that ends the poll, and the close packet
            Transport.TryTake([new(EnginePacket.Noop, Compress: true), new(EnginePacket.Close, Compress: true)]);
            return true;
        }

        if (_session.Outbound.TakeAll() is not { } queued)
            return false;

        Transport.TryTake(queued);
        return _context.Phase == SessionPhase.Closing && !_session.Outbound.IsFlushing;
    }
}
