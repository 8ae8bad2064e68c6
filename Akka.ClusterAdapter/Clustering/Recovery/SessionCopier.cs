using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>
/// Has another worker keep a copy of one namespace's log and sessions, so that they outlive this one (docs/decisions/0094): what has changed goes there a
/// tenth of a second later, and what was only recorded half a second later. One at a time; when it goes, or cannot,
/// another one is given everything. For any thread.
/// </summary>
internal sealed partial class SessionCopier : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>When only events were recorded that others have as well: offsets tell of them, and a message that comes alone is dear.</summary>
    private static readonly TimeSpan LongInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker is left alone at most that could not take the copy: as long as it has just joined it may not know whose it is.</summary>
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(30);

    private const int PlacesAtOnce = 4_000;

    private readonly string _namespace;
    private readonly string _server;
    private readonly ClusterState _state;
    private readonly SessionMoves _moves;
    private readonly SessionStore _sessions;
    private readonly ISessionSnapshots _snapshots;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<string, (int Times, long At)> _failed = new(StringComparer.Ordinal);
    private readonly Queue<string> _left = [];
    private Task? _next;
    private volatile string? _keeper;
    private volatile bool _isOn;
    private volatile bool _isEnded;
    private volatile bool _looks;

    /// <summary>Workers that kept a copy and have not said that they let go of it.</summary>
    private readonly ConcurrentDictionary<string, bool> _former = new(StringComparer.Ordinal);

    public SessionCopier(string @namespace, string server, ClusterState state, SessionMoves moves, SessionStore sessions, ISessionSnapshots snapshots)
    {
        (_namespace, _server, _state, _moves, _sessions, _snapshots) = (@namespace, server, state, moves, sessions, snapshots);
        _timer = state.Guard.CreateTimer(state.Time, "copy-sessions", static me => me.Start(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sessions.Marks.Woken = isUrgent => Wait(isUrgent ? Interval : LongInterval);
    }

    /// <summary>The namespace has clients (again).</summary>
    public void Resume()
    {
        _isOn = true;
        Wait(Interval);
    }

    /// <summary>The namespace is empty: nothing is kept of it.</summary>
    public void Suspend()
    {
        _isOn = false;
        Wait(TimeSpan.Zero);
    }

    /// <summary>The other workers may have changed.</summary>
    public void Look()
    {
        if (_isOn && !_isEnded && !_looks && IsAnythingToDo())
        {
            _looks = true;
            Wait(Interval);
        }
    }

    private bool IsAnythingToDo() => _keeper is { } keeper && MayKeep(keeper) ? _former.Keys.Any(MayKeep) : Choose() is not null;

    /// <summary>Completes when the keeper has what has changed until now. Many who wait share one message.</summary>
    public Task CopyNowAsync()
    {
        if (_keeper is null)
            return Task.CompletedTask;
        lock (_gate)
            return _next ??= RunNextAsync();
    }

    /// <summary>This worker goes, and its sessions are with others.</summary>
    public Task EndAsync()
    {
        _isEnded = true;
        return RunNextAsync();
    }

    public void Dispose()
    {
        _isEnded = true;
        _sessions.Marks.Woken = null;
        _sessions.EndCopying();
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

    private void Start() => _state.Guard.Observe("copy-sessions", StartAsync());

    private async Task StartAsync()
    {
        // Who has the turn looks again when it ends.
        if (await _turn.WaitAsync(0).ConfigureAwait(false))
            await RunAsync().ConfigureAwait(false);
    }

    private async Task RunNextAsync()
    {
        // Whoever comes while it waits for its turn shares it, and nobody who comes later.
        await Task.Yield();
        await _turn.WaitAsync().ConfigureAwait(false);
        lock (_gate)
            _next = null;
        await RunAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            _looks = false;
            _sessions.Marks.Sleep();
            var isDone = await FlushAsync().ConfigureAwait(false);
            if (!_isEnded && (!isDone || _sessions.Marks.IsAwake || (!_isOn && _keeper is not null)))
                Wait(!isDone ? RetryInterval : _sessions.Marks.IsUrgent ? Interval : LongInterval);
        }
        catch
        {
            // What was taken from the marks is not copied: everything is, the next time.
            _keeper = null;
            _sessions.EndCopying();
            Wait(RetryInterval);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>False when it should be tried again.</returns>
    private async Task<bool> FlushAsync()
    {
        if (!_isOn || _isEnded)
        {
            await LeaveAsync().ConfigureAwait(false);
            return true;
        }

        if (_keeper is not { } keeper || !MayKeep(keeper))
        {
            await LeaveAsync().ConfigureAwait(false);
            if (!_isOn || _isEnded || Choose() is not { } next)
                return true; // it is looked for when somebody comes
            _keeper = keeper = next;
            _former.TryRemove(keeper, out _);
            _sessions.BeginCopying();
            Log.Keeps(_state.Logger, keeper, _namespace);
        }

        await DropFormerAsync().ConfigureAwait(false);
        if (!_sessions.IsCopying)
            _sessions.BeginCopying(); // the namespace was empty meanwhile

        if (await CopyAsync(keeper).ConfigureAwait(false))
        {
            _failed.TryRemove(keeper, out _);
            return true;
        }

        Log.DidNotKeep(_state.Logger, keeper, _namespace, Fail(keeper));
        await LeaveAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Whoever keeps a copy need not any more.</summary>
    private async Task LeaveAsync()
    {
        if (_keeper is not { } keeper)
            return;
        _keeper = null;
        _sessions.EndCopying();
        _former[keeper] = true;
        await DropFormerAsync().ConfigureAwait(false);
    }

    /// <summary>An old copy must not become sessions: who cannot be told now is told when it is there again.</summary>
    private async Task DropFormerAsync()
    {
        foreach (var former in _former.Keys)
        {
            if (!_state.Known.Any(peer => peer.WorkerId == former) || (MayKeep(former) && await _moves.CopyAsync(former, null, [], []).ConfigureAwait(false)))
                _former.TryRemove(former, out _);
        }
    }

    private async Task<bool> CopyAsync(string keeper)
    {
        while (_sessions.TakeCopied(PlacesAtOnce) is { } log)
        {
            if (log.Begins)
            {
                _left.Clear();
                Enqueue(_snapshots.All());
            }

            if (log.IsLast)
                EnqueueMarked();
            var rest = log;
            do
            {
                var (sessions, gone) = log.IsLast ? TakeSessions() : ([], []);
                if (!await _moves.CopyAsync(keeper, rest, sessions, gone).ConfigureAwait(false))
                    return false;
                _sessions.Acknowledge(rest.Last);
                rest = rest with { Begins = false, First = rest.Last + 1, Before = new(), Places = [], Locals = [] };
            }
            while (log.IsLast && _left.Count > 0);

            if (log.IsLast)
                return true;
        }

        return true;
    }

    private void EnqueueMarked()
    {
        var (secrets, sockets) = _sessions.Marks.Take();
        foreach (var id in sockets)
        {
            if (_snapshots.SecretOf(id) is { } secret)
                secrets.Add(secret);
        }

        Enqueue(secrets);
    }

    private void Enqueue(IEnumerable<string> secrets)
    {
        foreach (var secret in secrets)
            _left.Enqueue(secret);
    }

    /// <summary>As much as fits into one message.</summary>
    private (ImmutableArray<HandedSession> Sessions, ImmutableArray<string> Gone) TakeSessions()
    {
        var sessions = ImmutableArray.CreateBuilder<HandedSession>();
        var gone = ImmutableArray.CreateBuilder<string>();
        for (var size = 0; size < AnswerParts.Largest / 2 && _left.TryDequeue(out var secret);)
        {
            if (!_snapshots.TryTake(secret, out var session))
                continue;
            var next = session is null ? 0 : SessionMoves.SizeOf(session);
            if (session is null || next > AnswerParts.Largest / 2)
                gone.Add(secret); // it is over, or has more data than can cross
            else
                sessions.Add(session);
            size += next + secret.Length;
        }

        return (sessions.DrainToImmutable(), gone.DrainToImmutable());
    }

    private bool MayKeep(string worker) => Candidates().Any(peer => peer.WorkerId == worker);

    private IEnumerable<PeerInfo> Candidates() => _state.Peers.Where(peer => peer.Card.Has(_server));

    /// <summary>Spread evenly, and by everybody in the same way: the one whose name goes best with this worker's.</summary>
    private string? Choose() => Candidates().Where(peer => !HasFailed(peer.WorkerId)).MaxBy(peer => Weight(peer.WorkerId))?.WorkerId;

    /// <returns>For how long it is left alone.</returns>
    private TimeSpan Fail(string worker)
    {
        foreach (var (each, _) in _failed)
        {
            if (!MayKeep(each))
                _failed.TryRemove(each, out _);
        }

        _failed[worker] = (_failed.GetValueOrDefault(worker).Times + 1, _state.Time.GetTimestamp());
        return PatienceWith(worker);
    }

    private bool HasFailed(string worker) => _failed.TryGetValue(worker, out var failed) && _state.Time.GetElapsedTime(failed.At) < PatienceWith(worker);

    private TimeSpan PatienceWith(string worker)
    {
        var patience = RetryInterval / 2 * (1L << Math.Min(_failed.GetValueOrDefault(worker).Times, 10));
        return patience < LongestPatience ? patience : LongestPatience;
    }

    private ulong Weight(string worker)
    {
        // FNV-1a, and a last stir: the ends of names differ least.
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var letter in $"{_state.WorkerId}|{worker}")
            hash = (hash ^ letter) * 1_099_511_628_211UL;
        return hash * 0x9E3779B97F4A7C15UL ^ (hash >> 29);
    }

    private static partial class Log
    {
        [LoggerMessage(5092, LogLevel.Debug, "{Worker} keeps a copy of the sessions in {Namespace} from now on.", EventName = "SessionsCopied")]
        public static partial void Keeps(ILogger logger, string worker, string @namespace);

        [LoggerMessage(5093, LogLevel.Debug,
            "{Worker} could not keep a copy of the sessions in {Namespace}, or did not say so in time: another one is asked, and it again after {Patience}. "
            + "Is recovery on there, and is the namespace there?",
            EventName = "SessionsNotCopied")]
        public static partial void DidNotKeep(ILogger logger, string worker, string @namespace, TimeSpan patience);
    }
}
