using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Micro;

/// <summary>
/// A broadcast to a thousand sockets whose transports take everything: with metrics collected and spans recorded it must cost the same as without.
/// </summary>
public class FanOut : IAsyncDisposable
{
    private const int Sockets = 1_000;

    private static readonly Dictionary<string, string> None = [];

    private SocketIOServer _server = null!;
    private MeterListener? _meters;
    private ActivityListener? _spans;

    public enum Collecting
    {
        Nothing,
        Metrics,
        MetricsAndTraces,
    }

    [ParamsAllValues]
    public Collecting Collected { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _server = new(
            new SocketIOOptions { PingInterval = TimeSpan.FromHours(1), MaxOutboundPackets = int.MaxValue, MaxOutboundBytes = int.MaxValue },
            new InMemoryAdapterFactory(), TimeProvider.System, NullLoggerFactory.Instance);
        for (var i = 0; i < Sockets; i++)
        {
            var transport = new Silence();
            var session = _server.Engine.Open(
                new() { Headers = None, Query = None, Url = "/", RemoteAddress = null, IsSecure = false, User = new(), Time = default }, transport);
            session.Inbound.Calls.RunOpened();
            session.Inbound.Receive(transport, "40"u8.ToArray());
        }

        if (Collected != Collecting.Nothing)
            CollectMetrics();
        if (Collected == Collecting.MetricsAndTraces)
            RecordSpans();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _meters?.Dispose();
        _spans?.Dispose();
        await _server.DisposeAsync();
    }

    [Benchmark(Description = "a broadcast to 1,000 sockets, handed over")]
    public Task Broadcast() => _server.EmitAsync("news", 1).AsTask();

    private void CollectMetrics()
    {
        _meters = new()
        {
            InstrumentPublished = static (instrument, listener) => { if (instrument.Meter.Name == Traces.Name) listener.EnableMeasurementEvents(instrument); },
        };
        _meters.SetMeasurementEventCallback<long>(static (_, value, _, _) => Interlocked.Add(ref _sum, value));
        _meters.SetMeasurementEventCallback<double>(static (_, value, _, _) => Interlocked.Add(ref _sum, (long)value));
        _meters.Start();
    }

    private void RecordSpans()
    {
        _spans = new()
        {
            ShouldListenTo = static source => source.Name == Traces.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_spans);
    }

    private static long _sum;

    /// <summary>Takes everything.</summary>
    private sealed class Silence : IEngineTransport
    {
        public string Name => TransportNames.WebSocket;

        public bool IsReady => true;

        public bool TryTake(List<OutboundPacket> batch) => false;

        public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => new(true);
    }
}
