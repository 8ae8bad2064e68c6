using System.Diagnostics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Micro;

/// <summary>What spans cost an event and a broadcast: nobody listens, somebody listens and wants none, all of them are recorded.</summary>
public class Tracing : IAsyncDisposable
{
    private static readonly Dictionary<string, string> None = [];
    private static readonly byte[] Packet = "42[\"say\"]"u8.ToArray();

    private readonly Silence _transport = new();
    private SocketIOServer _server = null!;
    private EngineSocket _session = null!;
    private ActivityListener? _listener;

    public enum Listening
    {
        Nobody,
        NotSampled,
        Recorded,
    }

    [ParamsAllValues]
    public Listening Spans { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _server = new(new SocketIOOptions(), new InMemoryAdapterFactory(), TimeProvider.System, NullLoggerFactory.Instance);
        _server.On("say", static () => { });
        _session = _server.Engine.Open(
            new() { Headers = None, Query = None, Url = "/", RemoteAddress = null, IsSecure = false, User = new(), Time = default }, _transport);
        _session.Inbound.Calls.RunOpened();
        _session.Inbound.Receive(_transport, "40"u8.ToArray());
        if (Spans == Listening.Nobody)
            return;
        var result = Spans == Listening.Recorded ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
        _listener = new() { ShouldListenTo = static source => source.Name == Traces.Name, Sample = (ref ActivityCreationOptions<ActivityContext> _) => result };
        ActivitySource.AddActivityListener(_listener);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _listener?.Dispose();
        await _server.DisposeAsync();
    }

    [Benchmark(Description = "an event of a client, from its packet to its handler")]
    public void Event() => _session.Inbound.Receive(_transport, Packet);

    [Benchmark(Description = "a broadcast to an empty room")]
    public Task Broadcast() => _server.To("nobody").EmitAsync("news").AsTask();

    /// <summary>Takes everything.</summary>
    private sealed class Silence : IEngineTransport
    {
        public string Name => TransportNames.WebSocket;

        public bool IsReady => true;

        public bool TryTake(List<OutboundPacket> batch) => false;

        public ValueTask<bool> WriteAsync(List<OutboundPacket> batch) => new(true);
    }
}
