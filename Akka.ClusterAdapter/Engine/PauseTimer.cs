namespace Akka.ClusterAdapter.Engine;

/// <summary>Ends the short pauses of sessions, one timer for all; it runs only while there are some. A matter of the wire, so it keeps real time.</summary>
internal sealed class PauseTimer : IDisposable
{
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(10);
    private readonly Lock _gate = new();
    private readonly Queue<(EngineSocket Session, long Since)> _paused = new();
    private readonly ITimer _timer;
    private bool _isDisposed;

    public PauseTimer() => _timer = TimeProvider.System.CreateTimer(static me => ((PauseTimer)me!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Add(EngineSocket session)
    {
        lock (_gate)
        {
            _paused.Enqueue((session, TimeProvider.System.GetTimestamp()));
            if (_paused.Count == 1 && !_isDisposed)
                _timer.Change(Length, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
    }

    private void Tick()
    {
        while (TryTake() is { } session)
            session.EndPause();
    }

    // A timer may fire early by less than its resolution.
    private EngineSocket? TryTake()
    {
        lock (_gate)
        {
            if (!_paused.TryPeek(out var first) || _isDisposed)
                return null;
            var left = Length - TimeProvider.System.GetElapsedTime(first.Since);
            if (left < TimeSpan.FromMilliseconds(1))
                return _paused.Dequeue().Session;
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return null;
        }
    }
}
