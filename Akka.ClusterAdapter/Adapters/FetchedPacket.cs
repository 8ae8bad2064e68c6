using System.Collections.Immutable;
using System.Text;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>An event that another worker has recorded, for the log of one that joined later.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Age">How long ago it was sent.</param>
/// <param name="Target">Whom it was for.</param>
/// <param name="Body">The event, with an offset as last argument.</param>
/// <param name="Offset">That offset, without steps: so clients will show it.</param>
internal readonly record struct FetchedPacket(LogPlace Place, TimeSpan Age, BroadcastOptions Target, PacketBody Body, string Offset)
{
    /// <summary>Bytes of memory in the log, about.</summary>
    public long KeptBytes => RecordedPackets.PacketBytes + MemorySize.Of(Body) + MemorySize.Of(Offset)
        + (Target.Rooms.Length > 1 || !Target.Except.IsEmpty ? 100 + (40L * Target.Rooms.Length) : 0);

    /// <summary>Bytes between workers, at most.</summary>
    public long CrossingBytes => 64 + Body.Size + Offset.Length + Names(Target.Rooms) + Names(Target.Except);

    // Each with its length.
    private static long Names(ImmutableArray<string> names) => names.Sum(static name => 5L + Encoding.UTF8.GetByteCount(name));
}

/// <summary>A part of a log.</summary>
/// <param name="Packets">Newest first.</param>
/// <param name="Next">Position in front of which the next part ends; 0 when there is none.</param>
/// <param name="Held">How many packets the log holds.</param>
internal sealed record FetchedPage(IReadOnlyList<FetchedPacket> Packets, long Next, int Held)
{
    /// <summary>Nobody has answered.</summary>
    public static FetchedPage None { get; } = new([], -1, 0);
}
