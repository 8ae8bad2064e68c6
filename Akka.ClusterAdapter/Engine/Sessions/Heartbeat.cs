using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A session's pings and pongs.</summary>
internal sealed class Heartbeat
{
    private readonly EngineSocket _session;
    private readonly SessionContext _context;
    private readonly Deadline _deadline;

    // Timestamps; 0 means that no pong is awaited.
    private long _pingDue;
    private long _pongDue;
    private long _pingedAt;
    private bool _isExtended;

    public Heartbeat(EngineSocket session)
    {
        _session = session;
        _context = session.Context;
        _pingDue = After(_context.Server.Options.PingInterval);
        _deadline = _context.Server.Deadlines.Create(nameof(Heartbeat), static heartbeat => heartbeat.Beat(), this);
        Watch();
    }

    /// <summary>Whether the pong was awaited too long. Under the lock.</summary>
    public bool IsLost(long now) => _pongDue != 0 && now >= _pongDue;

    /// <summary>Queues the ping that is due. Under the lock. True obliges the caller to schedule a flush.</summary>
    public bool TryPing(long now)
    {
        if (_context.Phase != SessionPhase.Open || _pongDue != 0 || now < _pingDue)
            return false;

        // The clock starts when the ping was due, even when no poll is there to carry it. A server that was held up for long starts it late: its clients must
        // have time to answer.
        var timeout = _context.Server.Clock.Ticks(_context.Server.Options.PingTimeout);
        _pongDue = (now - _pingDue > timeout / 2 ? now : _pingDue) + timeout;
        _isExtended = false;
        _pingedAt = now;
        Watch();
        return _session.Outbound.Add(EnginePacket.Ping);
    }

    public void ReceivePong()
    {
        long pingedAt;
        lock (_context.Gate)
        {
            // A pong nobody asked for changes nothing.
            if (_pongDue == 0 || _context.Phase == SessionPhase.Closed)
                return;

            pingedAt = _pingedAt;
            _pongDue = 0;
            _pingDue = After(_context.Server.Options.PingInterval);
            Watch();
        }

        _context.Server.Metrics.Ponged(_context.Transport.Name, _context.Server.Clock.Time, pingedAt);
    }

    /// <summary>The first other packet while a pong is awaited restarts the clock: a client busy with a long upload is alive. Under the lock.</summary>
    public void Extend()
    {
        if (_pongDue == 0 || _isExtended)
            return;

        _isExtended = true;
        _pongDue = After(_context.Server.Options.PingTimeout);
        Watch();
    }

    /// <summary>Under the lock.</summary>
    public void Stop()
    {
        _pongDue = 0;
        _deadline.End();
    }

    private void Beat()
    {
        _session.CheckDeadlines(_context.Server.Clock.Now);
        lock (_context.Gate)
            Watch();
    }

    // Under the lock. A write that is under way is looked at too: its limit is longer than the time from one look to the next, so that each of them need not
    // set a deadline.
    private void Watch()
    {
        var write = _session.Outbound.FlushDeadline;
        var due = _pongDue != 0 ? _pongDue : _context.Phase == SessionPhase.Open ? _pingDue : write;
        if (write != 0)
            due = Math.Min(due, write);
        if (due != 0)
            _deadline.SetAt(_context.Server.Beats.Next(due));
    }

    private long After(TimeSpan span) => _context.Server.Clock.After(span);
}
