using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Primary;

/// <summary>What a primary counts of its worker processes, for <see cref="System.Diagnostics.Metrics"/>.</summary>
internal sealed class PrimaryMetrics : IDisposable
{
    public const string Died = "died";
    public const string Reloaded = "reload";

    private readonly ServerMeter _meter;
    private readonly Guard _guard;
    private readonly Counter<long> _restarts;

    /// <param name="factory">The application's meters; null where it has none.</param>
    /// <param name="ready">How many workers serve now.</param>
    /// <param name="guard">Hears of listeners that throw: the application's code, which no worker shall feel.</param>
    public PrimaryMetrics(IMeterFactory? factory, Func<int> ready, Guard guard)
    {
        _meter = new(factory, "");
        _guard = guard;
        _restarts = _meter.Meter.CreateCounter<long>(
            "socketio.primary.restarts", "{worker}", "Worker processes that took the place of another one, by the reason.");
        _meter.Meter.CreateObservableUpDownCounter(
            "socketio.primary.workers", () => guard.Read("metrics", ready, 0), "{worker}", "Worker processes that serve.");
    }

    /// <summary>A new process is in the place of another one.</summary>
    /// <param name="reason">One of those above.</param>
    public void Restarted(string reason)
    {
        try
        {
            _meter.Count(_restarts, reason);
        }
        catch (Exception e)
        {
            _guard.Fail(nameof(Meter), e);
        }
    }

    public void Dispose() => _meter.Dispose();
}
