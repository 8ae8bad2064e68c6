using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace LoadClient.Sockets;

/// <summary>
/// A masked WebSocket frame, or a text and a binary one, ready to be sent again and again; the ten digits behind its '#' can be changed in place.
/// </summary>
internal sealed class ClientFrame
{
    private const int Digits = 10;

    // Never zero: a server may take a short cut on a mask that changes nothing. Constant: unmasking costs the same whatever the mask.
    private static readonly byte[] Mask = [0x35, 0xA1, 0x5B, 0xC7];

    private readonly byte[] _bytes;
    private readonly int _firstDigit;
    private readonly int _maskPhase;

    private ClientFrame(byte[] bytes, int firstDigit, int maskPhase) => (_bytes, _firstDigit, _maskPhase) = (bytes, firstDigit, maskPhase);

    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal static byte[] Text(string text) => Masked(0x1, Encoding.UTF8.GetBytes(text));

    internal static byte[] Control(byte opcode, ReadOnlySpan<byte> payload) => Masked(opcode, payload);

    /// <summary>An event packet whose last argument is a payload of the given size: as a string, or as one binary attachment.</summary>
    internal static ClientFrame Event(string head, int payload, bool binary)
    {
        var body = Payload(payload);
        if (!binary)
            return Numbered([], $"42{head}\"{body}\"]", 0x1);
        return Numbered(Text($"451-{head}{{\"_placeholder\":true,\"num\":0}}]"), body, 0x2);
    }

    /// <summary>An event packet with an acknowledgement id.</summary>
    internal static ClientFrame Call(string head, int payload, int ackId) => Numbered([], $"42{ackId}{head}\"{Payload(payload)}\"]", 0x1);

    /// <summary>Writes the sequence number into the payload.</summary>
    internal ClientFrame Stamp(int sequence)
    {
        for (var i = Digits - 1; i >= 0; i--)
        {
            _bytes[_firstDigit + i] = (byte)(('0' + (sequence % 10)) ^ Mask[(_maskPhase + i) & 3]);
            sequence /= 10;
        }
        return this;
    }

    // "#", ten digits, then filler.
    private static string Payload(int size) => "#" + 0.ToString("D10", CultureInfo.InvariantCulture) + new string('x', Math.Max(0, size - Digits - 1));

    private static ClientFrame Numbered(byte[] before, string text, byte opcode)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var frame = Masked(opcode, bytes);
        var digit = bytes.AsSpan().LastIndexOf((byte)'#') + 1;
        return new ClientFrame([.. before, .. frame], before.Length + frame.Length - bytes.Length + digit, digit);
    }

    private static byte[] Masked(byte opcode, ReadOnlySpan<byte> payload)
    {
        var head = payload.Length < 126 ? 2 : payload.Length <= ushort.MaxValue ? 4 : 10;
        var frame = new byte[head + 4 + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (head == 2 ? payload.Length : head == 4 ? 126 : 127));
        if (head == 4)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        else if (head == 10)
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        Mask.CopyTo(frame, head);
        for (var i = 0; i < payload.Length; i++)
            frame[head + 4 + i] = (byte)(payload[i] ^ Mask[i & 3]);
        return frame;
    }
}
