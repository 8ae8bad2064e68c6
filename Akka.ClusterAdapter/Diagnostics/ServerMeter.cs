using System.Diagnostics.Metrics;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>The meter of one server: of its application's own, where that has meters, so that two applications in one process can be told apart.</summary>
internal sealed class ServerMeter : IDisposable
{
    private const string Name = "Akka.ClusterAdapter";

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<double> LongSeconds = new() { HistogramBucketBoundaries = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400] };

    private static readonly InstrumentAdvice<long> Crowd =
        new() { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] };

    private readonly KeyValuePair<string, object?>? _server;
    private readonly bool _isOwn;

    /// <param name="factory">The application's; null where it has none.</param>
    /// <param name="server">
    /// The server's name, which each measurement carries as <c>server</c>; empty for the unnamed one, whose measurements carry none.
    /// </param>
    public ServerMeter(IMeterFactory? factory, string server)
    {
        _isOwn = factory is null;
        Meter = factory?.Create(Name) ?? new Meter(Name);
        _server = server.Length == 0 ? null : new("server", server);
    }

    public Meter Meter { get; }

    /// <summary>How long something takes that should be over within seconds.</summary>
    public Histogram<double> CreateDuration(string name, string description) => Meter.CreateHistogram(name, "s", description, tags: null, Seconds);

    /// <summary>How long something takes that may take hours.</summary>
    public Histogram<double> CreateLife(string name, string description) => Meter.CreateHistogram(name, "s", description, tags: null, LongSeconds);

    /// <summary>How many there are of something, from one to thousands.</summary>
    public Histogram<long> CreateCrowd(string name, string unit, string description) => Meter.CreateHistogram(name, unit, description, tags: null, Crowd);

    public void Count(Counter<long> counter, string reason) => CountMany(counter, 1, reason);

    public void CountMany(Counter<long> counter, long count, string reason) => Add(counter, count, new KeyValuePair<string, object?>("reason", reason));

    public void Count(Counter<long> counter, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => Add(counter, 1, tags);

    private void Add(Counter<long> counter, long count, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_server is { } server)
            counter.Add(count, [.. tags, server]);
        else
            counter.Add(count, tags);
    }

    public void Record<T>(Histogram<T> histogram, T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct
    {
        if (_server is { } server)
            histogram.Record(value, [.. tags, server]);
        else
            histogram.Record(value, tags);
    }

    /// <summary>What an instrument that is read shows.</summary>
    public Measurement<T> Measured<T>(T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct => _server is { } server ? new(value, [.. tags, server]) : new(value, tags);

    /// <summary>The application's ends with the application.</summary>
    public void Dispose()
    {
        if (_isOwn)
            Meter.Dispose();
    }
}
