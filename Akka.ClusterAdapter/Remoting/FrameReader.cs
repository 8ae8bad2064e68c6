using System.Buffers.Binary;
using Google.Protobuf;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>
/// Cuts what arrives into frames: a length of four bytes, then so many bytes. What is incomplete costs the bytes that came, never those that were promised.
/// </summary>
/// <param name="mostBytes">Longest frame.</param>
/// <param name="isBigEndian">Byte order of the length.</param>
internal sealed class FrameReader(int mostBytes, bool isBigEndian)
{
    public const int Header = 4;

    private const int Smallest = 256;

    private byte[] _kept = [];
    private int _count;

    /// <summary>The next frame; empty ones are passed over. False when more must come first.</summary>
    /// <param name="bytes">What has arrived; without the frame afterwards.</param>
    /// <param name="frame">The frame.</param>
    /// <exception cref="FrameException">A length is no length. The connection is of no use any more.</exception>
    public bool TryRead(ref ReadOnlySpan<byte> bytes, out ByteString frame)
    {
        frame = ByteString.Empty;
        while (frame.IsEmpty && bytes.Length > 0)
        {
            if (_count > 0)
                Complete(ref bytes, ref frame);
            else if (bytes.Length >= Header && bytes.Length - Header is var rest && LengthOf(bytes) is var length && length <= rest)
                Cut(ref bytes, length, ref frame);
            else
                Keep(ref bytes, bytes.Length);
        }

        return !frame.IsEmpty;
    }

    /// <summary>The length that stands in front of a frame.</summary>
    public static void WriteHeader(Span<byte> to, int length, bool isBigEndian)
    {
        if (isBigEndian)
            BinaryPrimitives.WriteInt32BigEndian(to, length);
        else
            BinaryPrimitives.WriteInt32LittleEndian(to, length);
    }

    private static void Cut(ref ReadOnlySpan<byte> bytes, int length, ref ByteString frame)
    {
        frame = ByteString.CopyFrom(bytes.Slice(Header, length));
        bytes = bytes[(Header + length)..];
    }

    private void Complete(ref ReadOnlySpan<byte> bytes, ref ByteString frame)
    {
        if (_count < Header)
            Keep(ref bytes, Math.Min(bytes.Length, Header - _count));
        if (_count < Header)
            return;
        var length = LengthOf(_kept);
        Keep(ref bytes, Math.Min(bytes.Length, Header + length - _count));
        if (_count < Header + length)
            return;
        frame = ByteString.CopyFrom(_kept, Header, length);
        (_kept, _count) = (_kept.Length > 64 * 1024 ? [] : _kept, 0);
    }

    private void Keep(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (_count + count > _kept.Length)
            Array.Resize(ref _kept, Math.Max(Smallest, Math.Min(Math.Max(_count + count, 2 * _kept.Length), Math.Max(_count + count, Header + mostBytes))));
        bytes[..count].CopyTo(_kept.AsSpan(_count));
        _count += count;
        bytes = bytes[count..];
    }

    private int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length >= 0 && length <= mostBytes ? length : throw new FrameException(length);
    }
}

/// <summary>A frame that is longer than frames may be, or shorter than nothing: a stranger wrote it, or a member with another frame size.</summary>
internal sealed class FrameException(int length) : Exception
{
    public int Length => length;
}
