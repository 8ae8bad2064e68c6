using System.Buffers;
using System.Buffers.Text;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// A message ready for every transport, made once and shared by all sessions it is sent to; immutable. With attachments it stays together:
/// nothing is sent between its parts, and it counts as one in every queue and every volatile decision.
/// </summary>
public sealed class EngineMessage
{
    /// <summary>Separates the packets of a polling payload.</summary>
    internal const byte Separator = 0x1E;

    private const byte MessageType = (byte)'4';
    private readonly byte[] _frames;
    private byte[]? _payload;

    private EngineMessage(byte[] frames, int parts, int length) => (_frames, Parts, Length) = (frames, parts, length);

    /// <summary>A text message followed by binary ones.</summary>
    /// <param name="utf8">The text, UTF-8; copied.</param>
    /// <param name="attachments">Binary messages that follow at once; copied.</param>
    public static EngineMessage Text(ReadOnlySpan<byte> utf8, ReadOnlySpan<ReadOnlyMemory<byte>> attachments = default)
    {
        // 81 04 34 31 32 33 for "123": text frame, four bytes, packet type 4 (message)
        var size = WebSocketFrame.SizeOf(utf8.Length + 1);
        var length = utf8.Length + 1;
        foreach (var attachment in attachments)
        {
            size = checked(size + WebSocketFrame.SizeOf(attachment.Length));
            length += attachment.Length;
        }

        var frames = GC.AllocateUninitializedArray<byte>(size);
        var at = WebSocketFrame.WriteHeader(frames, WebSocketFrame.Text, utf8.Length + 1);
        frames[at++] = MessageType;
        utf8.CopyTo(frames.AsSpan(at));
        at += utf8.Length;
        foreach (var attachment in attachments)
            at += WriteBinary(frames.AsSpan(at), attachment.Span);
        return new(frames, 1 + attachments.Length, length);
    }

    /// <summary>A binary message; copied.</summary>
    public static EngineMessage Binary(ReadOnlySpan<byte> data)
    {
        var frames = GC.AllocateUninitializedArray<byte>(WebSocketFrame.SizeOf(data.Length));
        WriteBinary(frames, data);
        return new(frames, 1, data.Length);
    }

    /// <summary>A text packet of any type, its type digit included.</summary>
    internal static EngineMessage Packet(ReadOnlySpan<byte> packet)
    {
        var frames = new byte[WebSocketFrame.SizeOf(packet.Length)];
        packet.CopyTo(frames.AsSpan(WebSocketFrame.WriteHeader(frames, WebSocketFrame.Text, packet.Length)));
        return new(frames, 1, packet.Length);
    }

    /// <summary>Of how many packets it consists: one, and one for each attachment.</summary>
    internal int Parts { get; }

    /// <summary>Bytes of its packets within their frames.</summary>
    internal int Length { get; }

    /// <summary>The WebSocket form: one frame per part, one after the other.</summary>
    internal ReadOnlyMemory<byte> Frames => _frames;

    /// <summary>The same, for calls that want an array; nobody may write to it.</summary>
    internal ArraySegment<byte> FrameBytes => _frames;

    /// <summary>The polling form: <c>4text</c> RS <c>bBase64</c> RS ...; made when first asked for. Two threads may both make it; either will do.</summary>
    internal ReadOnlyMemory<byte> Payload => _payload ??= EncodePayload();

    /// <summary>The first frame's payload in <paramref name="rest"/> and whether it is text; <paramref name="rest"/> moves on to the next frame.</summary>
    internal static (ReadOnlyMemory<byte> Data, bool IsText) NextPart(ref ReadOnlyMemory<byte> rest)
    {
        var payload = WebSocketFrame.PayloadOf(rest.Span);
        var part = (rest[payload], rest.Span[0] == WebSocketFrame.Text);
        rest = rest[payload.End.Value..];
        return part;
    }

    private static int WriteBinary(Span<byte> destination, ReadOnlySpan<byte> data)
    {
        var header = WebSocketFrame.WriteHeader(destination, WebSocketFrame.Binary, data.Length);
        data.CopyTo(destination[header..]);
        return header + data.Length;
    }

    private byte[] EncodePayload()
    {
        var writer = new ArrayBufferWriter<byte>(_frames.Length);
        for (ReadOnlyMemory<byte> rest = _frames; !rest.IsEmpty;)
        {
            var (data, isText) = NextPart(ref rest);
            if (writer.WrittenCount > 0)
                writer.Write([Separator]);
            if (isText)
                writer.Write(data.Span);
            else
                WriteBase64(writer, data.Span);
        }

        return writer.WrittenSpan.ToArray();
    }

    // bAQIDBA== for 01 02 03 04: no type digit behind the b in revision 4
    private static void WriteBase64(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> data)
    {
        var span = writer.GetSpan(1 + Base64.GetMaxEncodedToUtf8Length(data.Length));
        span[0] = (byte)'b';
        Base64.EncodeToUtf8(data, span[1..], out _, out var written);
        writer.Advance(1 + written);
    }
}
