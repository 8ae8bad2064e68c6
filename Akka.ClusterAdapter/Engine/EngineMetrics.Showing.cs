using System.Diagnostics.Metrics;

namespace Akka.ClusterAdapter.Engine;

/// <content>Numbers that are there already, and are read when somebody looks.</content>
internal sealed partial class EngineMetrics
{
    /// <summary>Shows what an engine has.</summary>
    public void Show(EngineServer engine)
    {
        var meter = _meter.Meter;
        meter.CreateObservableUpDownCounter(
            "socketio.engine.sessions", () => Read(engine, static (me, _) => me.OpenSessions()), "{session}", "Open sessions, by transport.");
        meter.CreateObservableCounter(
            "socketio.engine.packets",
            () => Read(engine, static (me, _) => me.Both(TrafficNumber.PacketsIn, TrafficNumber.PacketsOut)),
            "{packet}",
            "Engine.IO packets, by direction and transport.");
        meter.CreateObservableCounter(
            "socketio.engine.io",
            () => Read(engine, static (me, _) => me.Both(TrafficNumber.BytesIn, TrafficNumber.BytesOut)),
            "By",
            "Bytes of Engine.IO packets within their frames, by direction and transport.");
        meter.CreateObservableUpDownCounter(
            "socketio.engine.queue.packets",
            () => Read<long>(engine, static (me, engine) => [me._meter.Measured(Waiting(engine).Packets)]),
            "{message}",
            "Messages that wait for their clients to take what was sent before.");
        meter.CreateObservableUpDownCounter(
            "socketio.engine.queue.size", () => Read<long>(engine, static (me, engine) => [me._meter.Measured(Waiting(engine).Bytes)]),
            "By", "Bytes of these messages.");
        meter.CreateObservableGauge(
            "socketio.engine.queue.age",
            () => Read<double>(engine, static (me, engine) => [me._meter.Measured(Waiting(engine).Age.TotalSeconds)]),
            "s",
            "For how long the slowest client has not taken what was sent to it.");
    }

    private Measurement<T>[] Read<T>(EngineServer engine, Func<EngineMetrics, EngineServer, Measurement<T>[]> read)
        where T : struct => engine.Guard.Read("metrics", () => read(this, engine), []);

    private Measurement<long>[] OpenSessions() =>
    [
        _meter.Measured<long>(Math.Max(0, Volatile.Read(ref _polling)), new KeyValuePair<string, object?>("transport", TransportNames.Polling)),
        _meter.Measured<long>(Math.Max(0, Volatile.Read(ref _webSockets)), new KeyValuePair<string, object?>("transport", TransportNames.WebSocket)),
    ];

    private Measurement<long>[] Both(TrafficNumber incoming, TrafficNumber outgoing) =>
    [
        One(incoming, "in", TransportNames.Polling),
        One(outgoing, "out", TransportNames.Polling),
        One(incoming, "in", TransportNames.WebSocket),
        One(outgoing, "out", TransportNames.WebSocket),
    ];

    private Measurement<long> One(TrafficNumber number, string direction, string transport) =>
        _meter.Measured(Traffic.Of(number, transport), new("direction", direction), new("transport", transport));

    private static (long Packets, long Bytes, TimeSpan Age) Waiting(EngineServer engine)
    {
        var (packets, bytes, first) = (0L, 0L, long.MaxValue);
        foreach (var (_, session) in engine.Sessions)
        {
            var waiting = session.Waiting();
            packets += waiting.Packets;
            bytes += waiting.Bytes;
            if (waiting.Since != 0)
                first = Math.Min(first, waiting.Since);
        }

        return (packets, bytes, first == long.MaxValue ? TimeSpan.Zero : engine.Clock.Time.GetElapsedTime(first));
    }
}
