using System.Text;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>How large a message between workers may be.</summary>
internal static class PeerLimits
{
    /// <summary>
    /// Bytes of the largest message that crosses as one; a larger one leaves in chunks. Heartbeats share the link, and a frame of any accepted
    /// size has room for it and for the paths of sender and receiver.
    /// </summary>
    public const int LargestMessage = 64_000;

    /// <summary>Smallest accepted <c>akka.remote.dot-netty.tcp.maximum-frame-size</c>, in bytes.</summary>
    public const int SmallestFrame = 128_000;

    /// <summary>Most bytes at a value's beginning, and at its end, that are left out because they are those of the value before it.</summary>
    public const int LargestShared = 1_024;

    /// <summary>
    /// Bytes of all handshakes in one answer, more than a message with several sockets can come to: their ids and rooms alone take 45 bytes each.
    /// </summary>
    public const int LargestHandshakes = LargestMessage + (LargestMessage / 40 * 2 * LargestShared);

    /// <summary>Bytes an answer needs beside its items.</summary>
    public const int AnswerHead = 64;

    /// <summary>Longest name of a namespace whose large packets cross, in bytes of UTF-8: each chunk carries the name.</summary>
    public const int LongestName = 32_000;

    private const int ChunkHead = 64;

    /// <summary>How long the next chunk of a message may take. A worker that was held up for longer is given up by the cluster.</summary>
    public static readonly TimeSpan ChunkPatience = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of the largest message that a namespace may send.</summary>
    public static int LargestPacket(string @namespace, int maxPacket) =>
        Encoding.UTF8.GetByteCount(@namespace) <= LongestName ? maxPacket : LargestMessage;

    /// <summary>Bytes of a message in each of its chunks.</summary>
    public static int ChunkOf(string @namespace) => LargestMessage - ChunkHead - Encoding.UTF8.GetByteCount(@namespace);
}
