using System.Diagnostics.Metrics;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>The meter of one server: of its application's own, where that has meters, so that two applications in one process can be told apart.</summary>
internal sealed class ServerMeter : IDisposable
{
    private const string Name = "Akka.ClusterAdapter";

    private readonly KeyValuePair<string, object?>? _server;
    private readonly bool _isOwn;

    /// <param name="factory">The application's; null where it has none.</param>
    /// <param name="server">The server's name, which each measurement carries as <c>server</c>; empty for the unnamed one, whose measurements carry none.</param>
    public ServerMeter(IMeterFactory? factory, string server)
    {
        _isOwn = factory is null;
        Meter = factory?.Create(Name) ?? new Meter(Name);
        _server = server.Length == 0 ? null : new("server", server);
    }

    public Meter Meter { get; }

    public void Count(Counter<long> counter, string reason)
    {
        var why = new KeyValuePair<string, object?>("reason", reason);
        if (_server is { } server)
            counter.Add(1, why, server);
        else
            counter.Add(1, why);
    }

    public void Record(Histogram<double> histogram, double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_server is { } server)
            histogram.Record(value, [.. tags, server]);
        else
            histogram.Record(value, tags);
    }

    /// <summary>What an instrument that is read shows.</summary>
    public Measurement<int> Measured(int value, KeyValuePair<string, object?> tag) => _server is { } server ? new(value, tag, server) : new(value, tag);

    public void Add(UpDownCounter<long> counter, long delta)
    {
        if (_server is { } server)
            counter.Add(delta, server);
        else
            counter.Add(delta);
    }

    /// <summary>The application's ends with the application.</summary>
    public void Dispose()
    {
        if (_isOwn)
            Meter.Dispose();
    }
}
