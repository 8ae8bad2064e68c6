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

    private readonly string _namespace;
    private readonly string _server;
    private readonly ClusterState _state;
    private readonly SessionMoves _moves;
    private readonly SessionStore _sessions;
    private readonly ITimer _timer;
    private int _round = Waits.Length;
    private volatile bool _isOn;

    public LogFetcher(string @namespace, string server, ClusterState state, SessionMoves moves, SessionStore sessions)
    {
        (_namespace, _server, _state, _moves, _sessions) = (@namespace, server, state, moves, sessions);
        _timer = state.Guard.CreateTimer(
            state.Time, "fetch-log", static me => me._state.Guard.Observe("fetch-log", me.RunAsync()), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

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
        var (isAnybodyThere, isAnything, log) = (false, false, _sessions.Log);
        foreach (var peer in _state.Peers.Where(peer => peer.Card.Has(_server)).Take(2))
        {
            if (!_isOn)
                return;
            var (packets, isWhole, isEmpty) = await FetchAsync(peer.WorkerId).ConfigureAwait(false);
            var taken = _sessions.Fetch(packets, log);
            if (taken > 0)
                Log.Fetched(_state.Logger, taken, _namespace, peer.WorkerId);
            (isAnybodyThere, isAnything) = (true, isAnything || !isEmpty);
            if (isWhole && !isEmpty)
                break;
        }

        if (!_isOn || log != _sessions.Log)
            return;
        // Who is there may not be confirmed yet: then it begins anew when something is heard of them.
        var next = isAnybodyThere ? Volatile.Read(ref _round) + 1 : -1;
        Volatile.Write(ref _round, next);
        if (isAnything && next < Waits.Length)
            Wait(Waits[next]);
    }

    /// <summary>As much as there is room for.</summary>
    private async Task<(List<FetchedPacket> Packets, bool IsWhole, bool IsEmpty)> FetchAsync(string worker)
    {
        var packets = new List<FetchedPacket>();
        var (lacks, next, isEmpty, room) = (_sessions.Lacks, 0L, true, _sessions.Options.MaxBytes - _sessions.Bytes);
        do
        {
            if (await _moves.FetchAsync(worker, next, lacks).ConfigureAwait(false) is not { Next: >= 0 } page)
                return (packets, false, false);
            packets.AddRange(page.Packets.Select(static packet => packet with { Body = MemorySize.Detach(packet.Body) }));
            room -= page.Packets.Sum(static packet => packet.Bytes);
            isEmpty &= page.Held == 0;
            next = page.Next;
        }
        while (next > 0 && room > 0 && _isOn);

        return (packets, true, isEmpty);
    }

    private static partial class Log
    {
        [LoggerMessage(5094, LogLevel.Debug, "{Count} events that were sent in {Namespace} before this worker joined came from {Worker}, for clients that missed them.", EventName = "LogFetched")]
        public static partial void Fetched(ILogger logger, int count, string @namespace, string worker);
    }
}
