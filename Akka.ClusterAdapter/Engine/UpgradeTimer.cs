using System.Collections.Concurrent;

namespace Akka.ClusterAdapter.Engine;

/// <summary>The sessions that are changing their transport; one timer for all of them, at rest when there are none.</summary>
internal sealed class UpgradeTimer : IDisposable
{
    // A fifth of the time between two noops, so that none comes much later: a client stands still until then.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);
    private readonly EngineClock _clock;
    private readonly ConcurrentDictionary<EngineSocket, byte> _upgrading = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isRunning;

    public UpgradeTimer(EngineClock clock)
    {
        _clock = clock;
        _timer = clock.Time.CreateTimer(static timer => ((UpgradeTimer)timer!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(EngineSocket session)
    {
        _upgrading[session] = 0;
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
        foreach (var (session, _) in _upgrading)
            if (!session.CheckUpgrade(now))
                _upgrading.TryRemove(session, out _);

        lock (_gate)
        {
            if (!_upgrading.IsEmpty || !_isRunning)
                return;

            _isRunning = false;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
