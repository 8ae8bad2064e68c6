namespace Akka.ClusterAdapter.Adapters;

/// <content>Where a client that comes back is to go on: what it shows means something else in each of the places that its session may have been in.</content>
internal sealed partial class SessionStore
{
    private Start? Take(string privateId, string? shown, bool isLastTry, out ClaimOutcome outcome)
    {
        var offset = LogOffset.Bare(shown);
        lock (_gate)
        {
            ExpireUnderLock();
            outcome = ClaimOutcome.Unknown;
            if (!isLastTry && IsBehind(privateId))
            {
                outcome = ClaimOutcome.Behind;
                return null;
            }

            if (!_sessions.TryTake(privateId, out var session, out var leftAt, out var at))
                return null;
            Marks.Session(privateId);
            Count();
            if (IsTooOld(at))
                return null;
            outcome = ClaimOutcome.LogTooShort;
            if ((session.Moved is { Home: null, Ahead: { } ahead } && !IsHeard(ahead)) || (IsUnseen(session) && !HaveAllTold(_told)))
                return null;
            outcome = ClaimOutcome.UnknownOffset;
            return session.Moved switch
            {
                { Home: { } home } => StartOfMoved(session, home, (leftAt, at), shown, ref outcome),
                { Replay: { } replay } when offset != session.LastOffset && replay.Has(offset) =>
                    SeenOf(replay, offset, ref outcome) is { } seen ? StartAt(session, seen, leftAt, replay.Began, replay.EnteredAt, ref outcome) : null,
                _ => StartHere(session, leftAt, offset, ref outcome),
            };
        }
    }

    /// <summary>
    /// The session is of a log that had heard more than this one: that is on its way, or it is lost. Whom the client has not seen so far is not looked
    /// at: the session stays.
    /// </summary>
    private bool IsBehind(string privateId) => _sessions.TryPeek(privateId, out var session, out _, out _)
        && (session.Moved?.Home is { } home ? !HaveAllTold(_told) || IsBehind(home, null) : IsUnseen(session) && !HaveAllTold(_told));

    /// <summary>Its client came from elsewhere and was never in its rooms here: what others sent before they were heard here is not known of it.</summary>
    private static bool IsUnseen(SavedSession session) => session.Moved is { Home: null, Replay.EnteredAt: long.MaxValue };

    /// <summary>
    /// Whether those who have told how far they are, by the life of their adapter actor, are all that there are. What another one sent is not known here,
    /// and a client that comes from elsewhere may miss it. Called under the lock; must not block.
    /// </summary>
    public Func<HashSet<long>, bool> HaveAllTold { get; set; } = static _ => true;

    /// <summary>True when all have told how far they are.</summary>
    public bool KnowsAll
    {
        get
        {
            lock (_gate)
                return HaveAllTold(_told);
        }
    }

    /// <summary>Something that the other log had is not here, and the client has not seen it.</summary>
    private bool IsBehind(LogTrail home, LogVector? seen)
    {
        foreach (var (life, number) in home.End.All)
        {
            if (number > (seen?.Of(life) ?? 0) && (_packets.Origins.TryGet(life, out var origin) ? origin.Last < number : seen is not null))
                return true;
        }

        return false;
    }

    /// <summary>A worker that was there meanwhile had something of a sender that was never known here, and the client has not seen that.</summary>
    private bool IsUnheardOf(LogTrail trail, LogVector seen)
    {
        foreach (var (life, number) in trail.Recent.All)
        {
            if (number > seen.Of(life) && !_packets.Origins.TryGet(life, out _))
                return true;
        }

        return false;
    }

    /// <summary>A client that has seen all it was sent needs nothing from before it left, however long ago its last packet was.</summary>
    private Start? StartHere(SavedSession session, long leftAt, string? offset, ref ClaimOutcome outcome)
    {
        if ((offset == session.LastOffset ? leftAt : LogOffset.PositionOf(offset, _epoch)) is not { } after || after > Math.Max(leftAt, _packets.Last))
            return null;
        if (offset != session.LastOffset && after <= session.Moved?.Replay?.EnteredAt)
            return null;
        // Of an earlier life of this log: its numbers may be those of fetched packets now.
        if (after < _firstOwn - 1)
            return null;
        outcome = ClaimOutcome.LogTooShort;
        if (after < _packets.LastHole)
            return null;
        var seen = VectorAt(after);
        seen.Raise(session.Moved?.Ahead);
        var search = new MissedSearch(session, after, Options, Offset, session.Moved?.Ahead) { Reuses = _packets.Reuses, Losses = _losses };
        return new(session, leftAt, seen, search);
    }

    private Start? StartOfMoved(SavedSession session, LogTrail home, (long LeftAt, long At) left, string? shown, ref ClaimOutcome outcome)
    {
        var offset = LogOffset.Bare(shown);
        var (leftAt, at) = left;
        var (moved, isLast) = (session.Moved!, offset == session.LastOffset);
        var replay = isLast ? null : moved.Replay;
        var isReplayed = replay?.Has(offset) == true;
        var read = isReplayed ? (replay!.EnteredAt, null) : isLast ? (leftAt, home.At(leftAt)) : home.Read(shown);
        if (read is not var (after, known) || (!isReplayed && after <= replay?.EnteredAt))
            return null;
        outcome = ClaimOutcome.LogTooShort;
        if (!HaveAllTold(_told) || after < moved.LastLocal || (isReplayed ? SeenOf(replay!, offset, ref outcome) : known) is not { } seen)
            return null;
        if (!isReplayed)
            seen.Raise(moved.Ahead);
        // What came without a place since it left: nobody can tell whether it was for its client.
        if (IsForeignSince(at) || IsBehind(home, seen) || _trails.Values.Any(trail => IsUnheardOf(trail.Trail, seen)))
            return null;
        return StartAt(session, seen, leftAt, isReplayed ? replay!.Began : moved.HomeBegan, long.MaxValue, ref outcome);
    }

    /// <summary>
    /// What a client has seen that lost its connection in the middle of what it was sent when it came; null when this log does not have the rest.
    /// </summary>
    private LogVector? SeenOf(ReplayMarks replay, string? offset, ref ClaimOutcome outcome)
    {
        outcome = ClaimOutcome.LogTooShort;
        return replay.After(offset).All(Holds) ? replay.At(offset) : null;
    }

    private bool Holds(LogPlace place) => _packets.Origins.Holds(place);

    /// <param name="session">The session.</param>
    /// <param name="leftAt">The last packet recorded before its client left.</param>
    /// <param name="seen">What its client has seen.</param>
    /// <param name="began">When the log began that this is told of.</param>
    /// <param name="localAfter">What is in this log only was not for it before this position.</param>
    /// <param name="outcome">Why there is none.</param>
    private Start? StartAt(SavedSession session, LogVector seen, long leftAt, long began, long localAfter, ref ClaimOutcome outcome)
    {
        outcome = ClaimOutcome.LogTooShort;
        if (FloorOf(seen, began) is not { } floor)
            return null;
        var from = Math.Min(floor, localAfter);
        if (from < _lastForeign)
            return null;
        var search = new MissedSearch(session, from, Options, Offset, seen) { LocalAfter = localAfter, Reuses = _packets.Reuses, Revision = _revision };
        return new(session, leftAt, seen, search) { FromElsewhere = seen, Began = began };
    }

    /// <summary>The last position behind which nothing is that somebody with this vector has not seen; null when something of that is not kept here.</summary>
    /// <param name="seen">What was seen.</param>
    /// <param name="began">When the log began that this is told of, in timestamps: whom it had never heard had sent nothing since.</param>
    private long? FloorOf(LogVector seen, long began)
    {
        var floor = _packets.Last;
        foreach (var origin in _packets.Origins.All)
        {
            if (origin.Last == 0 || (!seen.Knows(origin.Life) && IsNothingNew(origin, began)))
                continue;
            if (!seen.Knows(origin.Life) && !IsYounger(origin, began))
                return null;
            var number = seen.Of(origin.Life);
            if (number < origin.Before)
                return null;
            if (origin.PositionAfter(number) is { } next)
                floor = Math.Min(floor, next - 1);
        }

        return floor < _packets.LastUnknownHole ? null : floor;
    }

    /// <summary>
    /// Nothing that its client needs has turned out to be lost since the search began, or to be older than what is held here; under the lock.
    /// </summary>
    /// <param name="search">The search.</param>
    /// <param name="seen">What it leaves out; null where its beginning says all.</param>
    /// <param name="began">When the log began that this is told of, in timestamps.</param>
    private bool IsWhole(MissedSearch search, LogVector? seen, long began)
    {
        if (seen is null)
            return search.From >= _packets.LastHole && search.Losses == _losses;
        // What it leaves out because it is in this log only may have come from elsewhere.
        if (search.LocalAfter == long.MaxValue && IsForeignSince(time.GetTimestamp()))
            return false;
        return search.Revision == _revision || FloorOf(seen, began) >= search.From;
    }

    /// <summary>What its client had had elsewhere when it came, and what was heard here since, have nothing between them.</summary>
    private bool IsHeard(LogVector ahead)
    {
        foreach (var (life, number) in ahead.All)
        {
            if (!HasHeard(life, number))
                return false;
        }

        return true;
    }

    /// <summary>Nothing is missing here of what a worker sent after this number; under the lock.</summary>
    public bool HasHeard(long life, long number) => !_packets.Origins.TryGet(life, out var origin) || origin.Unheard <= number;

    private bool IsOlder(long at, long began) => time.GetElapsedTime(at, began) > Slack;

    /// <summary>All that it ever sent is here, and is younger than the log.</summary>
    private bool IsYounger(LogOrigin origin, long began) =>
        origin.Before == 0 && origin.PositionAfter(0) is { } first && time.GetElapsedTime(began, _packets[first].At) > Slack;

    /// <summary>Now, in timestamps.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>A moment that was so long ago, in timestamps.</summary>
    public long Ago(TimeSpan age) => time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);

    /// <summary>
    /// Of a worker that the other log has never heard: what it said is older than that log, or so old that nobody who is away has missed it.
    /// </summary>
    private bool IsNothingNew(LogOrigin origin, long began) => IsOlder(origin.At, began) || (origin.Count == 0 && IsSilentFor(origin.At, 1));

    /// <summary>
    /// How long ago the first of the logs began that its vector is told of: whom none of them had heard may have spoken since, before this worker came.
    /// </summary>
    private TimeSpan AgeFor(SavedSession session, long began)
    {
        var first = Math.Min(_began, began);
        return time.GetElapsedTime(session.Moved?.Replay is { IsRecent: true } replay ? Math.Min(first, replay.Began) : first);
    }

    /// <summary>A session that was taken out, and the search for what its client missed.</summary>
    /// <param name="Session">The session.</param>
    /// <param name="LeftAt">The last packet recorded before its client left.</param>
    /// <param name="Seen">What its client has seen.</param>
    /// <param name="Search">The search.</param>
    private sealed record Start(SavedSession Session, long LeftAt, LogVector Seen, MissedSearch Search)
    {
        /// <summary>The same, when what it shows is not an offset of this log: so are the first packets that it gets.</summary>
        public LogVector? FromElsewhere { get; init; }

        /// <summary>When the log began that this is told of, in timestamps.</summary>
        public long Began { get; init; }
    }
}
