using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>How far its worker is with what clients of the namespace may come back for, in the order of that.</summary>
/// <param name="namespace">The namespace.</param>
/// <param name="place">The last that it has sent.</param>
/// <param name="age">How long ago.</param>
internal sealed class LogPosition(string @namespace, LogPlace place, TimeSpan age) : OrderedMessage(@namespace)
{
    public const string Kind = "P1";

    public LogPlace Place { get; } = place;

    public TimeSpan Age { get; } = age;

    public override string Manifest => Kind;

    public static LogPosition Read(ref PeerReader reader, string @namespace) =>
        new(@namespace, new LogPlace(reader.Fixed(), (long)reader.Varint()), SessionWire.Time(ref reader));

    // P1: origin · sequence · namespace · life f64 · number · age ms
    protected override void WriteRest(ref PeerWriter writer)
    {
        writer.Fixed(Place.Life);
        writer.Varint((ulong)Place.Number);
        SessionWire.Time(ref writer, Age);
    }
}

/// <summary>Its worker begins to record the namespace: tell how far you are.</summary>
internal sealed class LogBegins(string @namespace) : OrderedMessage(@namespace)
{
    public const string Kind = "Y1";

    public override string Manifest => Kind;

    // Y1: origin · sequence · namespace
    protected override void WriteRest(ref PeerWriter writer)
    {
    }
}

/// <summary>Asks one member how far it is in a namespace. It answers with a <see cref="LogPosition"/>, or <see cref="LogSilent"/>.</summary>
internal sealed class LogAsked : PeerMessage
{
    public const string Kind = "W1";

    public LogAsked(long origin, string @namespace, long log)
    {
        Origin = origin;
        Namespace = @namespace;
        Log = log;
    }

    public string Namespace { get; }

    /// <summary>Which log wants to know.</summary>
    public long Log { get; }

    public override string Manifest => Kind;

    public static LogAsked Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        return new LogAsked(origin, reader.Text(), reader.Fixed());
    }

    // W1: origin f64 · namespace · log f64
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Text(Namespace);
        writer.Fixed(Log);
    }
}

/// <summary>The answer of a member that has sent nothing in the namespace.</summary>
internal sealed class LogSilent : PeerMessage
{
    public const string Kind = "w1";

    public LogSilent(long origin, string @namespace, long log)
    {
        Origin = origin;
        Namespace = @namespace;
        Log = log;
    }

    public string Namespace { get; }

    /// <summary>Which log wanted to know.</summary>
    public long Log { get; }

    public override string Manifest => Kind;

    public static LogSilent Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        return new LogSilent(origin, reader.Text(), reader.Fixed());
    }

    // w1: origin f64 · namespace · log f64
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Text(Namespace);
        writer.Fixed(Log);
    }
}

/// <summary>A request to one worker, or a few, that does not go through the topic: it has no place in its origin's order.</summary>
internal abstract class SessionRequest(string @namespace, long requestId, TimeSpan budget)
    : RequestMessage(@namespace, requestId, budget), IDeadLetterSuppression;

/// <summary>A client shows this secret here: give me its session.</summary>
internal sealed class ClaimSession(string @namespace, long requestId, TimeSpan budget, string privateId, string? offset)
    : SessionRequest(@namespace, requestId, budget)
{
    public const string Kind = "G1";

    public string PrivateId { get; } = privateId;

    /// <summary>The last packet the client says it has seen.</summary>
    public string? Offset { get; } = offset;

    public override string Manifest => Kind;

    public static ClaimSession Read(ref PeerReader reader, string @namespace, long requestId, TimeSpan budget) =>
        new(@namespace, requestId, budget, reader.Text(), SessionWire.OptionalText(ref reader));

    // G1: origin · 0 · namespace · request · budget ms · secret · 1 and the offset, or 0
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Text(PrivateId);
        SessionWire.Optional(ref writer, Offset);
    }
}

/// <summary>The answer: the session and what its client missed, or why there is none.</summary>
internal sealed class SessionClaimed(long origin, long requestId, GivenSession? given, ClaimOutcome outcome) : AnswerMessage(origin, requestId)
{
    public const string Kind = "g1";

    public GivenSession? Given { get; } = given;

    public ClaimOutcome Outcome { get; } = outcome;

    public override string Manifest => Kind;

    public static SessionClaimed Read(ref PeerReader reader, long origin, long requestId)
    {
        var outcome = (ClaimOutcome)reader.Byte();
        if (outcome != ClaimOutcome.Recovered)
            return new(origin, requestId, null, outcome);
        var session = SessionWire.Session(ref reader);
        var (seen, reached, age) = (SessionWire.Vector(ref reader), SessionWire.Vector(ref reader), SessionWire.Time(ref reader));
        return new(origin, requestId, new GivenSession(session, seen, reached, SessionWire.Missed(ref reader), age), outcome);
    }

    // g1: origin f64 · request · outcome · [session · seen · reached · age of the log ms · count × missed packet]
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Byte((byte)Outcome);
        if (Given is null)
            return;
        SessionWire.Session(ref writer, Given.Session);
        SessionWire.Vector(ref writer, Given.Seen);
        SessionWire.Vector(ref writer, Given.Reached);
        SessionWire.Time(ref writer, Given.LogAge);
        writer.Length(Given.Missed.Count);
        foreach (var packet in Given.Missed)
            SessionWire.Missed(ref writer, packet);
    }
}

/// <summary>This worker goes: keep a part of what its log was, for the sessions that follow.</summary>
/// <param name="namespace">The namespace.</param>
/// <param name="requestId">Number of the request.</param>
/// <param name="budget">How long it is waited for.</param>
/// <param name="epoch">Which log.</param>
/// <param name="first">Position of the first place in it.</param>
/// <param name="before">How far the log was in front of the first part; null for the others.</param>
/// <param name="isLast">Whether the log is complete with it.</param>
/// <param name="places">The places.</param>
internal sealed class KeepTrail(string @namespace, long requestId, TimeSpan budget, string epoch, long first, LogVector? before, bool isLast, LogPlace[] places)
    : SessionRequest(@namespace, requestId, budget)
{
    public const string Kind = "L1";
    private const int IsFirst = 1;
    private const int IsEnd = 2;

    public string Epoch { get; } = epoch;

    public long First { get; } = first;

    public LogVector? Before { get; } = before;

    public bool IsLast { get; } = isLast;

    public LogPlace[] Places { get; } = places;

    /// <summary>With the last part: workers in the order in which the steps of offsets count them.</summary>
    public IReadOnlyList<long> Lives { get; init; } = [];

    public override string Manifest => Kind;

    public static KeepTrail Read(ref PeerReader reader, string @namespace, long requestId, TimeSpan budget)
    {
        var (epoch, first, form) = (reader.Text(), (long)reader.Varint(), reader.Byte());
        var before = (form & IsFirst) != 0 ? SessionWire.Vector(ref reader) : null;
        var places = SessionWire.Places(ref reader);
        return new(@namespace, requestId, budget, epoch, first, before, (form & IsEnd) != 0, places)
        {
            Lives = (form & IsEnd) != 0 ? SessionWire.Lives(ref reader) : [],
        };
    }

    // L1: origin · 0 · namespace · request · budget ms · epoch · first · 1 for the first part and 2 for the last · [before] · places · [lives]
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Text(Epoch);
        writer.Varint((ulong)First);
        writer.Byte((byte)((Before is null ? 0 : IsFirst) | (IsLast ? IsEnd : 0)));
        if (Before is not null)
            SessionWire.Vector(ref writer, Before);
        SessionWire.Places(ref writer, Places);
        if (IsLast)
            SessionWire.Lives(ref writer, Lives);
    }
}

/// <summary>This worker goes: keep these sessions for their clients.</summary>
internal sealed class KeepSessions(string @namespace, long requestId, TimeSpan budget, ImmutableArray<HandedSession> sessions)
    : SessionRequest(@namespace, requestId, budget)
{
    public const string Kind = "N1";

    public ImmutableArray<HandedSession> Sessions { get; } = sessions;

    public override string Manifest => Kind;

    public static void Write(ref PeerWriter writer, HandedSession handed)
    {
        SessionWire.Session(ref writer, handed.Session);
        writer.Text(handed.Epoch);
        writer.Varint((ulong)handed.LeftAt);
        SessionWire.Time(ref writer, handed.Away);
        SessionWire.Time(ref writer, handed.LogAge);
    }

    public static KeepSessions Read(ref PeerReader reader, string @namespace, long requestId, TimeSpan budget) =>
        new(@namespace, requestId, budget, Read(ref reader));

    /// <summary>Several of what <see cref="Write"/> has written, with their count in front.</summary>
    public static ImmutableArray<HandedSession> Read(ref PeerReader reader)
    {
        var sessions = ImmutableArray.CreateBuilder<HandedSession>();
        for (var left = reader.Length(); left > 0; left--)
        {
            sessions.Add(new HandedSession(
                SessionWire.Session(ref reader), reader.Text(), (long)reader.Varint(), SessionWire.Time(ref reader), SessionWire.Time(ref reader)));
        }

        return sessions.DrainToImmutable();
    }

    // N1: origin · 0 · namespace · request · budget ms · count × (session · epoch · left at · away ms · age of the log ms)
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Length(Sessions.Length);
        foreach (var session in Sessions)
            Write(ref writer, session);
    }
}

/// <summary>Keep a copy of this, in case its worker is killed.</summary>
/// <param name="namespace">The namespace.</param>
/// <param name="requestId">Number of the request.</param>
/// <param name="budget">How long it is waited for.</param>
/// <param name="log">Of its log; null for the end: keep nothing any more.</param>
/// <param name="sessions">Sessions that have come or changed.</param>
/// <param name="gone">Secrets of those that are over.</param>
internal sealed class CopySessions(
    string @namespace, long requestId, TimeSpan budget, CopiedLog? log, ImmutableArray<HandedSession> sessions, ImmutableArray<string> gone)
    : SessionRequest(@namespace, requestId, budget)
{
    public const string Kind = "O1";
    private const byte End = 0;
    private const byte Begin = 1;
    private const byte Part = 2;

    public CopiedLog? Log { get; } = log;

    public ImmutableArray<HandedSession> Sessions { get; } = sessions;

    public ImmutableArray<string> Gone { get; } = gone;

    public override string Manifest => Kind;

    public static CopySessions Read(ref PeerReader reader, string @namespace, long requestId, TimeSpan budget)
    {
        var form = reader.Byte();
        if (form == End)
            return new(@namespace, requestId, budget, null, [], []);
        var log = ReadLog(ref reader, form == Begin);
        return new(@namespace, requestId, budget, log, KeepSessions.Read(ref reader), reader.Texts());
    }

    // O1: origin · 0 · namespace · request · budget ms · 0 for the end, or 1 for the first and 2 for others: log · count × session as in N1 · secrets
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Byte(Log is null ? End : Log.Begins ? Begin : Part);
        if (Log is null)
            return;
        WriteLog(ref writer, Log);
        writer.Length(Sessions.Length);
        foreach (var session in Sessions)
            KeepSessions.Write(ref writer, session);
        writer.Texts(Gone.AsSpan());
    }

    // epoch · oldest kept · first · before · age ms · last loss · places · count × (how far behind the first · rooms)
    private static void WriteLog(ref PeerWriter writer, CopiedLog log)
    {
        writer.Text(log.Epoch);
        writer.Varint((ulong)log.Kept);
        writer.Varint((ulong)log.First);
        SessionWire.Vector(ref writer, log.Before);
        SessionWire.Time(ref writer, log.Age);
        writer.Varint((ulong)log.LastLoss);
        SessionWire.Places(ref writer, log.Places);
        writer.Length(log.Locals.Length);
        foreach (var (position, rooms) in log.Locals)
        {
            writer.Varint((ulong)(position - log.First));
            writer.Texts(rooms);
        }
    }

    private static CopiedLog ReadLog(ref PeerReader reader, bool begins)
    {
        var (epoch, kept, first) = (reader.Text(), (long)reader.Varint(), (long)reader.Varint());
        var (before, age, loss, places) = (SessionWire.Vector(ref reader), SessionWire.Time(ref reader), (long)reader.Varint(), SessionWire.Places(ref reader));
        var locals = new (long, string[])[reader.Length()];
        for (var i = 0; i < locals.Length; i++)
            locals[i] = (first + (long)reader.Varint(), [.. reader.Texts()]);
        return new CopiedLog(begins, epoch, kept, first, before, age, loss, places, locals);
    }
}

/// <summary>So many of what another worker handed over are kept.</summary>
internal sealed class SessionsKept(long origin, long requestId, int count) : AnswerMessage(origin, requestId)
{
    public const string Kind = "n1";

    public int Count { get; } = count;

    public override string Manifest => Kind;

    // n1: origin f64 · request · count
    protected override void WriteAnswer(ref PeerWriter writer) => writer.Length(Count);
}
