using System.Text.Json;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>What came and went at this worker while a page is open, by second: connections, and what the engine counts of packets and bytes.</summary>
/// <param name="engine">The engine of the server.</param>
/// <param name="time">The clock.</param>
internal sealed class TrafficCounts(EngineServer engine, TimeProvider time)
{
    private const int MostWaiting = 400;

    private static readonly CloseReason[] Reasons = Enum.GetValues<CloseReason>();

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _entries = new();
    private readonly long[] _closed = new long[Reasons.Length];
    private readonly (TrafficNumber Number, string Type)[] _numbers =
    [
        (TrafficNumber.PacketsIn, "packetsIn"), (TrafficNumber.PacketsOut, "packetsOut"), (TrafficNumber.BytesIn, "bytesIn"),
        (TrafficNumber.BytesOut, "bytesOut"),
    ];

    private readonly long[] _before = new long[4];
    private long _opened;

    /// <summary>Begins. Not twice.</summary>
    public void Attach()
    {
        engine.SessionOpened += OnOpened;
        engine.SessionClosed += OnClosed;
        Forget();
    }

    /// <summary>Ends, and forgets what was counted.</summary>
    public void Detach()
    {
        engine.SessionOpened -= OnOpened;
        engine.SessionClosed -= OnClosed;
        Forget();
    }

    /// <summary>A second has passed: what was counted in it becomes entries.</summary>
    public void Sample()
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds() * 1_000;
        lock (_gate)
        {
            Add(second, "rawConnection", null, ref _opened);
            foreach (var reason in Reasons)
                Add(second, "rawDisconnection", TextOf(reason), ref _closed[(int)reason]);
            for (var i = 0; i < _numbers.Length; i++)
            {
                var now = NumberOf(_numbers[i].Number);
                var count = now - _before[i];
                _before[i] = now;
                Add(second, _numbers[i].Type, null, ref count);
            }

            while (_entries.Count > MostWaiting)
                _entries.Dequeue();
        }
    }

    /// <summary>Writes the entries since the last time, as an array.</summary>
    public void Write(Utf8JsonWriter json)
    {
        Entry[] entries;
        lock (_gate)
        {
            entries = [.. _entries];
            _entries.Clear();
        }

        json.WriteStartArray();
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", entry.Second);
            json.WriteString("type", entry.Type);
            if (entry.SubType is not null)
                json.WriteString("subType", entry.SubType);
            json.WriteNumber("count", entry.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Add(long second, string type, string? subType, ref long counter)
    {
        if (Interlocked.Exchange(ref counter, 0) is > 0 and var count)
            _entries.Enqueue(new(second, type, subType, count));
    }

    private void OnOpened(EngineSocket session) => Interlocked.Increment(ref _opened);

    private void OnClosed(EngineSocket session, CloseReason reason) => Interlocked.Increment(ref _closed[(int)reason]);

    private long NumberOf(TrafficNumber number) =>
        engine.Metrics.Traffic.Of(number, TransportNames.Polling) + engine.Metrics.Traffic.Of(number, TransportNames.WebSocket);

    // What was counted before somebody looked is nobody's business.
    private void Forget()
    {
        Sample();
        lock (_gate)
            _entries.Clear();
    }

    private static string TextOf(CloseReason reason) => reason switch
    {
        CloseReason.TransportClose => "transport close",
        CloseReason.TransportError => "transport error",
        CloseReason.PingTimeout => "ping timeout",
        CloseReason.ParseError => "parse error",
        _ => "forced close",
    };

    /// <summary>One number of one second.</summary>
    private readonly record struct Entry(long Second, string Type, string? SubType, long Count);
}
