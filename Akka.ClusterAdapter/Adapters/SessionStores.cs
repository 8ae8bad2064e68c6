using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// The session stores of one worker, one for each namespace, and what they may keep together. Where it is too much, the store that has most lets go
/// of its oldest, so that a busy namespace does not cost a quiet one its clients' packets.
/// </summary>
internal sealed class SessionStores : IDisposable
{
    // Looking for the largest is not for every packet: a little more than needed goes at once.
    private const int BytesSlack = 16;
    private const int SessionsSlack = 1_024;
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(1);

    private readonly IPacketParser _parser;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Action _expired;
    private readonly ITimer _timer;
    private readonly HashSet<SessionStore> _stores = [];
    private long _bytes;
    private long _sessionBytes;
    private long _copyBytes;
    private int _sessions;

    /// <param name="options">Bounds.</param>
    /// <param name="parser">Adds the offset to a packet.</param>
    /// <param name="time">Clock of the bounds in time.</param>
    /// <param name="expired">Called now and then, after what is too old was let go.</param>
    /// <param name="guard">The gate of its timer and of the application's listeners.</param>
    public SessionStores(SessionStoreOptions options, IPacketParser parser, TimeProvider time, Action? expired = null, Guard? guard = null)
    {
        Guard = guard ?? new Guard(NullLogger.Instance);
        Options = options;
        _parser = parser;
        _time = time;
        _expired = expired ?? (static () => { });
        var period = options.MaxDisconnection / 4;
        period = period < ShortestPeriod ? ShortestPeriod : period > LongestPeriod ? LongestPeriod : period;
        _timer = Guard.CreateTimer(time, nameof(SessionStores), static stores => stores.Expire(), this, period, period);
    }

    public SessionStoreOptions Options { get; }

    public Guard Guard { get; }

    /// <summary>Told of sessions that went to another worker or came from one: why, and how many.</summary>
    public Action<string, int> Moved { get; init; } = static (_, _) => { };

    /// <summary>Bytes of memory of all copies of other workers' sessions now.</summary>
    public long CopyBytes => Volatile.Read(ref _copyBytes);

    public void CountCopies(long bytes) => Interlocked.Add(ref _copyBytes, bytes);

    /// <summary>Bytes of memory of all sessions now.</summary>
    public long SessionBytes => Volatile.Read(ref _sessionBytes);

    /// <summary>What all stores keep now: sessions, and bytes of memory of packets.</summary>
    public (int Sessions, long Bytes) Size => (Volatile.Read(ref _sessions), Volatile.Read(ref _bytes));

    /// <summary>The store of a new namespace.</summary>
    public SessionStore Create()
    {
        var store = new SessionStore(this, _parser, _time);
        Resume(store);
        return store;
    }

    /// <summary>Its namespace was emptied: nothing is kept for it.</summary>
    public void Suspend(SessionStore store)
    {
        lock (_gate)
            _stores.Remove(store);
        store.Suspend();
    }

    /// <summary>Its namespace has clients again.</summary>
    public void Resume(SessionStore store)
    {
        lock (_gate)
            _stores.Add(store);
        store.Resume();
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>A store tells, under its own lock, what it keeps more or less.</summary>
    public void Count(long bytes, long sessionBytes, int sessions)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _sessionBytes, sessionBytes);
        Interlocked.Add(ref _sessions, sessions);
    }

    /// <summary>Keeps the bounds, on behalf of a store that has just added something and holds its own lock.</summary>
    public void Trim(SessionStore caller)
    {
        if (Volatile.Read(ref _bytes) > Options.MaxBytes)
            Trim(
                caller, () => Volatile.Read(ref _bytes) > Less(Options.MaxBytes, BytesSlack),
                static store => store.Bytes, static store => store.TryDropPacket());
        if (Volatile.Read(ref _sessions) > Options.MaxSessions)
        {
            Trim(caller, () => Volatile.Read(ref _sessions) > Less(Options.MaxSessions, SessionsSlack),
                static store => store.SessionCount, static store => store.TryDropSession());
        }

        if (Volatile.Read(ref _sessionBytes) > Options.MaxSessionBytes)
        {
            Trim(caller, () => Volatile.Read(ref _sessionBytes) > Less(Options.MaxSessionBytes, BytesSlack),
                static store => store.SessionBytes, static store => store.TryDropSession());
        }
    }

    private static int Less(int bound, int slack) => bound - (bound / slack);

    // Another store's lock is only tried: two stores may be at this at the same time, each with its own lock held.
    private void Trim(SessionStore caller, Func<bool> isTooMuch, Func<SessionStore, long> sizeOf, Func<SessionStore, bool> tryDrop)
    {
        foreach (var store in All().OrderByDescending(sizeOf))
        {
            if (store == caller || !store.TryEnter())
                continue;
            try
            {
                // Not below what the caller has: then it is the caller's turn.
                while (isTooMuch() && sizeOf(store) >= sizeOf(caller) && tryDrop(store))
                {
                }
            }
            finally
            {
                store.Exit();
            }

            if (!isTooMuch())
                return;
        }

        while (isTooMuch() && tryDrop(caller))
        {
        }
    }

    private SessionStore[] All()
    {
        lock (_gate)
            return [.. _stores];
    }

    private void Expire()
    {
        foreach (var store in All())
            store.Expire();
        _expired();
    }
}
