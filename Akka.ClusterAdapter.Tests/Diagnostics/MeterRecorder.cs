using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

/// <summary>
/// The library's instruments of one application, and what they have said by name and attributes, such as <c>socketio.server.sockets{namespace=/}</c>.
/// </summary>
internal sealed class MeterRecorder : IDisposable
{
    private readonly MeterListener _listener = new();

    /// <param name="services">The application's; null for the instruments of those that have none.</param>
    public MeterRecorder(IServiceProvider? services)
    {
        var scope = services?.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != "Akka.ClusterAdapter" || !ReferenceEquals(instrument.Meter.Scope, scope))
                return;
            Instruments[instrument.Name] = instrument;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>By name.</summary>
    public ConcurrentDictionary<string, Instrument> Instruments { get; } = new();

    /// <summary>What those that are read said last, and what the others have said altogether.</summary>
    public ConcurrentDictionary<string, double> Values { get; } = new();

    /// <summary>How often a histogram was told something.</summary>
    public ConcurrentDictionary<string, int> Counts { get; } = new();

    /// <summary>Reads those that are read.</summary>
    public MeterRecorder Look()
    {
        _listener.RecordObservableInstruments();
        return this;
    }

    /// <summary>A value; 0 when nothing was said.</summary>
    public double this[string name] => Values.GetValueOrDefault(name);

    /// <summary>What a histogram was told, of which kinds and how often, in order.</summary>
    public IEnumerable<string> CountsOf(string name) =>
        Counts.Where(count => count.Key == name || count.Key.StartsWith(name + "{", StringComparison.Ordinal))
            .Select(count => $"{count.Key[name.Length..]} {count.Value}").Order(StringComparer.Ordinal);

    public override string ToString() =>
        string.Join('\n', Values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => $"{value.Key} {value.Value}"));

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = NameOf(instrument, tags);
        if (instrument.IsObservable)
            Values[name] = value;
        else
            Values.AddOrUpdate(name, value, (_, sum) => sum + value);
        if (instrument is Histogram<double> or Histogram<long>)
            Counts.AddOrUpdate(name, value >= 0 ? 1 : -1_000, static (_, count) => count + 1);
    }

    private static string NameOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new List<string>();
        foreach (var (key, value) in tags)
            text.Add($"{key}={value}");
        return instrument.Name + (text.Count == 0 ? "" : $"{{{string.Join(',', text)}}}");
    }
}
