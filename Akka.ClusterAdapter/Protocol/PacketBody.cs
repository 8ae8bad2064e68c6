using System.Collections.Immutable;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Encoded arguments of a packet, without its header. Encoded once per cluster, shared by every worker and socket that sends it;
/// immutable from the moment it is made.
/// </summary>
/// <remarks>
/// With the JSON parser <see cref="Data"/> is the JSON array (<c>["news",{…}]</c>), binary values replaced by <c>{"_placeholder":true,"num":n}</c>
/// and kept in <see cref="Attachments"/>. With the msgpack parser it is one MessagePack array and there are no attachments.
/// </remarks>
public sealed class PacketBody
{
    /// <summary>A body made of bytes that are already encoded and will not change any more.</summary>
    public PacketBody(ReadOnlyMemory<byte> data, ImmutableArray<ReadOnlyMemory<byte>> attachments = default)
    {
        Data = data;
        Attachments = attachments.IsDefault ? [] : attachments;
    }

    /// <summary>The encoded arguments.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Binary values in the order of their placeholder numbers; empty for most packets.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>Bytes of data and attachments together.</summary>
    public int Size
    {
        get
        {
            var size = Data.Length;
            foreach (var attachment in Attachments)
                size += attachment.Length;
            return size;
        }
    }
}
