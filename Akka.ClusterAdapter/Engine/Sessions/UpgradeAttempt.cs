using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A session's change from polling to WebSocket: one candidate at a time, its probe and its time limit.</summary>
internal sealed partial class UpgradeAttempt
{
    private static readonly TimeSpan NoopPeriod = TimeSpan.FromMilliseconds(100);
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly PollingRequests _polling;
    private WebSocketTransport? _candidate;
    private Deadline? _deadline;
    private long _limit;
    private long _noopDue;
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
    public bool IsUnderWay => Volatile.Read(ref _isReserved) || Volatile.Read(ref _candidate) is not null;

    /// <summary>
    /// Keeps the candidate's place for a WebSocket that is about to be accepted; false when it is taken, the session is over or polls no longer.
    /// </summary>
    public bool TryReserve()
    {
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Closed || _isReserved || _candidate is not null || !_polling.IsCurrent)
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

    /// <summary>Takes the WebSocket whose place was reserved as candidate; false when the session has ended meanwhile.</summary>
    public bool TryBegin(WebSocketTransport candidate)
    {
        lock (_context.Gate)
        {
            if (_context.Phase == SessionPhase.Closed)
                return false;

            _candidate = candidate;
            _limit = _context.Server.Clock.After(_context.Server.Options.UpgradeTimeout);
            _noopDue = 0;
            _deadline ??= _context.Server.Deadlines.Create(nameof(UpgradeAttempt), static attempt => attempt.Check(), this);
            _deadline.SetAt(_limit);
            return true;
        }
    }

    /// <summary>A WebSocket's connection ended, perhaps the candidate's.</summary>
    public void TransportEnded(WebSocketTransport transport, string? offence)
    {
        if (TryDrop(transport))
            SessionLog.UpgradeFailed(_session, offence ?? "the WebSocket was closed or lost");
    }

    /// <summary>There will be no upgrade any more: the candidate, if there is one. Under the lock.</summary>
    public WebSocketTransport? TakeCandidate()
    {
        var candidate = _candidate;
        _candidate = null;
        _deadline?.End();
        return candidate;
    }

    /// <summary>Ends the client's waiting poll so that it can go on with the upgrade, and gives up an upgrade that takes too long.</summary>
    private void Check()
    {
        var now = _context.Server.Clock.Now;
        WebSocketTransport? late = null;
        lock (_context.Gate)
        {
            if (_candidate is null)
                return;

            if (now >= _limit)
                (late, _candidate) = (_candidate, null);
            else
                EndPoll(now);
        }

        if (late is null)
            return;
        late.Close();
        SessionLog.UpgradeFailed(_session, "it took longer than UpgradeTimeout");
    }

    // Under the lock.
    private void EndPoll(long now)
    {
        if (_noopDue != 0 && now >= _noopDue)
        {
            _noopDue = now + _context.Server.Clock.Ticks(NoopPeriod);
            if (!_session.Outbound.IsFlushing)
                _polling.Answer(EnginePacket.Noop);
        }

        Watch();
    }

    // Under the lock.
    private void Watch() => _deadline?.SetAt(_noopDue != 0 && _noopDue < _limit ? _noopDue : _limit);

    private bool TryDrop(WebSocketTransport transport)
    {
        lock (_context.Gate)
        {
            if (!ReferenceEquals(_candidate, transport))
                return false;

            _candidate = null;
            return true;
        }
    }
}
