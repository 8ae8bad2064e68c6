using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Faults.Soak.Histories;

/// <summary>
/// Everything that was broadcast and what each client got. Finds what came twice, what came in another order than its sender's, and what is missing although
/// nothing excuses it. Keeps numbers, not messages: a run may last for hours. Thread-safe.
/// </summary>
internal sealed class SoakHistory
{
    /// <summary>What was sent so shortly before a session ended may have been on its way, on a busy machine.</summary>
    private const long OnItsWay = 5_000;

    /// <summary>Who has a hole is told within this time, by being disconnected and beginning anew.</summary>
    private const long ToldWithin = 45_000;

    private readonly ConcurrentDictionary<string, StreamLog> _streams = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Excuse> _excuses = new();
    private readonly ConcurrentDictionary<Session, byte> _sessions = new();
    private readonly ConcurrentQueue<string> _found = new();
    private long _delivered;
    private int _toldLate;
    private int _excused;

    /// <summary>Messages that clients got.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Messages that were sent, as far as is known.</summary>
    public long Sent => _streams.Values.Sum(static stream => (long)stream.Count);

    /// <summary>Holes of clients that were told so.</summary>
    public int ToldLate => _toldLate;

    /// <summary>Holes that the promise leaves open.</summary>
    public int Excused => _excused;

    public IEnumerable<Session> Open => _sessions.Keys.Where(static session => session.EndedAt is null);

    /// <summary>A client has joined its rooms; it says itself when the session begins.</summary>
    public Session Join(string client, string scope, string[] rooms, string? life, string how = "")
    {
        var session = new Session(client, scope, rooms);
        session.Connected(life, Environment.TickCount64, how);
        _sessions[session] = 0;
        return session;
    }

    /// <summary>A message came to a client; without a session it only tells that it was sent.</summary>
    public void Receive(Session? session, string name, int number, long sentAt)
    {
        var stream = StreamOf(name);
        stream.Note(number, sentAt);
        Interlocked.Increment(ref _delivered);
        session?.Receive(stream, number, Environment.TickCount64);
    }

    /// <summary>A sender says how many messages a stream has, and when the last one was sent.</summary>
    public void NoteSent(string name, int count, long? lastAt = null) => StreamOf(name).Sent(count, lastAt);

    public void Excuse(Excuse excuse) => _excuses.Enqueue(excuse);

    /// <summary>Something is wrong that somebody saw himself.</summary>
    public void Found(string what) => _found.Enqueue(what);

    /// <summary>Whether anything was done to the cluster in a period.</summary>
    public bool IsDisturbed(long since, long until) => _excuses.Any(excuse => excuse.Since <= until && excuse.Until >= since);

    /// <summary>What an open session has not got yet of what its living senders have sent.</summary>
    public int Owed(Session session, Func<string, bool> isAlive) => StreamsOf(session).Where(stream => isAlive(stream.Life)).Sum(stream =>
    {
        var (first, end) = (stream.FirstAfter(session.JoinedAt), stream.Count);
        return first >= end ? 0 : Math.Max(0, end - 1 - Math.Max(session.LastOf(stream), first - 1));
    });

    /// <summary>Judges what has ended, and with <paramref name="open"/> what is open too; those are forgotten.</summary>
    public string[] Judge(bool open)
    {
        var judged = _sessions.Keys.Where(session => open || session.EndedAt is not null).ToArray();
        foreach (var session in judged)
        {
            foreach (var misplaced in session.Misplaced())
                _found.Enqueue(misplaced);
            foreach (var stream in StreamsOf(session))
                Judge(session, stream);
        }

        foreach (var session in judged)
            _sessions.TryRemove(session, out _);

        var found = new List<string>();
        while (_found.TryDequeue(out var one))
            found.Add(one);
        return [.. found];
    }

    private void Judge(Session session, StreamLog stream)
    {
        var limit = session.EndedAt is { } ended ? ended - OnItsWay : long.MaxValue;
        var end = limit == long.MaxValue ? stream.Count : stream.EndAt(limit);
        foreach (var hole in session.Missing(stream, stream.FirstAfter(session.JoinedAt), end))
        {
            if (WasTold(session, hole))
            {
                Interlocked.Increment(ref _toldLate);
                continue;
            }

            var unexcused = Enumerable.Range(hole.From, hole.To - hole.From + 1).Where(number => !IsExcused(session, stream, number)).ToArray();
            if (unexcused.Length == 0)
                Interlocked.Increment(ref _excused);
            else
                _found.Enqueue($"{session} misses {stream.Name} {string.Join(",", unexcused.Take(5))} ({unexcused.Length} of {hole.From}–{hole.To}), "
                    + $"sent {stream.SentAfter(unexcused[0])}–{stream.SentAt(unexcused[0])}, "
                    + $"noticed {hole.NoticedAt}; {Others(session, stream, unexcused[0])}");
        }
    }

    /// <summary>Whether it was this client alone.</summary>
    private string Others(Session session, StreamLog stream, int number)
    {
        var moment = stream.SentAt(number) is var at && at == long.MaxValue ? stream.SentAfter(number) : at;
        var life = session.LifeAt(moment);
        Session[] others = [.. _sessions.Keys.Where(other => other != session && other.Scope == session.Scope
            && other.Rooms.Contains(stream.Room) && other.JoinedAt < moment && other.LifeAt(moment) == life)];
        var missing = others.Count(other => other.Missing(stream, 0, number + 1).Exists(hole => number >= hole.From && number <= hole.To));
        return $"of {others.Length} others at {life} then {missing} miss it too";
    }

    private static bool WasTold(Session session, Hole hole) =>
        session is { WasTold: true, EndedAt: { } ended } && (hole.NoticedAt == long.MaxValue || ended - hole.NoticedAt < ToldWithin);

    private bool IsExcused(Session session, StreamLog stream, int number)
    {
        var (after, at) = (stream.SentAfter(number), stream.SentAt(number));
        var moment = at == long.MaxValue ? after : at;
        var life = session.LifeAt(moment);
        return _excuses.Any(excuse => excuse.Covers(stream.Life, life, after, at));
    }

    private IEnumerable<StreamLog> StreamsOf(Session session) =>
        _streams.Values.Where(stream => stream.Scope == session.Scope && session.Rooms.Contains(stream.Room));

    private StreamLog StreamOf(string name) => _streams.GetOrAdd(name, static name => new StreamLog(name));
}
