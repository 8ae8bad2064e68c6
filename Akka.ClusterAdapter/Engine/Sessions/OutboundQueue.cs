namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>A queued message and whether it asks for HTTP compression.</summary>
internal readonly record struct OutboundPacket(EngineMessage Message, bool Compress);

/// <summary>
/// What waits for one client, bounded in bytes and packets. Not thread-safe: the session's lock guards it. A batch that was taken is no longer
/// counted, so that a large message does not condemn the small one behind it.
/// </summary>
internal sealed class OutboundQueue(int maxBytes, int maxPackets)
{
    private const int KeptCapacity = 256;
    private List<OutboundPacket>? _items;
    private List<OutboundPacket>? _spare;
    private long _bytes;

    public bool IsEmpty => _items is null or { Count: 0 };

    public int Count => _items?.Count ?? 0;

    public long Bytes => _bytes;

    /// <summary>Adds a packet; false when the queue is full.</summary>
    public bool TryAdd(in OutboundPacket packet)
    {
        var size = packet.Message.Frames.Length;
        if (!IsEmpty && (_bytes + size > maxBytes || _items!.Count >= maxPackets))
            return false;

        Add(packet);
        return true;
    }

    /// <summary>Adds a packet of the server's own, whatever is queued: there are few, and the session depends on them.</summary>
    public void Add(in OutboundPacket packet)
    {
        (_items ??= []).Add(packet);
        _bytes += packet.Message.Frames.Length;
    }

    /// <summary>Takes everything.</summary>
    public List<OutboundPacket> TakeAll()
    {
        var batch = _items ?? [];
        _items = _spare;
        _spare = null;
        _bytes = 0;
        return batch;
    }

    /// <summary>Takes the first few.</summary>
    public List<OutboundPacket> Take(int count)
    {
        var batch = TakeAll();
        for (var i = count; i < batch.Count; i++)
            Add(batch[i]);
        if (batch.Count > count)
            batch.RemoveRange(count, batch.Count - count);
        return batch;
    }

    /// <summary>Gives a written batch back for later use, unless it grew large.</summary>
    public void Recycle(List<OutboundPacket> batch)
    {
        if (batch.Capacity > KeptCapacity)
            return;

        batch.Clear();
        _spare = batch;
    }

    public void Clear()
    {
        _items = null;
        _spare = null;
        _bytes = 0;
    }
}
