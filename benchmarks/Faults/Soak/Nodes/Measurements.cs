using System.Diagnostics.Metrics;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>
/// What the library's instruments say is there now, as an operator would see it; attributes are summed up, except those that tell states apart.
/// </summary>
internal sealed class Measurements : IDisposable
{
    private static readonly string[] Telling = ["state", "kind"];

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    public Measurements()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Akka.ClusterAdapter" && instrument.IsObservable
                && !instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All of them, as they are now.</summary>
    public Dictionary<string, double> Read()
    {
        lock (_gate)
        {
            _values.Clear();
            _listener.RecordObservableInstruments();
            return new(_values);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name;
        foreach (var (key, tag) in tags)
        {
            if (Array.IndexOf(Telling, key) >= 0)
                name += $"[{tag}]";
        }

        _values[name] = _values.GetValueOrDefault(name) + value;
    }
}
