using System.Collections.Immutable;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// How far a connected client is with what is recorded for it, and what it had already where it was before. Changed under the lock of its
/// <see cref="SessionStore"/>.
/// </summary>
/// <param name="claim">The session it came back to; null for a new client.</param>
internal sealed class SessionProgress(ClaimedSession? claim)
{
    // What comes here later than its client got it elsewhere. It stays true when it has come: its client may show an older offset next time.
    private LogVector? _had = claim?.Session.Moved?.Ahead;
    private LogVector? _ahead = claim?.Session.Moved?.Ahead?.Copy();
    private SessionStore? _store;
    private long _enteredAt;
    private ReplayMarks? _replay;

    // When the log began that its client was told of elsewhere; null where it was not.
    private long? _began;
    private volatile string? _lastOffset = claim?.Session.LastOffset;

    /// <summary>The secret of the session that its client came back to; empty where there was none.</summary>
    public string PrivateId { get; } = claim?.Session.PrivateId ?? "";

    /// <summary>The last recorded packet that was sent to it; null for none.</summary>
    public string? LastOffset => _lastOffset;

    /// <summary>True when something was lost on its way to this worker that its client cannot get any more: the session must not go on.</summary>
    public bool HasHole { get; private set; }

    /// <summary>Told, under the lock of the store, that the session must not go on.</summary>
    public Action? Lost { get; init; }

    /// <summary>What its session has brought from another worker; null for nothing.</summary>
    public MovedSession? Moved => Had is null && _replay is null ? null : new MovedSession { Ahead = Had, Replay = Replay };

    // Who has not spoken here for so long does not speak any more.
    private LogVector? Had => _had is not null && IsLongAgo ? _had = null : _had;

    // Nor does it count from when the log began where its client was: without those its vector does not know whom that one had heard.
    private ReplayMarks? Replay => _replay is { IsRecent: true } recent && IsLongAgo ? _replay = recent with { IsRecent = false } : _replay;

    private bool IsLongAgo => _store?.IsLongAgo(_enteredAt) == true;

    /// <summary>A recorded packet is on its way to the client. False when the client had it on the worker where it was before, or must not go on.</summary>
    public bool Takes(string offset, LogPlace place)
    {
        if (HasHole || (_ahead is { } ahead && !IsNew(ahead, place)))
            return false;
        _lastOffset = offset;
        return true;
    }

    /// <summary>It enters, and is sent what it missed, in one step.</summary>
    public void Enter(ClaimedSession claim, IReadOnlyList<MissedPacket> missed, SessionStore store)
    {
        _lastOffset = missed.Count > 0 ? missed[^1].Offset : claim.Offset;
        (_store, _enteredAt) = (store, store.Now);
        store.Watch(this);
        if ((claim.Given?.Seen ?? claim.Seen) is not { } from)
        {
            // It may show the same offset once more.
            _replay = claim.Session.Moved?.Replay is { } replay && replay.Has(claim.Offset) ? replay : null;
            return;
        }

        _began = claim.Began;
        _had = store.Ahead(claim.Given?.Reached ?? from);
        _ahead = _had?.Copy();
        _replay = new ReplayMarks(from, MarksOf(claim, missed), store.Position) { Began = claim.Began };
    }

    /// <summary>Whether its client has had less of a worker than was sent up to a place, although nothing of that will come here.</summary>
    /// <param name="place">How far the worker is, of which nothing was heard here before.</param>
    /// <param name="isNews">Whether a log that began then would have had something of it, of which it had heard nothing either.</param>
    public bool IsBehind(LogPlace place, Func<long, bool> isNews) =>
        !HasHole && (_ahead is { } ahead && ahead.Knows(place.Life) ? ahead.Of(place.Life) < place.Number : _began is { } began && isNews(began));

    /// <summary>Something was lost while its client was away, and shows only now.</summary>
    public void Lose()
    {
        HasHole = true;
        Lost?.Invoke();
    }

    /// <summary>Its client begins anew.</summary>
    public void BeginAnew() => (_lastOffset, _had, _ahead, _replay, _began) = (null, null, null, null, null);

    /// <summary>A session that was claimed and never entered is as it was; of one from another worker that is what its client had seen there.</summary>
    public static SavedSession? Unseen(ClaimedSession? claim, SessionStore store)
    {
        if (claim?.Given is not { } given)
            return claim?.Session;
        // What that worker alone had is lost with the answer it gave.
        if (given.Missed.Any(static packet => packet.Place.IsNone))
            return null;
        var replay = new ReplayMarks(given.Seen, MarksOf(claim, given.Missed), long.MaxValue) { Began = claim.Began };
        return claim.Session with { LastOffset = "", Moved = new MovedSession { Replay = replay } };
    }

    private static ImmutableArray<(string Offset, LogPlace Place)> MarksOf(ClaimedSession claim, IEnumerable<MissedPacket> missed) =>
        [(claim.Offset ?? "", LogPlace.None), .. missed.Select(static packet => (packet.Offset, packet.Place))];

    private bool IsNew(LogVector ahead, LogPlace place)
    {
        if (place.IsNone || !ahead.Knows(place.Life))
            return true;
        var had = ahead.Of(place.Life);
        if (place.Number < had)
            return false;
        ahead.Remove(place.Life);
        if (ahead.IsEmpty)
            _ahead = null;
        // Those between may have been for others. What counts is that they came.
        HasHole = place.Number > had && _store?.HasHeard(place.Life, had) == false;
        return place.Number > had && !HasHole;
    }
}
