using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>The WebSockets that may become their session's transport; one timer for all of them, at rest when there are none.</summary>
internal sealed class UpgradeTimer : IDisposable
{
    // A fifth of the time between two noops, so that none comes much later: a client stands still until then.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);
    private readonly EngineClock _clock;
    private readonly Guard _guard;

    // By candidate, not by session: the end of one must not take out the next one's entry.
    private readonly ConcurrentDictionary<WebSocketTransport, EngineSocket> _candidates = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isRunning;

    public UpgradeTimer(EngineClock clock, Guard guard)
    {
        (_clock, _guard) = (clock, guard);
        _timer = guard.CreateTimer(clock.Time, nameof(UpgradeTimer), static timer => timer.Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(WebSocketTransport candidate, EngineSocket session)
    {
        _candidates[candidate] = session;
        lock (_gate)
        {
            if (_isRunning)
                return;

            _isRunning = true;
            _timer.Change(Period, Period);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        var now = _clock.Now;
        foreach (var (candidate, session) in _candidates)
            _guard.Run(nameof(UpgradeTimer), static it => it.Me.Check(it.candidate, it.session, it.now), (Me: this, candidate, session, now));

        lock (_gate)
        {
            if (!_candidates.IsEmpty || !_isRunning)
                return;

            _isRunning = false;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Check(WebSocketTransport candidate, EngineSocket session, long now)
    {
        if (session.Upgrade?.Check(candidate, now) != true)
            _candidates.TryRemove(candidate, out _);
    }
}
