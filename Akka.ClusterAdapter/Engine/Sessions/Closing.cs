using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A session's end: gently, when what is queued has left, or at once. It ends once.</summary>
internal sealed class Closing
{
    // How long a closing session waits for the poll that fetches the close packet.
    private static readonly TimeSpan PollGrace = TimeSpan.FromSeconds(30);
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private bool _isAnnounced;
    private bool _isFetched;
    private CloseReason _reason = CloseReason.ForcedClose;
    private Deadline? _deadline;
    private long _due;

    public Closing(EngineSocket session)
    {
        _session = session;
        _context = session.Context;
    }

    /// <summary>What ended it besides the reason; null when there is nothing to say.</summary>
    public string? Detail { get; private set; }

    /// <summary>Why a session that waited too long for its end is over; null while it need not be. Under the lock.</summary>
    public CloseReason? Overdue(long now) => _due != 0 && now >= _due ? _reason : null;

    /// <summary>Ends the session when everything queued was flushed.</summary>
    public void Begin(CloseReason reason = CloseReason.ForcedClose)
    {
        lock (_context.Gate)
        {
            if (_context.Phase != SessionPhase.Open)
                return;

            _context.Phase = SessionPhase.Closing;
            _reason = reason;
            _due = _context.Server.Clock.After(PollGrace);
            _deadline = _context.Server.Deadlines.Create(nameof(Closing), static closing => closing.GiveUp(), this);
            _deadline.SetAt(_due);
            if (!_session.Outbound.IsDrained)
                return;
        }

        Continue();
    }

    /// <summary>Nothing more is accepted; the caller ends the session soon. Under the lock.</summary>
    public void Fail(CloseReason reason, string detail)
    {
        Detail = detail;
        _context.Phase = SessionPhase.Closing;
        _reason = reason;
    }

    /// <summary>Everything queued was flushed: ends the session now, or with the next poll.</summary>
    public void Continue()
    {
        Post? unfinished;
        lock (_context.Gate)
        {
            if (_context.Phase != SessionPhase.Closing || (_isAnnounced && !_isFetched))
                return;

            _isAnnounced = !_isFetched && _context.Transport is PollingTransport { IsReady: false };
            unfinished = _session.Polling?.Posts.Unfinished;
        }

        if (_isAnnounced)
            unfinished?.Cut.Ask();
        else
            Finish(_reason);
    }

    /// <summary>The next poll fetches the close packet, and this is it. Under the lock.</summary>
    public bool TryFetch()
    {
        _isFetched |= _isAnnounced;
        return _isAnnounced;
    }

    /// <summary>No poll will come any more: the session has become a WebSocket. Under the lock.</summary>
    public void TakeBack() => _isAnnounced = false;

    /// <summary>Ends the session for what its client did, and counts that; false when it was over already.</summary>
    public bool Reject(string offence, CloseReason reason) => Finish(reason, offence: offence);

    /// <summary>
    /// Ends the session; a waiting poll is answered with <paramref name="answer"/> or the close packet. With <paramref name="hungUp"/> only if that
    /// is the waiting poll, which stays unanswered: a poll that comes at the same moment must not take its place. An <paramref name="offence"/> is counted.
    /// False when there was nothing to end.
    /// </summary>
    public bool Finish(CloseReason reason, EngineMessage? answer = null, Poll? hungUp = null, string? offence = null)
    {
        WebSocketTransport? candidate;
        Post? unfinished;
        bool isCallbackDue;
        lock (_context.Gate)
        {
            var polling = _session.Polling;
            if (_context.Phase == SessionPhase.Closed || (hungUp is not null && polling?.TryGiveUp(hungUp) != true))
                return false;

            _context.Phase = SessionPhase.Closed;
            Detail ??= offence;
            _due = 0;
            _deadline?.End();
            _session.Heartbeat.Stop();
            _session.Outbound.Clear();
            polling?.Answer(answer ?? EnginePacket.Close);
            unfinished = polling?.Posts.Unfinished;
            candidate = _session.Upgrade?.TakeCandidate();
            isCallbackDue = _session.Inbound.Calls.TryBeginClosed(reason);
        }

        // Before its client can know.
        if (offence is not null)
        {
            _context.Server.Metrics.Rejected(offence);
            SessionLog.Rejected(_session, offence);
        }

        CutLoose(reason, unfinished, candidate);
        if (isCallbackDue)
            _context.Server.Guard.Queue(nameof(IEngineHandler.Closed), static calls => calls.RunClosed(), _session.Inbound.Calls);
        return true;
    }

    private void GiveUp() => _session.CheckDeadlines(_context.Server.Clock.Now);

    /// <summary>Each step is taken whatever becomes of the one before.</summary>
    private void CutLoose(CloseReason reason, Post? unfinished, WebSocketTransport? candidate)
    {
        var guard = _context.Server.Guard;
        guard.Run(nameof(EngineServer.Remove), static it => it.Session.Context.Server.Remove(it.Session, it.Reason), (Session: _session, Reason: reason));
        unfinished?.Cut.Ask();
        guard.Run(nameof(WebSocketTransport.Close), static transport => transport?.Close(), candidate);
        guard.Run(nameof(IEngineTransport.SessionEnded), static transport => transport.SessionEnded(), _context.Transport);
    }
}
