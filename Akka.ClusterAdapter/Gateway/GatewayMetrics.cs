using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>What a gateway counts, for <see cref="System.Diagnostics.Metrics"/>.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>No worker takes it, or nobody knows its session.</summary>
    public const string Nobody = "nobody";

    private readonly ServerMeter _meter;
    private readonly Guard _guard;
    private readonly Counter<long> _requests;

    /// <param name="factory">The application's meters; null where it has none.</param>
    /// <param name="watch">The workers.</param>
    /// <param name="guard">Hears of listeners that throw: the application's code, which no request shall feel.</param>
    public GatewayMetrics(IMeterFactory? factory, WorkerWatch watch, Guard guard)
    {
        _meter = new(factory, "");
        _guard = guard;
        _requests = _meter.Meter.CreateCounter<long>(
            "socketio.gateway.requests", "{request}",
            "Requests of clients by kind and what became of them at a worker: one that is asked of several counts for each.");
        _meter.Meter.CreateObservableUpDownCounter(
            "socketio.gateway.workers", () => guard.Read("metrics", () => Workers(watch), []),
            "{worker}", "Workers by state: those that take new sessions, and the others.");
    }

    /// <summary>A worker was asked, or there was none to ask.</summary>
    /// <param name="isNew">True for a new session.</param>
    /// <param name="outcome">What became of it.</param>
    public void Sent(bool isNew, string outcome)
    {
        try
        {
            _meter.Count(_requests, new("kind", isNew ? "new" : "session"), new("outcome", outcome));
        }
        catch (Exception e)
        {
            _guard.Fail(nameof(Meter), e);
        }
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<int>[] Workers(WorkerWatch watch)
    {
        var all = watch.Workers;
        var open = all.Count(static worker => worker.IsOpen);
        return [new(open, new KeyValuePair<string, object?>("state", "open")), new(all.Length - open, new KeyValuePair<string, object?>("state", "closed"))];
    }
}
