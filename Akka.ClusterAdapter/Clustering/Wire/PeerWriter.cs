using System.Buffers.Binary;
using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Writes one message between workers. Without a target it only counts, so that the size of a message and its bytes come from the same lines of code.
/// </summary>
internal ref struct PeerWriter(Span<byte> target, bool counts)
{
    private readonly Span<byte> _target = target;
    private readonly bool _counts = counts;

    /// <summary>Bytes written, or counted, so far.</summary>
    public int Position { get; private set; }

    public void Byte(byte value)
    {
        if (!_counts)
            _target[Position] = value;
        Position++;
    }

    /// <summary>Eight bytes, little-endian: for numbers that are given after the size was asked for.</summary>
    public void Fixed(long value)
    {
        if (!_counts)
            BinaryPrimitives.WriteInt64LittleEndian(_target[Position..], value);
        Position += sizeof(long);
    }

    /// <summary>Seven bits a byte, least significant first; the high bit says that more follow.</summary>
    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Length(int value) => Varint((uint)value);

    /// <summary>Bytes that a length takes.</summary>
    public static int SizeOfLength(int value)
    {
        var size = 1;
        for (var rest = (uint)value >> 7; rest > 0; rest >>= 7)
            size++;
        return size;
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Length(length);
        if (!_counts)
            Encoding.UTF8.GetBytes(value, _target.Slice(Position, length));
        Position += length;
    }

    public void Texts(ReadOnlySpan<string> values)
    {
        Length(values.Length);
        foreach (var value in values)
            Text(value);
    }

    public void Bytes(ReadOnlyMemory<byte> value)
    {
        Length(value.Length);
        Raw(value);
    }

    /// <summary>
    /// How many bytes it begins and ends with are those of another value that the reader knows (each at most <see cref="PeerLimits.LargestShared"/>), then
    /// the others.
    /// </summary>
    public void BytesAfter(ReadOnlyMemory<byte> value, ReadOnlyMemory<byte> known)
    {
        var head = Math.Min(value.Span.CommonPrefixLength(known.Span), PeerLimits.LargestShared);
        var tail = CommonSuffixLength(value.Span[head..], known.Span[head..]);
        Length(head);
        Length(tail);
        Bytes(value[head..^tail]);
    }

    /// <summary>Flags, rooms, excepted rooms.</summary>
    public void Selection(BroadcastOptions options)
    {
        Byte((byte)((options.IsVolatile ? 1 : 0) | (options.Compress ? 2 : 0)));
        Texts(options.Rooms.AsSpan());
        Texts(options.Except.AsSpan());
    }

    /// <summary>Lengths first, then the bytes as they are.</summary>
    public void Body(PacketBody body)
    {
        Length(body.Data.Length);
        Length(body.Attachments.Length);
        foreach (var attachment in body.Attachments)
            Length(attachment.Length);
        Raw(body.Data);
        foreach (var attachment in body.Attachments)
            Raw(attachment);
    }

    private static int CommonSuffixLength(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var most = Math.Min(Math.Min(one.Length, other.Length), PeerLimits.LargestShared);
        var length = 0;
        while (length + sizeof(long) <= most
            && BinaryPrimitives.ReadInt64LittleEndian(one[^(length + sizeof(long))..])
                == BinaryPrimitives.ReadInt64LittleEndian(other[^(length + sizeof(long))..]))
            length += sizeof(long);
        while (length < most && one[^(length + 1)] == other[^(length + 1)])
            length++;
        return length;
    }

    private void Raw(ReadOnlyMemory<byte> value)
    {
        if (!_counts)
            value.Span.CopyTo(_target[Position..]);
        Position += value.Length;
    }
}
