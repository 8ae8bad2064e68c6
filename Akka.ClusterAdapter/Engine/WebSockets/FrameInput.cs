using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>What <see cref="FrameInput.TryTake"/> has found.</summary>
internal enum FrameFound
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>Nothing yet.</summary>
    Nothing,

    /// <summary>Something that the framework's WebSocket must read.</summary>
    Other,
}

/// <summary>
/// The connection's own input. A message that lies there as a whole, in one frame that is in order, is taken from it at once. All else – fragments, control
/// frames, what is not all there yet, what is against the protocol, the end – is the framework's WebSocket's: it reads this stream, and gets no byte beyond the
/// frame that it is at, so that what comes behind can be taken here again (docs/decisions/0108).
/// </summary>
/// <param name="pipe">Where the bytes come. Nobody else reads it.</param>
internal sealed class FrameInput(PipeReader pipe) : Stream
{
    private const int Mask = 4;
    private const int LongestHeader = 14;
    private const byte Masked = 0x80;
    private readonly byte[] _header = new byte[LongestHeader];
    private int _headerCount;
    private ulong _payloadLeft;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The framework's WebSocket has read whole frames.</summary>
    public bool IsBetweenFrames => _headerCount == 0;

    /// <summary>Waits until something is there. <see cref="TryTake"/> must follow.</summary>
    public ValueTask<ReadResult> WaitAsync() => pipe.ReadAsync();

    /// <summary>Takes a message.</summary>
    /// <param name="read">What has come.</param>
    /// <param name="most">Bytes that a message may have.</param>
    /// <param name="message">A buffer of the shared pool, the caller's from now on; empty unless a message is found.</param>
    /// <param name="length">The message's bytes.</param>
    /// <param name="isBinary">Whether it is no text.</param>
    public FrameFound TryTake(in ReadResult read, long most, out byte[] message, out int length, out bool isBinary)
    {
        message = [];
        length = 0;
        isBinary = false;
        var bytes = read.Buffer;
        if (bytes.IsEmpty && !read.IsCompleted)
        {
            // The web server has its reasons to call, none of which is ours.
            pipe.AdvanceTo(bytes.Start);
            return FrameFound.Nothing;
        }

        Span<byte> header = stackalloc byte[LongestHeader];
        var size = HeaderOf(bytes, header, most, out length);
        isBinary = header[0] == WebSocketFrame.Binary;
        if (size == 0 || size + length > bytes.Length || !TryRead(bytes.Slice(size, length), header[(size - Mask)..size], isBinary, out message))
        {
            pipe.AdvanceTo(bytes.Start, bytes.Start);
            return FrameFound.Other;
        }

        pipe.AdvanceTo(bytes.GetPosition(size + length));
        return FrameFound.Message;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            var bytes = read.Buffer;
            var count = Hand(bytes, buffer.Span);
            pipe.AdvanceTo(bytes.GetPosition(count));
            if (count > 0 || read.IsCompleted || (buffer.IsEmpty && !bytes.IsEmpty))
                return count;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Bytes of the header; 0 when it is not all there, or not that of a whole message that may be taken.</summary>
    private static int HeaderOf(in ReadOnlySequence<byte> bytes, Span<byte> header, long most, out int length)
    {
        length = 0;
        var there = (int)Math.Min(LongestHeader, bytes.Length);
        bytes.Slice(0, there).CopyTo(header);
        if (there < 2 || header[0] is not (WebSocketFrame.Text or WebSocketFrame.Binary) || (header[1] & Masked) == 0)
            return 0;
        var size = SizeOf(header[1]);
        if (there < size)
            return 0;
        var payload = PayloadOf(header);
        if (payload > (ulong)Math.Min(most, int.MaxValue - LongestHeader))
            return 0;
        length = (int)payload;
        return size;
    }

    private static int SizeOf(byte second) => 2 + ((second & ~Masked) switch { 126 => 2, 127 => 8, _ => 0 }) + ((second & Masked) != 0 ? Mask : 0);

    private static ulong PayloadOf(ReadOnlySpan<byte> header) => (header[1] & ~Masked) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
        127 => BinaryPrimitives.ReadUInt64BigEndian(header[2..]),
        var length => (ulong)length,
    };

    private static bool TryRead(in ReadOnlySequence<byte> payload, ReadOnlySpan<byte> mask, bool isBinary, out byte[] message)
    {
        var length = (int)payload.Length;
        message = length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length);
        payload.CopyTo(message);
        var text = message.AsSpan(0, length);
        Unmask(text, mask);
        if (isBinary || Utf8.IsValid(text))
            return true;
        ArrayPool<byte>.Shared.Return(message);
        message = [];
        return false;
    }

    private static void Unmask(Span<byte> bytes, ReadOnlySpan<byte> mask)
    {
        var four = MemoryMarshal.Read<uint>(mask);
        var eight = four | ((ulong)four << 32);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (var i = 0; i < words.Length; i++)
            words[i] ^= eight;
        for (var i = words.Length * sizeof(ulong); i < bytes.Length; i++)
            bytes[i] ^= mask[i % Mask];
    }

    /// <summary>Copies what belongs to the frame that is read; how much.</summary>
    private int Hand(in ReadOnlySequence<byte> bytes, Span<byte> buffer)
    {
        var count = 0;
        foreach (var part in bytes)
        {
            for (var rest = part.Span; !rest.IsEmpty && count < buffer.Length;)
            {
                var taken = _payloadLeft > 0 ? HandPayload(rest, buffer[count..]) : HandHeader(rest[0], ref buffer[count]);
                count += taken;
                rest = rest[taken..];
                if (IsBetweenFrames)
                    return count;
            }
        }

        return count;
    }

    private int HandPayload(ReadOnlySpan<byte> bytes, Span<byte> buffer)
    {
        var count = (int)Math.Min(_payloadLeft, (ulong)Math.Min(bytes.Length, buffer.Length));
        bytes[..count].CopyTo(buffer);
        _payloadLeft -= (ulong)count;
        if (_payloadLeft == 0)
            _headerCount = 0;
        return count;
    }

    private int HandHeader(byte next, ref byte place)
    {
        place = next;
        _header[_headerCount++] = next;
        if (_headerCount >= 2 && _headerCount == SizeOf(_header[1]))
        {
            _payloadLeft = PayloadOf(_header);
            if (_payloadLeft == 0)
                _headerCount = 0;
        }

        return 1;
    }
}
