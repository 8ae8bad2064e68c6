using System.Text.Json;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>Counts connections, packets and bytes of this worker while a page is open, by second.</summary>
/// <param name="engine">The engine of the server.</param>
/// <param name="time">The clock.</param>
internal sealed class TrafficCounts(EngineServer engine, TimeProvider time)
{
    private const int MostWaiting = 400;

    private static readonly CloseReason[] Reasons = Enum.GetValues<CloseReason>();

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _entries = new();
    private readonly long[] _closed = new long[Reasons.Length];
    private long _opened;
    private long _packetsIn;
    private long _packetsOut;
    private long _bytesIn;
    private long _bytesOut;

    /// <summary>Begins. Not twice.</summary>
    public void Attach()
    {
        engine.SessionOpened += OnOpened;
        engine.SessionClosed += OnClosed;
        engine.PacketReceived += OnReceived;
        engine.Outgoing = OnOutgoing;
    }

    /// <summary>Ends, and forgets what was counted.</summary>
    public void Detach()
    {
        engine.SessionOpened -= OnOpened;
        engine.SessionClosed -= OnClosed;
        engine.PacketReceived -= OnReceived;
        engine.Outgoing = null;
        Sample();
        lock (_gate)
            _entries.Clear();
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
            Add(second, "packetsIn", null, ref _packetsIn);
            Add(second, "packetsOut", null, ref _packetsOut);
            Add(second, "bytesIn", null, ref _bytesIn);
            Add(second, "bytesOut", null, ref _bytesOut);
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

    private void OnReceived(EngineSocket session, EnginePacketType type, ReadOnlyMemory<byte> data)
    {
        Interlocked.Increment(ref _packetsIn);
        Interlocked.Add(ref _bytesIn, data.Length + 1);
    }

    private void OnOutgoing(int packets, long bytes)
    {
        Interlocked.Add(ref _packetsOut, packets);
        Interlocked.Add(ref _bytesOut, bytes);
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
