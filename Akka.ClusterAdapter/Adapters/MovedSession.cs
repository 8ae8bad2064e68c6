using System.Collections.Immutable;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>What a session has brought from another worker.</summary>
internal sealed record MovedSession
{
    /// <summary>The log that its client's offsets are of; null for this worker's.</summary>
    public LogTrail? Home { get; init; }

    /// <summary>When that log began, in timestamps of this worker.</summary>
    public long HomeBegan { get; init; }

    /// <summary>
    /// Position there of the last packet for it that was in that log only, or in front of which something was missing: who is not so far cannot get it
    /// any more.
    /// </summary>
    public long LastLocal { get; init; }

    /// <summary>What its client has had already although it may come to this worker's log only now.</summary>
    public LogVector? Ahead { get; init; }

    /// <summary>What was sent to it when it came.</summary>
    public ReplayMarks? Replay { get; init; }
}

/// <summary>The packets that a client was sent when it came from another worker, by offset: it may lose its connection in the middle of them.</summary>
/// <param name="Before">What it had seen in front of them.</param>
/// <param name="Packets">Offsets and places, in order; first the offset that it showed then.</param>
/// <param name="EnteredAt">The last position of this worker's log when it came.</param>
internal sealed record ReplayMarks(LogVector Before, ImmutableArray<(string Offset, LogPlace Place)> Packets, long EnteredAt)
{
    /// <summary>When the log began that <see cref="Before"/> is told of, in timestamps of this worker.</summary>
    public long Began { get; init; }

    /// <summary>False when its client came so long ago that what was on its way then is here, or will never be. Does not cross.</summary>
    public bool IsRecent { get; init; } = true;

    /// <summary>How long ago that is, on its way between workers.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>Whether it is one of these.</summary>
    public bool Has(string? offset) => Packets.Any(packet => packet.Offset == (offset ?? ""));

    /// <summary>What a client has seen that shows this offset, which is one of these.</summary>
    public LogVector At(string? offset)
    {
        var vector = Before.Copy();
        foreach (var (each, place) in Packets)
        {
            vector.Raise(place.Life, place.Number);
            if (each == (offset ?? ""))
                break;
        }

        return vector;
    }

    /// <summary>The places of those behind an offset.</summary>
    public IEnumerable<LogPlace> After(string? offset) =>
        Packets.SkipWhile(packet => packet.Offset != (offset ?? "")).Skip(1).Select(static packet => packet.Place);
}

/// <summary>A session that another worker has given away, with what its client missed there.</summary>
/// <param name="Session">The session; its data are what they are on that worker.</param>
/// <param name="Seen">What the client had seen before.</param>
/// <param name="Reached">What it has seen with those packets.</param>
/// <param name="Missed">What it missed, in order.</param>
/// <param name="LogAge">How long ago the log began that this is told of.</param>
internal sealed record GivenSession(SavedSession Session, LogVector Seen, LogVector Reached, IReadOnlyList<MissedPacket> Missed, TimeSpan LogAge);

/// <summary>A session on its way to a worker that keeps it from now on.</summary>
/// <param name="Session">The session.</param>
/// <param name="Epoch">Which log its offsets and positions are of (<see cref="LogTrail"/>).</param>
/// <param name="LeftAt">The last position of that log before its client left.</param>
/// <param name="Away">For how long its client has been away.</param>
/// <param name="LogAge">How long ago its log began.</param>
internal sealed record HandedSession(SavedSession Session, string Epoch, long LeftAt, TimeSpan Away, TimeSpan LogAge);

/// <summary>What became of a client that showed the secret of a session.</summary>
internal enum ClaimOutcome
{
    /// <summary>It has its session again.</summary>
    Recovered,

    /// <summary>Nobody has such a session (any more).</summary>
    Unknown,

    /// <summary>It missed more than is kept, or may be missed.</summary>
    LogTooShort,

    /// <summary>What it shows as the last packet that it has seen is none of its session.</summary>
    UnknownOffset,

    /// <summary>The worker that has it did not answer in time.</summary>
    OwnerSilent,

    /// <summary>What the application keeps with the socket cannot be read here.</summary>
    DataUnreadable,

    /// <summary>It is the session of another user.</summary>
    OtherUser,

    /// <summary>Too many from its address showed secrets of nothing.</summary>
    Throttled,

    /// <summary>Its connection ended before it was in its rooms again; the session stays.</summary>
    GaveWay,

    /// <summary>Between workers only: there is a copy of it, and its worker may live.</summary>
    Copied,

    /// <summary>In this worker only: something that its client may have missed is still on its way here.</summary>
    Behind,
}
