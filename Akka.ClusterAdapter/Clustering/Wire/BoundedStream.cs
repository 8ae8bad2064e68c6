namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>Reads bytes and throws where they end. Hyperion does not look at how much it got, and would go on with zeros.</summary>
internal sealed class BoundedStream(ReadOnlyMemory<byte> bytes) : Stream
{
    private int _position;

    public bool IsAtEnd => _position == bytes.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        Take(count).CopyTo(buffer.AsSpan(offset));
        return count;
    }

    public override int ReadByte() => Take(1)[0];

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - _position)
            throw new EndOfStreamException("The bytes end in the middle of a value.");
        var taken = bytes.Span.Slice(_position, count);
        _position += count;
        return taken;
    }
}
