using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Copies of what other workers keep of their clients, in one namespace. They are of no use as long as those workers live: when one is gone, its copy
/// becomes sessions of this worker (<see cref="Adopt"/>). For any thread.
/// </summary>
/// <param name="store">Where they go then.</param>
/// <param name="stores">Bounds them for the whole worker.</param>
/// <param name="time">Clock of what is too old.</param>
internal sealed class SessionCopies(SessionStore store, SessionStores stores, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Copy> _byWorker = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _workers = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Sessions, and about how many bytes of memory they and their logs take; a snapshot.</summary>
    public (int Sessions, long Bytes) Size
    {
        get
        {
            lock (_gate)
                return (_workers.Count, _bytes + _byWorker.Values.Sum(static copy => copy.LogBytes));
        }
    }

    /// <summary>Workers whose sessions are copied here.</summary>
    public string[] Workers
    {
        get
        {
            lock (_gate)
                return [.. _byWorker.Keys];
        }
    }

    /// <summary>Whether there is a copy of a worker's sessions.</summary>
    public bool HasOf(string worker)
    {
        lock (_gate)
            return _byWorker.ContainsKey(worker);
    }

    /// <summary>Whether there is a copy of this session.</summary>
    public bool Has(string privateId)
    {
        lock (_gate)
            return _workers.ContainsKey(privateId);
    }

    /// <summary>Takes a part of what another worker keeps. False when it does not follow on what is here: then it is to begin anew.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="log">Of its log.</param>
    /// <param name="sessions">Sessions that have come or changed.</param>
    /// <param name="gone">Secrets of those that are over.</param>
    public bool Take(string worker, CopiedLog log, IReadOnlyList<HandedSession> sessions, IReadOnlyList<string> gone)
    {
        lock (_gate)
        {
            if (log.Begins)
            {
                Remove(worker);
                _byWorker.Add(worker, new Copy(log, time.GetTimestamp()));
            }

            if (!_byWorker.TryGetValue(worker, out var copy) || !copy.Add(log))
                return false;
            foreach (var secret in gone)
                Forget(secret, worker);
            foreach (var session in sessions)
                Keep(worker, copy, session);
            return true;
        }
    }

    /// <summary>Another worker keeps it from now on, or its sessions have been handed over.</summary>
    public void Drop(string worker)
    {
        lock (_gate)
            Remove(worker);
    }

    public void Clear()
    {
        lock (_gate)
        {
            foreach (var worker in _byWorker.Keys.ToList())
                Remove(worker);
        }
    }

    /// <summary>The worker is gone, and with it what it kept: this is what is left.</summary>
    /// <returns>How many sessions this worker keeps from now on.</returns>
    public int Adopt(string worker)
    {
        lock (_gate)
        {
            if (!_byWorker.TryGetValue(worker, out var copy))
                return 0;
            var trail = copy.ToTrail();
            var sessions = copy.Sessions.Values.Where(each => each.Session.LeftAt <= trail.Last)
                .Select(each => copy.Handed(each.Session, Since(each.At), Since(copy.At))).ToList();
            // Not before they are in the store: whoever looks for one must find one or the other.
            store.Accept(trail);
            var kept = store.Accept(sessions, SessionMoveReasons.Adopted);
            Remove(worker);
            return kept;
        }
    }

    /// <summary>Lets go of sessions whose clients cannot come back any more.</summary>
    public void Expire()
    {
        lock (_gate)
        {
            foreach (var (worker, copy) in _byWorker)
            {
                foreach (var (secret, (session, at)) in copy.Sessions)
                {
                    if (session.Away > TimeSpan.Zero && session.Away + Since(at) > store.Options.MaxDisconnection)
                        Forget(secret, worker);
                }
            }
        }
    }

    private TimeSpan Since(long at) => time.GetElapsedTime(at);

    // Beyond the bounds of what a worker keeps, its clients begin anew.
    private void Keep(string worker, Copy copy, HandedSession session)
    {
        var secret = session.Session.PrivateId;
        Forget(secret, worker);
        var bytes = SavedSessions.BytesOf(session.Session);
        if (copy.Sessions.Count >= store.Options.MaxSessions || stores.CopyBytes + bytes > store.Options.MaxSessionBytes)
            return;
        copy.Sessions[secret] = (session, time.GetTimestamp());
        _workers[secret] = worker;
        Count(bytes);
    }

    private void Count(long bytes)
    {
        _bytes += bytes;
        stores.CountCopies(bytes);
    }

    private void Forget(string secret, string worker)
    {
        if (!_byWorker[worker].Sessions.Remove(secret, out var gone))
            return;
        Count(-SavedSessions.BytesOf(gone.Session.Session));
        if (_workers.GetValueOrDefault(secret) == worker)
            _workers.Remove(secret);
    }

    private void Remove(string worker)
    {
        if (!_byWorker.TryGetValue(worker, out var copy))
            return;
        foreach (var secret in copy.Sessions.Keys.ToList())
            Forget(secret, worker);
        _byWorker.Remove(worker);
    }

    /// <summary>What one worker keeps.</summary>
    private sealed class Copy(CopiedLog begin, long at)
    {
        private const int LeastPlaces = 1_024;

        private readonly Dictionary<string, long> _lastLocals = new(StringComparer.Ordinal);
        private readonly List<long> _lives = [];
        private readonly HashSet<long> _known = [];
        private readonly List<LogPlace> _places = [];
        private readonly LogVector _before = begin.Before;
        private long _first = begin.First;
        private long _lastLocal;
        private long _lastLoss;

        public long At { get; } = at;

        public Dictionary<string, (HandedSession Session, long At)> Sessions { get; } = new(StringComparer.Ordinal);

        public long LogBytes => MemorySize.Array<LogPlace>(_places.Capacity);

        /// <summary>False when it is not what comes next.</summary>
        public bool Add(CopiedLog log)
        {
            if (log.Epoch != begin.Epoch || log.First != _first + _places.Count)
                return false;
            foreach (var place in log.Places)
            {
                if (!place.IsNone && _known.Add(place.Life))
                    _lives.Add(place.Life);
            }

            _places.AddRange(log.Places);
            _lastLoss = Math.Max(_lastLoss, log.LastLoss);
            foreach (var (position, rooms) in log.Locals)
            {
                if (rooms.Length == 0)
                    _lastLocal = position;
                foreach (var room in rooms)
                    _lastLocals[room] = position;
            }

            Cut(log.Kept);
            return true;
        }

        public LogTrail ToTrail() => new(begin.Epoch, _first, _before, [.. _places]) { Lives = [.. _lives] };

        public HandedSession Handed(HandedSession session, TimeSpan since, TimeSpan sinceBegin)
        {
            var lastLocal = Math.Max(_lastLocal, _lastLoss);
            foreach (var room in session.Session.Rooms)
                lastLocal = Math.Max(lastLocal, _lastLocals.GetValueOrDefault(room));
            var moved = (session.Session.Moved ?? new MovedSession()) with { LastLocal = lastLocal };
            var logAge = begin.Age + sinceBegin;
            if (moved.Replay is { } replay)
            {
                moved = moved with { Replay = replay with { Age = replay.Age + since } };
                logAge = logAge > moved.Replay.Age ? logAge : moved.Replay.Age;
            }

            // Who was connected has been away only since.
            var away = session.Away > TimeSpan.Zero ? session.Away + since : TimeSpan.Zero;
            return session with { Session = session.Session with { Moved = moved }, Away = away, LogAge = logAge };
        }

        // The log has forgotten these. Not for each of them: the list moves what is left.
        private void Cut(long kept)
        {
            var cut = (int)Math.Min(kept - _first, _places.Count);
            if (cut <= LeastPlaces || cut * 4 < _places.Count)
                return;
            foreach (var place in CollectionsMarshal.AsSpan(_places)[..cut])
                _before.Raise(place.Life, place.Number);
            _places.RemoveRange(0, cut);
            // What was busy once need not stay large.
            if (_places.Capacity > 4 * (_places.Count + LeastPlaces))
                _places.Capacity = _places.Count + LeastPlaces;
            _first += cut;
            foreach (var room in _lastLocals.Where(room => room.Value < _first).Select(static room => room.Key).ToList())
                _lastLocals.Remove(room);
        }
    }
}
