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

    public LogFetcher(string @namespace, string server, ClusterState state, SessionMoves moves, SessionStore sessions)
    {
        (_namespace, _server, _state, _moves, _sessions) = (@namespace, server, state, moves, sessions);
        _timer = state.Guard.CreateTimer(
            state.Time, "fetch-log", static me => me._state.Guard.Observe("fetch-log", me.RunAsync()), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True until somebody was asked for the first time, where there is somebody: a worker that takes clients before that may be the last one that is left.</summary>
    public bool IsBehind => _isOn && !_hasAsked && _state.Peers.Any(peer => peer.Card.Has(_server));

    /// <summary>The log begins.</summary>
    public void Resume()
    {
        _isOn = true;
        Volatile.Write(ref _round, -1);
        Look();
    }

    /// <summary>The namespace is empty.</summary>
    public void Suspend() => _isOn = false;

    /// <summary>The other workers may have changed.</summary>
    public void Look()
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

    private async Task RunAsync()
    {
        // Not all namespaces at once: what has come and is not in its log yet is not counted.
        await _state.Fetches.WaitAsync().ConfigureAwait(false);
        try
        {
            await AskAsync().ConfigureAwait(false);
        }
        finally
        {
            _state.Fetches.Release();
        }
    }

    private async Task AskAsync()
    {
        var (isAnybodyThere, isAnything, log) = (false, false, _sessions.Log);
        foreach (var peer in _state.Peers.Where(peer => peer.Card.Has(_server)).Take(2))
        {
            if (!_isOn)
                return;
            var (taken, isWhole, isEmpty) = await FetchAsync(peer.WorkerId, log).ConfigureAwait(false);
            if (taken > 0)
                Log.Fetched(_state.Logger, taken, _namespace, peer.WorkerId);
            (isAnybodyThere, isAnything) = (true, isAnything || !isEmpty);
            if (isWhole && !isEmpty)
                break;
        }

        _hasAsked |= isAnybodyThere;
        if (!_isOn || log != _sessions.Log)
            return;
        // Who is there may not be confirmed yet: then it begins anew when something is heard of them.
        var next = isAnybodyThere ? Volatile.Read(ref _round) + 1 : -1;
        Volatile.Write(ref _round, next);
        if (isAnything && next < Waits.Length)
            Wait(Waits[next]);
    }

    /// <summary>As much as there is room for, newest first.</summary>
    private async Task<(int Taken, bool IsWhole, bool IsEmpty)> FetchAsync(string worker, long log)
    {
        var packets = new List<FetchedPacket>();
        var (lacks, next, isEmpty, taken) = (_sessions.Lacks, 0L, true, 0);
        do
        {
            var page = await _moves.FetchAsync(worker, next, lacks).ConfigureAwait(false) ?? FetchedPage.None;
            packets.AddRange(page.Packets.Select(static packet => packet with { Body = MemorySize.Detach(packet.Body) }));
            isEmpty &= page.Held == 0;
            next = page.Next;
            if (next > 0 && packets.Count < AtOnce && packets.Sum(static packet => packet.Bytes) < _sessions.Room)
                continue;
            taken += _sessions.Fetch(packets, log);
            packets.Clear();
        }
        while (next > 0 && _sessions.Room > 0 && _isOn);

        return (taken, next >= 0, isEmpty && next >= 0);
    }

    private static partial class Log
    {
        [LoggerMessage(5094, LogLevel.Debug, "{Count} events that were sent in {Namespace} before this worker joined came from {Worker}, for clients that missed them.", EventName = "LogFetched")]
        public static partial void Fetched(ILogger logger, int count, string @namespace, string worker);
    }
}
