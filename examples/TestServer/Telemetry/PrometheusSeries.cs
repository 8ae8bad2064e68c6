using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TestServer.Telemetry;

/// <summary>What one instrument has said, by its attributes.</summary>
internal sealed class PrometheusSeries
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KeyValuePair<string, object?>[], Sample> _samples = new(new TagsComparer());
    private readonly Dictionary<KeyValuePair<string, object?>[], Sample>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
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
        _byTags = _samples.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
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

    /// <summary>Takes a measurement. Its attributes become text only when they are new.</summary>
    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (!_byTags.TryGetValue(tags, out var sample))
                _samples.Add(tags.ToArray(), sample = new Sample(LabelsOf(tags), _bounds?.Length ?? 0));
            sample.Sum += value;
            sample.Count++;
            if (_bounds is not null && BucketOf(_bounds, value) is var bucket && bucket < _bounds.Length)
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
            foreach (var sample in _samples.Values.OrderBy(static sample => sample.Labels, StringComparer.Ordinal))
            {
                if (_bounds is null)
                    Write(text, Name, sample.Labels, sample.Sum);
                else
                    WriteHistogram(text, sample, _bounds);
            }
        }
    }

    /// <summary>The first bucket that the value fits in; as many as there are when it fits in none.</summary>
    private static int BucketOf(double[] bounds, double value)
    {
        var index = Array.BinarySearch(bounds, value);
        return index < 0 ? ~index : index;
    }

    private void WriteHistogram(StringBuilder text, Sample sample, double[] bounds)
    {
        var labels = sample.Labels;
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

    private sealed class Sample(string labels, int buckets)
    {
        public string Labels { get; } = labels;

        public double Sum { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[buckets];
    }

    /// <summary>Attributes are the same when they have the same names and values in the same order, as the library gives them.</summary>
    private sealed class TagsComparer
        : IEqualityComparer<KeyValuePair<string, object?>[]>,
            IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) =>
            y is not null && Equals((ReadOnlySpan<KeyValuePair<string, object?>>)x, y);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
                return false;
            for (var i = 0; i < other.Length; i++)
            {
                if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
                    return false;
            }

            return true;
        }

        public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode((ReadOnlySpan<KeyValuePair<string, object?>>)obj);

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (var (_, value) in alternate)
                hash.Add(value);
            return hash.ToHashCode();
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();
    }
}
