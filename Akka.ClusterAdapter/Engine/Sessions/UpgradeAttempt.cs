using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A session's change from polling to WebSocket: one candidate at a time, its probe and its time limit (docs/decisions/0064).</summary>
internal sealed partial class UpgradeAttempt
{
    private static readonly TimeSpan NoopPeriod = TimeSpan.FromMilliseconds(100);

    // A client that has its probe's answer polls no more. One that does so long after that was sent has not got it.
    private static readonly TimeSpan Deafness = TimeSpan.FromSeconds(1);
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly PollingRequests _polling;
    private WebSocketTransport? _candidate;
    private Deadline? _deadline;
    private long _limit;
    private long _noopDue;
    private long _answeredAt;
    private bool _isAnswered;
    private bool _isReserved;

    public UpgradeAttempt(EngineSocket session, PollingRequests polling)
    {
        _session = session;
        _context = session.Context;
        _polling = polling;
    }

    /// <summary>See <see cref="EngineSocket.Upgraded"/>.</summary>
    public event Action<EngineSocket>? Upgraded;

    /// <summary>True from the moment a WebSocket asks to become the transport until it is or will not be.</summary>
    public bool IsUnderWay => Volatile.Read(ref _isReserved) || (Volatile.Read(ref _candidate) is not null && !IsOverdue);

    /// <summary>
    /// Keeps the candidate's place for a WebSocket that is about to be accepted; false when it is taken, the session is over or polls no longer. A candidate
    /// whose time is over gives way.
    /// </summary>
    public bool TryReserve()
    {
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Closed || _isReserved || (_candidate is not null && !IsOverdue) || !_polling.IsCurrent)
                return false;

            return _isReserved = true;
        }
    }

    /// <summary>The place is the WebSocket's, or nobody's.</summary>
    public void EndReservation()
    {
        lock (_context.Gate)
            _isReserved = false;
    }

    /// <summary>
    /// Takes the WebSocket whose place was reserved as candidate; false when the session has ended meanwhile, or the one that gave way was quicker.
    /// </summary>
    public bool TryBegin(WebSocketTransport candidate)
    {
        WebSocketTransport? former;
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Closed || !_polling.IsCurrent)
                return false;

            (former, _candidate) = (_candidate, candidate);
            _limit = _context.Server.Clock.After(_context.Server.Options.UpgradeTimeout);
            _noopDue = 0;
            _isAnswered = false;
            _deadline ??= _context.Server.Deadlines.Create(nameof(UpgradeAttempt), static attempt => attempt.Check(), this);
            _deadline.SetAt(_limit);
        }

        former?.Close();
        return true;
    }

    /// <summary>
    /// A WebSocket's connection ended, perhaps the candidate's. Official clients that have the answer to their probe stand still then, for good: they neither
    /// poll nor go on with the upgrade. What still reaches them is an end of the session, as the answer to the poll that they are waiting for.
    /// </summary>
    public void TransportEnded(WebSocketTransport transport, string? offence)
    {
        bool mayStandStill;
        lock (_context.Gate)
        {
            if (!TryDrop(transport))
                return;
            mayStandStill = _isAnswered && _polling.LastPoll - _answeredAt < _context.Server.Clock.Ticks(Deafness);
        }

        _context.Server.Metrics.Upgraded(offence is null ? Upgrades.Lost : Upgrades.Refused);
        SessionLog.UpgradeFailed(_session, offence ?? "the WebSocket was closed or lost");
        if (mayStandStill && offence is null && !transport.IsClosedInOrder)
            _session.Closing.Begin(CloseReason.TransportClose);
    }

    /// <summary>
    /// The worker that the candidate comes through stops: ends the session, so that its client hears of it by whichever way it goes on. False when there is no
    /// candidate, and nothing is ended.
    /// </summary>
    public bool LetGo()
    {
        lock (_context.Gate)
        {
            if (_candidate is null && !_isReserved)
                return false;
        }

        _session.Closing.Begin(CloseReason.TransportClose);
        return true;
    }

    /// <summary>There will be no upgrade any more: the candidate, if there is one. Under the lock.</summary>
    public WebSocketTransport? TakeCandidate()
    {
        var candidate = _candidate;
        _candidate = null;
        _deadline?.End();
        return candidate;
    }

    // It stays when its client may have the answer to its probe: closed, it would leave that one standing still.
    private bool IsOverdue => _isAnswered && _context.Server.Clock.Now >= _limit;

    /// <summary>Ends the client's waiting poll so that it can go on with the upgrade, and gives up a candidate whose probe does not come.</summary>
    private void Check()
    {
        var now = _context.Server.Clock.Now;
        WebSocketTransport? late = null;
        lock (_context.Gate)
        {
            if (_candidate is null)
                return;

            if (now >= _limit && !_isAnswered)
                (late, _candidate) = (_candidate, null);
            else
                EndPoll(now);
        }

        if (late is null)
            return;
        late.Close();
        _context.Server.Metrics.Upgraded(Upgrades.TimedOut);
        SessionLog.UpgradeFailed(_session, "it took longer than UpgradeTimeout");
    }

    // Under the lock.
    private void EndPoll(long now)
    {
        if (_noopDue != 0 && now >= _noopDue)
        {
            _noopDue = now + _context.Server.Clock.Ticks(now < _limit ? NoopPeriod : _context.Server.Options.UpgradeTimeout);
            if (!_session.Outbound.IsFlushing)
                _polling.Answer(EnginePacket.Noop);
        }

        Watch();
    }

    // Under the lock.
    private void Watch()
    {
        // While its answer is being written nothing is due.
        if (_noopDue != 0 || !_isAnswered)
            _deadline?.SetAt(_isAnswered ? _noopDue : _limit);
    }

    // Under the lock.
    private bool TryDrop(WebSocketTransport transport)
    {
        if (!ReferenceEquals(_candidate, transport))
            return false;

        _candidate = null;
        return true;
    }
}
