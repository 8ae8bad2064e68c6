using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// How long a packet may wait for its attachments. Its one timer runs on while packets come in time, so that a busy client costs a timer per period,
/// not one per packet.
/// </summary>
internal sealed class PacketDeadline(Guard guard, TimeProvider time, TimeSpan limit, Action expired) : IDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long? _since;
    private bool _isDisposed;

    /// <summary>A packet waits; calling it again for the same packet changes nothing.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _since ??= time.GetTimestamp();
            _timer ??= guard.CreateTimer(time, nameof(PacketDeadline), static deadline => deadline.Check(), this, limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The packet is complete.</summary>
    public void End()
    {
        lock (_gate)
            _since = null;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Stop();
        }
    }

    private void Check()
    {
        lock (_gate)
        {
            if (_since is not { } since)
            {
                Stop();
                return;
            }

            var left = limit - time.GetElapsedTime(since);
            if (left > TimeSpan.Zero)
            {
                _timer?.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            Stop();
        }

        expired();
    }

    private void Stop()
    {
        _timer?.Dispose();
        _timer = null;
        _since = null;
    }
}
