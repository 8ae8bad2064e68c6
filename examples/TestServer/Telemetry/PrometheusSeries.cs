using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TestServer.Telemetry;

/// <summary>What one instrument has said, by its attributes.</summary>
internal sealed class PrometheusSeries
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Sample> _samples = new(StringComparer.Ordinal);
    private readonly Instrument _instrument;
    private readonly double[]? _bounds;
    private readonly string _type;

    public PrometheusSeries(Instrument instrument)
    {
        _instrument = instrument;
        _bounds = instrument switch
        {
            Histogram<double> histogram => [.. histogram.Advice?.HistogramBucketBoundaries ?? []],
            Histogram<long> histogram => [.. histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound) ?? []],
            _ => null,
        };
        var isCounter = instrument.GetType().Name.StartsWith("Counter", StringComparison.Ordinal)
            || instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal);
        _type = _bounds is not null ? "histogram" : isCounter ? "counter" : "gauge";
        Name = NameOf(instrument, _type);
    }

    /// <summary>Its name at Prometheus.</summary>
    public string Name { get; }

    /// <summary>What is read anew each time is forgotten.</summary>
    public void BeginScrape()
    {
        if (!_instrument.IsObservable)
            return;
        lock (_gate)
            _samples.Clear();
    }

    /// <summary>Takes a measurement.</summary>
    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        lock (_gate)
        {
            if (!_samples.TryGetValue(labels, out var sample))
                _samples.Add(labels, sample = new Sample(_bounds?.Length ?? 0));
            sample.Sum += value;
            sample.Count++;
            if (_bounds is not null && Array.FindIndex(_bounds, bound => value <= bound) is >= 0 and var bucket)
                sample.Buckets[bucket]++;
        }
    }

    public void WriteHead(StringBuilder text) =>
        text.Append("# HELP ").Append(Name).Append(' ')
            .Append(_instrument.Description?.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal))
            .Append('\n')
            .Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');

    public void WriteSamples(StringBuilder text)
    {
        lock (_gate)
        {
            foreach (var (labels, sample) in _samples)
            {
                if (_bounds is null)
                    Write(text, Name, labels, sample.Sum);
                else
                    WriteHistogram(text, labels, sample, _bounds);
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Sample sample, double[] bounds)
    {
        var (between, below) = (labels.Length == 0 ? "" : ",", 0L);
        for (var i = 0; i < bounds.Length; i++)
        {
            below += sample.Buckets[i];
            Write(text, Name + "_bucket", $"{labels}{between}le=\"{Number(bounds[i])}\"", below);
        }

        Write(text, Name + "_bucket", $"{labels}{between}le=\"+Inf\"", sample.Count);
        Write(text, Name + "_sum", labels, sample.Sum);
        Write(text, Name + "_count", labels, sample.Count);
    }

    private static void Write(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>(tags.Length);
        foreach (var (key, value) in tags)
            labels.Add($"{Clean(key)}=\"{Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"");
        return string.Join(',', labels);
    }

    private static string Escape(string value) =>
        value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Clean(string name) => string.Concat(name.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static string NameOf(Instrument instrument, string type)
    {
        var name = Clean(instrument.Name);
        var unit = instrument.Unit switch
        {
            "s" => "seconds",
            "By" => "bytes",
            "1" when type == "gauge" => "ratio",
            _ => "",
        };
        if (unit.Length > 0 && !name.Contains(unit, StringComparison.Ordinal))
            name += "_" + unit;
        return type == "counter" ? name + "_total" : name;
    }

    private sealed class Sample(int buckets)
    {
        public double Sum { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[buckets];
    }
}
