using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Reads one message between workers. Every length is compared with what is really there before anything is allocated for it; bytes after
/// the last known field are left alone, for a newer worker may have added one.
/// </summary>
internal ref struct PeerReader(ReadOnlyMemory<byte> source)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MostBytesOfTailLength = 4;

    private readonly ReadOnlyMemory<byte> _source = source;
    private int _position;

    /// <summary>Bytes that were not read yet.</summary>
    public readonly int Remaining => _source.Length - _position;

    public byte Byte() => Take(1).Span[0];

    public long Fixed() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)).Span);

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return shift == 63 && next > 1 ? throw Malformed("a number that is too long") : value;
        }

        throw Malformed("a number that is too long");
    }

    /// <summary>A count of things of which each takes at least one of the bytes that are left.</summary>
    public int Length()
    {
        var value = Varint();
        return value <= (ulong)Remaining ? (int)value : throw Malformed($"a length of {value} where {Remaining} bytes are left");
    }

    /// <summary>A number that must fit an int, such as an index.</summary>
    public int Number()
    {
        var value = Varint();
        return value <= int.MaxValue ? (int)value : throw Malformed($"the number {value}");
    }

    public string Text()
    {
        var bytes = Take(Length()).Span;
        try
        {
            return bytes.IsEmpty ? "" : StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed("text that is not UTF-8");
        }
    }

    public ImmutableArray<string> Texts()
    {
        var count = Length();
        if (count == 0)
            return [];
        var values = new string[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = Text();
        return ImmutableCollectionsMarshal.AsImmutableArray(values);
    }

    /// <summary>A part of the message itself; nothing is copied.</summary>
    public ReadOnlyMemory<byte> Bytes() => Take(Length());

    /// <summary>What <see cref="PeerWriter.BytesAfter"/> wrote.</summary>
    public ReadOnlyMemory<byte> BytesAfter(ReadOnlyMemory<byte> known)
    {
        var head = Number();
        var tail = Number();
        if (head > PeerLimits.LargestShared || tail > PeerLimits.LargestShared || head + tail > known.Length)
            throw Malformed($"{head} and {tail} bytes of another value that has {known.Length}");
        var rest = Bytes();
        if (head + tail == 0)
            return rest;
        var value = GC.AllocateUninitializedArray<byte>(head + rest.Length + tail);
        known.Span[..head].CopyTo(value);
        rest.Span.CopyTo(value.AsSpan(head));
        known.Span[^tail..].CopyTo(value.AsSpan(head + rest.Length));
        return value;
    }

    /// <summary>
    /// What a newer worker put behind the last field: a mark, a length, and as many bytes. False where there is no more of it, or something else. Never throws:
    /// the message itself has been read.
    /// </summary>
    public bool TryTail(out byte mark, out ReadOnlyMemory<byte> bytes)
    {
        (mark, bytes) = (0, default);
        var rest = _source[_position..];
        _position = _source.Length;
        if (rest.IsEmpty)
            return false;
        mark = rest.Span[0];
        var length = 0L;
        for (var at = 1; at < rest.Length && at <= MostBytesOfTailLength; at++)
        {
            var next = rest.Span[at];
            length |= (long)(next & 0x7F) << (7 * (at - 1));
            if (next >= 0x80)
                continue;
            var from = at + 1;
            if (length > rest.Length - from)
                return false;
            bytes = rest.Slice(from, (int)length);
            _position -= rest.Length - from - (int)length;
            return true;
        }

        return false;
    }

    public BroadcastOptions Selection()
    {
        var flags = Byte();
        var rooms = Texts();
        var except = Texts();
        if (flags == 2 && rooms.IsEmpty && except.IsEmpty)
            return BroadcastOptions.All;
        return new BroadcastOptions { Rooms = rooms, Except = except, IsVolatile = (flags & 1) != 0, Compress = (flags & 2) != 0 };
    }

    public PacketBody Body()
    {
        var dataLength = Length();
        var count = Length();
        if (count == 0)
            return new PacketBody(Take(dataLength));
        var lengths = new int[count];
        for (var i = 0; i < count; i++)
            lengths[i] = Length();
        var data = Take(dataLength);
        var attachments = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
            attachments[i] = Take(lengths[i]);
        return new PacketBody(data, ImmutableCollectionsMarshal.AsImmutableArray(attachments));
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length > Remaining)
            throw Malformed($"{Remaining} bytes where {length} were announced");
        var taken = _source.Slice(_position, length);
        _position += length;
        return taken;
    }

    private static SerializationException Malformed(string what) => new($"A message from another worker is malformed: {what}.");
}
