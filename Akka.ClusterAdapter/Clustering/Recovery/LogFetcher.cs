using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>
/// Gets for the log of a namespace what was sent before it began, from the worker that has been there longest (docs/decisions/0103): soon after the
/// others are known, and twice again for what had not arrived by then, unless nobody has anything. For any thread.
/// </summary>
internal sealed partial class LogFetcher : IDisposable
{
    /// <summary>When: the others have to tell how far they are, and what is under way has to arrive.</summary>
    private static readonly TimeSpan[] Waits = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    /// <summary>How long an answer of those takes who are asked how far they are.</summary>
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the pause doubles where there is none: each of them answers to all workers, and may not get round to it.</summary>
    private const int MostDoublings = 3;

    /// <summary>How often they are waited for; then the others' logs must do.</summary>
    private const int MostAsks = 25;

    /// <summary>For how long somebody who has not answered is not asked again.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Packets that are put into the log in one step, under its lock.</summary>
    private const int AtOnce = 2_048;

    private readonly string _namespace;
    private readonly string _server;
    private readonly ClusterState _state;
    private readonly SessionMoves _moves;
    private readonly SessionStore _sessions;
    private readonly ITimer _timer;
    private int _round = Waits.Length;
    private volatile bool _isOn;
    private volatile bool _hasAsked;
    private int _asks;
    private long _askedAt = long.MinValue;
    private int _unanswered;

    public LogFetcher(string @namespace, string server, ClusterState state, SessionMoves moves, SessionStore sessions)
    {
        (_namespace, _server, _state, _moves, _sessions) = (@namespace, server, state, moves, sessions);
        _timer = state.Guard.CreateTimer(
            state.Time, "fetch-log", static me => me._state.Guard.Observe("fetch-log", me.RunAsync()),
            this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sessions.HaveAllTold = HaveAllTold;
    }

    /// <summary>
    /// True until all have told how far they are and somebody was asked for the first time, where there is somebody: a worker that takes clients before that
    /// may be the last one that is left.
    /// </summary>
    public bool IsBehind => _isOn && (!_hasAsked || !_sessions.KnowsAll) && _state.Peers.Any(peer => peer.Card.Has(_server));

    /// <summary>The log begins.</summary>
    public void Resume()
    {
        _isOn = true;
        _asks = 0;
        Volatile.Write(ref _round, -1);
        Look();
    }

    /// <summary>The namespace is empty.</summary>
    public void Suspend() => _isOn = false;

    /// <summary>The other workers may have changed.</summary>
    public void Look()
    {
        if (_state.Readiness.IsReady)
            Begin();
    }

    /// <summary>All others are known: they tell how far they are, and are asked soon.</summary>
    public void Begin()
    {
        if (_isOn && _state.HasPeers && Interlocked.CompareExchange(ref _round, 0, -1) == -1)
            Wait(Waits[0]);
    }

    public void Dispose()
    {
        _isOn = false;
        _timer.Dispose();
    }

    private void Wait(TimeSpan time)
    {
        try
        {
            _timer.Change(time, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Those who have not told yet are asked. Under the lock of the sessions.</summary>
    private bool HaveAllTold(HashSet<long> told)
    {
        var tellers = _state.Tellers;
        var isAll = true;
        foreach (var teller in tellers)
            isAll &= told.Contains(teller.Origin) || !teller.MayHave(_server);
        if (isAll)
            _unanswered = 0;
        else if (_isOn)
            AskForPositions(told, tellers);
        return isAll;
    }

    private void AskForPositions(HashSet<long> told, ImmutableArray<Teller> tellers)
    {
        var askedAt = Volatile.Read(ref _askedAt);
        var pause = AskPause * (1 << Math.Clamp(_unanswered - 1, 0, MostDoublings));
        if ((askedAt != long.MinValue && _state.Time.GetElapsedTime(askedAt) < pause)
            || Interlocked.CompareExchange(ref _askedAt, _state.Time.GetTimestamp(), askedAt) != askedAt)
            return;
        _unanswered++;
        // Each life of a member has a number of its own: they must not add up.
        if (told.Count > 2 * (tellers.Length + 32))
            told.IntersectWith(tellers.Select(static teller => teller.Origin));
        _moves.AskPositions(
            _sessions.Log, [.. tellers.Where(teller => teller.MayHave(_server) && !told.Contains(teller.Origin)).Select(static teller => teller.Origin)]);
    }

    private async Task RunAsync()
    {
        if (!_sessions.KnowsAll && Interlocked.Increment(ref _asks) <= MostAsks)
        {
            Wait(AskPause);
            return;
        }

        var (isAnybodyThere, isAnything, log) = (true, true, _sessions.Log);
        // Not all namespaces at once: what has come and is not in its log yet is not counted.
        await _state.Fetches.WaitAsync().ConfigureAwait(false);
        try
        {
            (isAnybodyThere, isAnything) = await AskAsync(log).ConfigureAwait(false);
        }
        finally
        {
            _state.Fetches.Release();
            _hasAsked |= isAnybodyThere;
            if (_isOn && log == _sessions.Log)
                GoOn(isAnybodyThere, isAnything);
        }
    }

    private void GoOn(bool isAnybodyThere, bool isAnything)
    {
        // Who is there may not be confirmed yet: then it begins anew when something is heard of them.
        var next = isAnybodyThere ? Volatile.Read(ref _round) + 1 : -1;
        Volatile.Write(ref _round, next);
        if (isAnything && next >= 0 && next < Waits.Length)
            Wait(Waits[next]);
    }

    private async Task<(bool IsAnybodyThere, bool IsAnything)> AskAsync(long log)
    {
        var (isAnybodyThere, isAnything) = (false, false);
        foreach (var peer in _state.Peers.Where(peer => peer.Card.Has(_server)).Take(2))
        {
            isAnybodyThere = true;
            if (!_isOn)
                break;
            if (_state.Silent.TryGetValue(peer.WorkerId, out var since) && _state.Time.GetElapsedTime(since) < Silence)
                continue;
            var (taken, isWhole, isEmpty) = await FetchAsync(peer.WorkerId, log).ConfigureAwait(false);
            if (taken > 0)
                Log.Fetched(_state.Logger, taken, _namespace, peer.WorkerId);
            isAnything |= !isEmpty;
            if (isWhole && !isEmpty)
                break;
        }

        return (isAnybodyThere, isAnything);
    }

    /// <summary>As much as there is room for, newest first.</summary>
    private async Task<(int Taken, bool IsWhole, bool IsEmpty)> FetchAsync(string worker, long log)
    {
        var packets = new List<FetchedPacket>();
        var (lacks, next, isEmpty, isFull, taken) = (_sessions.Lacks, 0L, true, false, 0);
        do
        {
            var page = await _moves.FetchAsync(worker, next, lacks).ConfigureAwait(false) ?? FetchedPage.None;
            packets.AddRange(page.Packets.Select(static packet => packet with { Body = MemorySize.Detach(packet.Body) }));
            isEmpty &= page.Held <= 0;
            next = page.Next;
            isFull = packets.Sum(static packet => packet.KeptBytes) >= _sessions.Room;
            if (next > 0 && packets.Count < AtOnce && !isFull)
                continue;
            taken += _sessions.Fetch(packets, log);
            packets.Clear();
        }
        while (next > 0 && !isFull && _isOn);

        if (next < 0)
            NoteSilence(worker);
        return (taken, next >= 0, isEmpty);
    }

    private void NoteSilence(string worker)
    {
        // Each life of a worker has a name of its own: they must not add up.
        foreach (var (other, since) in _state.Silent)
        {
            if (_state.Time.GetElapsedTime(since) >= Silence)
                _state.Silent.TryRemove(other, out _);
        }

        _state.Silent[worker] = _state.Time.GetTimestamp();
    }

    private static partial class Log
    {
        [LoggerMessage(5094, LogLevel.Debug,
            "{Count} events that were sent in {Namespace} before this worker joined came from {Worker}, for clients that missed them.",
            EventName = "LogFetched")]
        public static partial void Fetched(ILogger logger, int count, string @namespace, string worker);
    }
}
