using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>Ends the short pauses of sessions, one timer for all; it runs only while there are some. A matter of the wire, so it keeps real time.</summary>
internal sealed class PauseTimer : IDisposable
{
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(20);
    private readonly Guard _guard;
    private readonly Lock _gate = new();
    private readonly Queue<(Outbound Outbound, int Pause, long Since)> _paused = new();
    private readonly ITimer _timer;
    private bool _isDisposed;

    public PauseTimer(Guard guard)
    {
        _guard = guard;
        _timer = guard.CreateTimer(TimeProvider.System, nameof(PauseTimer), static me => me.Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(Outbound outbound, int gap)
    {
        lock (_gate)
        {
            _paused.Enqueue((outbound, gap, TimeProvider.System.GetTimestamp()));
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
        while (TryTake() is var (outbound, gap))
            _guard.Run(nameof(PauseTimer), static it => it.outbound.EndGap(it.gap), (outbound, gap));
    }

    // A timer may fire early by less than its resolution.
    private (Outbound Outbound, int Pause)? TryTake()
    {
        lock (_gate)
        {
            if (!_paused.TryPeek(out var first) || _isDisposed)
                return null;
            var left = Length - TimeProvider.System.GetElapsedTime(first.Since);
            if (left < TimeSpan.FromMilliseconds(1))
            {
                _paused.Dequeue();
                return (first.Outbound, first.Pause);
            }

            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return null;
        }
    }
}
