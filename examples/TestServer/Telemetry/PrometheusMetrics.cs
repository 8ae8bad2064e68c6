using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace TestServer.Telemetry;

/// <summary>
/// The library's instruments of one application, in Prometheus' text format: names and units become what OpenTelemetry's exporter makes of them.
/// </summary>
internal sealed class PrometheusMetrics : IDisposable
{
    private const string Meter = "Akka.ClusterAdapter";

    private readonly Lock _scrape = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, PrometheusSeries> _series = new();

    /// <param name="application">The application's meters; those of others in this process are not shown.</param>
    public PrometheusMetrics(IMeterFactory application)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != Meter || !ReferenceEquals(instrument.Meter.Scope, application))
                return;
            var series = _series.GetOrAdd(instrument, static instrument => new(instrument));
            listener.EnableMeasurementEvents(instrument, series);
        };
        _listener.MeasurementsCompleted = (instrument, state) => _series.TryRemove(instrument, out var _);
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, series) => ((PrometheusSeries)series!).Add(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, series) => ((PrometheusSeries)series!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, series) => ((PrometheusSeries)series!).Add(value, tags));
        _listener.Start();
    }

    /// <summary>All of them, as they are now.</summary>
    public string ToText()
    {
        lock (_scrape)
        {
            foreach (var series in _series.Values)
                series.BeginScrape();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var name in _series.Values.GroupBy(static series => series.Name).OrderBy(static name => name.Key, StringComparer.Ordinal))
            {
                name.First().WriteHead(text);
                foreach (var series in name)
                    series.WriteSamples(text);
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();
}
