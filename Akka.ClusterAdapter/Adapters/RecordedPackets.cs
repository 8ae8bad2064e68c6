using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>A packet that was sent, as a client that comes back would get it.</summary>
/// <param name="At">When it was sent, in timestamps.</param>
/// <param name="Body">The event, with its offset as last argument.</param>
/// <param name="Target">Whom it was for.</param>
internal readonly record struct RecordedPacket(long At, PacketBody Body, BroadcastOptions Target);

/// <summary>Packets in the order they were sent, numbered without a gap: a ring, so that those behind a number are found at once. Not thread-safe.</summary>
internal sealed class RecordedPackets
{
    private const int Smallest = 16;
    private RecordedPacket[] _ring = [];
    private int _start;

    public int Count { get; private set; }

    /// <summary>Number of the last packet that was added, 0 before the first.</summary>
    public long Last { get; private set; }

    /// <summary>Number of the oldest packet that is kept; the next one's when there is none.</summary>
    public long First => Last - Count + 1;

    /// <summary>The packet with a number between <see cref="First"/> and <see cref="Last"/>.</summary>
    public ref readonly RecordedPacket this[long number] => ref _ring[(_start + (int)(number - First)) & (_ring.Length - 1)];

    /// <summary>The number is <see cref="Last"/> afterwards.</summary>
    public void Add(in RecordedPacket packet)
    {
        if (Count == _ring.Length)
            Resize(Math.Max(Smallest, 2 * Count));
        _ring[(_start + Count) & (_ring.Length - 1)] = packet;
        Count++;
        Last++;
    }

    /// <summary>Lets go of the oldest; there must be one.</summary>
    public RecordedPacket RemoveFirst()
    {
        var first = _ring[_start];
        _ring[_start] = default;
        _start = (_start + 1) & (_ring.Length - 1);
        Count--;
        if (_ring.Length > Smallest && Count < _ring.Length / 4)
            Resize(_ring.Length / 2);
        return first;
    }

    // Lengths are powers of two.
    private void Resize(int length)
    {
        var ring = new RecordedPacket[length];
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_start + i) & (_ring.Length - 1)];
        (_ring, _start) = (ring, 0);
    }
}
