using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <content>
/// Sessions without a client that a worker hands over when it goes, with the logs that they are of, and those that are kept here for other workers.
/// </content>
internal sealed partial class SessionStore
{
    /// <summary>Most logs of workers that are gone: those that were not needed for longest go first.</summary>
    private const int MostTrails = 64;

    /// <summary>
    /// Takes out all sessions, to be handed to other workers, and the logs they are of. Left out are those whose client missed something that is in this
    /// log only: it would miss it for ever.
    /// </summary>
    public (IReadOnlyList<HandedSession> Sessions, IReadOnlyList<LogTrail> Trails) TakeAll()
    {
        lock (_gate)
        {
            ExpireUnderLock();
            var all = _sessions.TakeAll();
            Count();
            if (all.Count == 0)
                return ([], []);
            var home = LogTrail.Of(_epoch, _packets, VectorAt(_packets.First - 1));
            var handed = new List<HandedSession>(all.Count);
            foreach (var (session, leftAt, at) in all)
            {
                if (session.Moved is { Home: { } other } moved)
                {
                    if (IsForeignSince(at))
                        continue;
                    handed.Add(new HandedSession(Outgoing(session), other.Epoch, leftAt, time.GetElapsedTime(at), time.GetElapsedTime(moved.HomeBegan)));
                }
                else if (ToHand(session, leftAt, home) is { } own)
                    handed.Add(new HandedSession(own, _epoch, leftAt, time.GetElapsedTime(at), AgeFor(own, _began)));
            }

            return (handed, [home, .. _trails.Values.Select(static trail => trail.Trail)]);
        }
    }

    /// <summary>Keeps the log of a worker that goes; the sessions that it is of follow.</summary>
    /// <returns>False when it cannot be one: its beginning is missing.</returns>
    public bool Accept(LogTrail trail)
    {
        lock (_gate)
        {
            if (_isSuspended || (trail.First > 1 && trail.Before.IsEmpty))
                return false;
            if (_trails.TryGetValue(trail.Epoch, out var known))
            {
                if (known.Trail.Last >= trail.Last)
                    return true;
                Drop(known.Trail);
            }

            _trails.Add(trail.Epoch, (trail, time.GetTimestamp()));
            _trailBytes += trail.Bytes;
            DropTrails();
            Count();
            return true;
        }
    }

    /// <summary>
    /// Keeps sessions that another worker has handed over. One without its log is of no use. When a session is here already, from a copy that was a moment
    /// behind, the one whose client left later counts.
    /// </summary>
    /// <returns>How many.</returns>
    public int Accept(IReadOnlyList<HandedSession> sessions, string reason = SessionMoveReasons.Taken)
    {
        var taken = 0;
        using var turn = new Turn(this);
        foreach (var handed in _isSuspended ? [] : sessions)
        {
            if (handed.Away > Options.MaxDisconnection || !_trails.TryGetValue(handed.Epoch, out var home))
                continue;
            if (_sessions.TryPeek(handed.Session.PrivateId, out _, out _, out var at) && at > Ago(handed.Away))
                continue;
            var came = Incoming(handed.Session).Moved ?? new MovedSession();
            var moved = came with { Home = home.Trail, HomeBegan = Ago(handed.LogAge) };
            _sessions.Add(handed.Session with { Moved = moved }, handed.LeftAt, Ago(handed.Away));
            taken++;
        }

        Count();
        stores.Trim(this);
        if (taken > 0)
            stores.Moved(reason, taken);
        return taken;
    }

    private SavedSession? ToHand(SavedSession session, long leftAt, LogTrail home)
    {
        var lastLocal = _packets.LastLocalFor(null);
        foreach (var room in session.Rooms)
            lastLocal = Math.Max(lastLocal, _packets.LastLocalFor(room));
        lastLocal = Math.Max(lastLocal, _packets.LastHole);
        if (lastLocal > leftAt || _lastForeign > leftAt || (session.Moved?.Ahead is { } had && !IsHeard(had)))
            return null;
        var going = Outgoing(session);
        return going with { Moved = (going.Moved ?? new MovedSession()) with { Home = home, LastLocal = lastLocal } };
    }

    private void DropTrails()
    {
        _packets.LimitOrigins(MostOrigins);
        if (_trails.Count == 0)
            return;
        foreach (var (_, (trail, at)) in _trails)
        {
            if (IsTooOld(at))
                Drop(trail);
        }

        while (_trails.Count > MostTrails)
            DropOldestTrail();
    }

    private void DropOldestTrail() => Drop(_trails.MinBy(static trail => trail.Value.At).Value.Trail);

    private void Drop(LogTrail trail)
    {
        _trails.Remove(trail.Epoch);
        _trailBytes -= trail.Bytes;
    }
}
