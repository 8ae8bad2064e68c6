namespace Akka.ClusterAdapter.Server;

/// <summary>A packet is too large to cross to other workers. Nothing was sent, not even on this worker.</summary>
/// <param name="size">Bytes the packet would need.</param>
/// <param name="limit">Bytes a packet may need.</param>
public sealed class BroadcastTooLargeException(int size, int limit)
    : InvalidOperationException(
        $"The packet needs {size:N0} bytes between workers; at most {limit:N0} can cross. Send less at once, or send it on this worker only (Local).")
{
    /// <summary>Bytes the packet would need.</summary>
    public int Size { get; } = size;

    /// <summary>Bytes a packet may need.</summary>
    public int Limit { get; } = limit;
}
