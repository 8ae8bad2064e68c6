using System.Numerics;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine;

/// <summary>What is counted of the traffic with clients.</summary>
internal enum TrafficNumber
{
    PacketsIn,
    BytesIn,
    PacketsOut,
    BytesOut,
}

/// <summary>
/// Packets and their bytes by direction and transport, as they are within what frames them: without the headers of WebSocket frames, and without what separates
/// the packets of a payload. Always counted, for it costs two additions for each packet that comes and each write; read when somebody looks. Each processor
/// has numbers of its own, so that none waits for another.
/// </summary>
internal sealed class Traffic
{
    private const int Most = 64;

    // So many numbers there are, and so many longs lie between those of two processors, so that they share no cache line.
    private const int PerTransport = 4;
    private const int Stride = 32;

    private readonly int _processors = (int)Math.Min(Most, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));
    private readonly long[] _numbers;

    public Traffic() => _numbers = new long[(_processors + 1) * Stride];

    /// <summary>A packet has come.</summary>
    public void Received(IEngineTransport transport, int bytes) => Add(transport, TrafficNumber.PacketsIn, 1, bytes);

    /// <summary>A batch is handed to a WebSocket.</summary>
    public void Sent(IEngineTransport transport, List<OutboundPacket> batch)
    {
        var (packets, bytes) = (0, 0L);
        foreach (ref readonly var packet in CollectionsMarshal.AsSpan(batch))
        {
            packets += packet.Message.Parts;
            bytes += packet.Message.Length;
        }

        Add(transport, TrafficNumber.PacketsOut, packets, bytes);
    }

    /// <summary>A packet is handed to a WebSocket past the queue.</summary>
    public void Sent(IEngineTransport transport, EngineMessage packet) => Add(transport, TrafficNumber.PacketsOut, packet.Parts, packet.Length);

    /// <summary>A batch is the answer to a poll.</summary>
    public void Answered(IEngineTransport transport, List<OutboundPacket> batch)
    {
        var (packets, bytes) = (0, 0L);
        foreach (ref readonly var packet in CollectionsMarshal.AsSpan(batch))
        {
            packets += packet.Message.Parts;
            bytes += packet.Message.Payload.Length - (packet.Message.Parts - 1);
        }

        Add(transport, TrafficNumber.PacketsOut, packets, bytes);
    }

    /// <summary>A number since the start.</summary>
    public long Of(TrafficNumber number, string transport)
    {
        var sum = 0L;
        for (var processor = 0; processor < _processors; processor++)
            sum += Volatile.Read(ref _numbers[At(processor, transport) + (int)number]);
        return sum;
    }

    private void Add(IEngineTransport transport, TrafficNumber packets, int count, long bytes)
    {
        var at = At(Thread.GetCurrentProcessorId() & (_processors - 1), transport.Name) + (int)packets;
        Interlocked.Add(ref _numbers[at], count);
        Interlocked.Add(ref _numbers[at + 1], bytes);
    }

    // The array's own header may share a line with somebody else's object.
    private static int At(int processor, string transport) => ((processor + 1) * Stride) + (transport == TransportNames.WebSocket ? PerTransport : 0);
}
