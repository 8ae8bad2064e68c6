using System.Buffers.Binary;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Unmasked, unfragmented server frames (RFC 6455, 5.2).</summary>
internal static class WebSocketFrame
{
    public const byte Text = 0x81;
    public const byte Binary = 0x82;
    public const byte Close = 0x88;
    public const byte Pong = 0x8A;

    /// <summary>An empty close frame, as the JavaScript server sends it.</summary>
    public static ReadOnlyMemory<byte> EmptyClose { get; } = new byte[] { Close, 0 };

    /// <summary>A close frame with a status code.</summary>
    public static ReadOnlyMemory<byte> CloseWith(int status) => new byte[] { Close, 2, (byte)(status >> 8), (byte)status };

    /// <summary>Bytes of a frame, header included.</summary>
    public static int SizeOf(int payload) => checked(payload + (payload < 126 ? 2 : payload <= ushort.MaxValue ? 4 : 10));

    /// <summary>Writes the header in front of <paramref name="payload"/> bytes; returns the header's size.</summary>
    public static int WriteHeader(Span<byte> destination, byte first, int payload)
    {
        destination[0] = first;
        switch (payload)
        {
            case < 126:
                destination[1] = (byte)payload;
                return 2;
            case <= ushort.MaxValue:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payload);
                return 4;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payload);
                return 10;
        }
    }

    /// <summary>Reads a frame written by <see cref="WriteHeader"/> at the start of <paramref name="frames"/>: where its payload begins and ends.</summary>
    public static Range PayloadOf(ReadOnlySpan<byte> frames) => frames[1] switch
    {
        126 => 4..(4 + BinaryPrimitives.ReadUInt16BigEndian(frames[2..])),
        127 => 10..(10 + (int)BinaryPrimitives.ReadUInt64BigEndian(frames[2..])),
        var length => 2..(2 + length),
    };
}
