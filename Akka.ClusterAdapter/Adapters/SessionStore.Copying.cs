namespace Akka.ClusterAdapter.Adapters;

/// <content>The copy of this log and its sessions that another worker keeps, in case this one is killed (docs/decisions/0094).</content>
internal sealed partial class SessionStore
{
    // Bytes, about, of the rooms of packets that are in this log only, in one part of it; and rooms of one such packet.
    private const int LocalsAtOnce = 12_000;
    private const int RoomsAtOnce = 64;

    /// <summary>Not at all would mean that its client is connected.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private CopyFeed? _feed;
    private int _copy;

    /// <summary>Which copy it is: what an earlier one was told, this one does not know.</summary>
    public int CopyNumber => Volatile.Read(ref _copy);

    /// <summary>What has changed since it was copied.</summary>
    public SessionMarks Marks { get; } = new();

    /// <summary>What this worker keeps of others.</summary>
    public SessionCopies Copies => field ??= Interlocked.CompareExchange(ref field, new(this, stores, time), null) ?? field;

    /// <summary>False when nobody keeps a copy, or the namespace was empty since that was begun.</summary>
    public bool IsCopying
    {
        get
        {
            lock (_gate)
                return _feed is not null;
        }
    }

    /// <summary>From now on the log is copied, from its beginning.</summary>
    public void BeginCopying()
    {
        Marks.IsOn = true;
        lock (_gate)
            StartFeed();
    }

    /// <summary>Nobody keeps a copy any more.</summary>
    public void EndCopying()
    {
        Marks.IsOn = false;
        lock (_gate)
            _feed = null;
        Marks.Take();
    }

    /// <summary>The next part of the log for the copy; null when nobody keeps one. When the log was cut meanwhile it begins anew.</summary>
    /// <param name="most">Most places.</param>
    public CopiedLog? TakeCopied(int most)
    {
        lock (_gate)
        {
            if (_feed is null)
                return null;
            if (_feed.Next < _packets.First && !_feed.Begins)
                StartFeed();
            if (_feed.Begins)
                _feed.Begin(_packets);
            var (first, begins) = (_feed.Next, _feed.Begins);
            var places = new List<LogPlace>();
            var locals = new List<(long, string[])>();
            for (var (at, size) = (first, 0); at <= _packets.Last && places.Count < most && size < LocalsAtOnce; at++)
            {
                ref readonly var packet = ref _packets[at];
                places.Add(packet.Place);
                if (!packet.Place.IsNone)
                    continue;
                var rooms = RoomsOf(packet.Target);
                locals.Add((at, rooms));
                size += 8 + rooms.Sum(static room => room.Length);
            }

            _feed.GiveOut(first + places.Count);
            // Whoever has a copy at all has this part of it, acknowledged or not.
            if (begins)
                _feed.Acknowledge(first + places.Count - 1, _packets);
            var before = begins ? VectorAt(first - 1) : new LogVector();
            return new CopiedLog(begins, _epoch, _packets.First, first, before, Age, Math.Max(_packets.LastHole, _lastForeign), [.. places], [.. locals])
            {
                IsLast = first + places.Count > _packets.Last,
            };
        }
    }

    /// <summary>The other worker has the log up to this position.</summary>
    public void Acknowledge(long position)
    {
        lock (_gate)
            _feed?.Acknowledge(position, _packets);
    }

    /// <summary>A session that is kept here, as it would be handed to another worker. Null when there is none, or it is of another worker's log.</summary>
    public HandedSession? Peek(string privateId)
    {
        lock (_gate)
        {
            return _sessions.TryPeek(privateId, out var session, out var leftAt, out var at) && session.Moved?.Home is null && !IsTooOld(at)
                ? new HandedSession(Outgoing(session), _epoch, leftAt, Max(time.GetElapsedTime(at), Shortest), Age)
                : null;
        }
    }

    /// <summary>The session of a client that is connected, as it would be handed to another worker.</summary>
    /// <param name="session">The session, with what its client had seen when it came; null when it has left.</param>
    /// <param name="enteredAt">The last position then.</param>
    public HandedSession? Connected(Func<SavedSession?> session, long enteredAt)
    {
        // Under the lock: a socket that leaves is out of its rooms before its session is kept.
        lock (_gate)
        {
            return session() is not { } present || (present.Moved?.Ahead is { } had && !IsHeard(had))
                ? null
                : new HandedSession(Outgoing(present), _epoch, enteredAt, TimeSpan.Zero, Age);
        }
    }

    /// <summary>Secrets of all that are kept.</summary>
    public List<string> Secrets()
    {
        lock (_gate)
            return _sessions.Secrets;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void StartFeed()
    {
        _feed = _isSuspended ? null : new CopyFeed(_packets.First);
        Interlocked.Increment(ref _copy);
    }

    /// <summary>Rooms that a packet was for; none where it was for everybody, or for more than need be told apart.</summary>
    private static string[] RoomsOf(object target) => target switch
    {
        RecordedRoom { Name: { } name } => [name],
        RecordedTarget { Rooms: { Length: <= RoomsAtOnce } rooms } when rooms.All(static room => room.Name is { Length: < 128 }) =>
            Array.ConvertAll(rooms, static room => room.Name!),
        _ => [],
    };

    private string Told(string offset, LogPlace place)
    {
        if (_feed is not { } feed)
            return offset;
        feed.Add(place, place.IsNone || (_packets.Origins.TryGet(place.Life, out var origin) ? origin.Last + 1 : 1) == place.Number);
        return feed.Tell(offset);
    }
}
