using System.Buffers.Binary;

namespace LoadClient.Sockets;

/// <summary>The head of a frame from a server: RFC 6455, 5.2, never masked.</summary>
/// <param name="IsFinal">Whether the frame ends its message.</param>
/// <param name="Opcode">0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.</param>
/// <param name="Size">Bytes of the head itself.</param>
/// <param name="Length">Bytes of the payload behind it.</param>
internal readonly record struct FrameHead(bool IsFinal, int Opcode, int Size, int Length)
{
    internal const int Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;

    /// <summary>Whether the frame is a message of its own, not a part of one.</summary>
    internal bool IsWholeMessage => IsFinal && Opcode is Text or Binary;

    internal static bool TryRead(ReadOnlySpan<byte> data, out FrameHead head)
    {
        head = default;
        if (data.Length < 2)
            return false;
        var shortLength = data[1] & 0x7f;
        var size = shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10;
        if (data.Length < size)
            return false;
        var length = size switch
        {
            2 => shortLength,
            4 => BinaryPrimitives.ReadUInt16BigEndian(data[2..]),
            _ => checked((int)BinaryPrimitives.ReadInt64BigEndian(data[2..])),
        };
        head = new FrameHead((data[0] & 0x80) != 0, data[0] & 0x0f, size, length);
        return true;
    }
}
