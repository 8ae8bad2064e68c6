using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Decides how long one worker stays down after a death, and when starting it again has become pointless.</summary>
internal sealed class RestartBackoff(PrimaryOptions options)
{
    private TimeSpan _next = options.RestartDelay;
    private int _earlyDeaths;

    /// <summary>The pause before the next start, or null: give up.</summary>
    /// <param name="lived">How long the worker that died had lived.</param>
    /// <param name="wasReady">Whether it had come as far as to serve.</param>
    public TimeSpan? Died(TimeSpan lived, bool wasReady)
    {
        _earlyDeaths = !wasReady || lived < options.EarlyDeathWithin ? _earlyDeaths + 1 : 0;
        if (_earlyDeaths >= options.MaxEarlyDeaths)
            return null;
        if (lived >= options.HealthyAfter)
            _next = options.RestartDelay;
        var pause = _next;
        _next = _next * 2 < options.MaxRestartDelay ? _next * 2 : options.MaxRestartDelay;
        return pause;
    }
}
