using System.Diagnostics;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>
/// Notes when this machine had no time for us. Then failure detectors are right to give somebody up who did nothing wrong, and what follows proves nothing.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim _end = new();
    private readonly List<(long At, TimeSpan Length)> _stalls = [];

    public StallWatch() => new Thread(Watch) { IsBackground = true, Name = "stalls" }.Start();

    /// <summary>The longest of all, in seconds.</summary>
    public double Longest
    {
        get
        {
            lock (_stalls)
                return _stalls.Select(static stall => stall.Length.TotalSeconds).DefaultIfEmpty().Max();
        }
    }

    /// <summary>Whether there was one in a period before now that a failure detector would notice.</summary>
    public bool Was(TimeSpan within, TimeSpan length)
    {
        lock (_stalls)
            return _stalls.Exists(stall => stall.Length >= length && Environment.TickCount64 - stall.At < within.TotalMilliseconds);
    }

    public void Dispose()
    {
        _end.Set();
    }

    private void Watch()
    {
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            if (_end.Wait(Beat))
                return;
            var late = Stopwatch.GetElapsedTime(start) - Beat;
            if (late < TimeSpan.FromMilliseconds(500))
                continue;
            lock (_stalls)
                _stalls.Add((Environment.TickCount64, late));
        }
    }
}
