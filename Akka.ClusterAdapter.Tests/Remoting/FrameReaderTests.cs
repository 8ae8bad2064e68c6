using System.Buffers.Binary;
using Akka.ClusterAdapter.Remoting;

namespace Akka.ClusterAdapter.Tests.Remoting;

public sealed class FrameReaderTests
{
    private const int Most = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public void Frames_are_found_however_the_bytes_are_cut(int piece)
    {
        int[] sizes = [1, 0, 2, 300, 0, 0, 99_999, 7, Most, 1];
        byte[] bytes = [.. sizes.SelectMany(Frame)];
        var frames = new FrameReader(Most, isBigEndian: false);

        var found = new List<int>();
        for (var at = 0; at < bytes.Length; at += piece)
        {
            ReadOnlySpan<byte> some = bytes.AsSpan(at, Math.Min(piece, bytes.Length - at));
            while (frames.TryRead(ref some, out var frame))
            {
                Assert.All(frame.ToByteArray(), it => Assert.Equal((byte)frame.Length, it));
                found.Add(frame.Length);
            }
        }

        Assert.Equal(sizes.Where(size => size > 0), found);
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(Most + 1, 4)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MinValue, 3)]
    public void What_is_no_length_is_refused(int length, int piece)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        var frames = new FrameReader(Most, isBigEndian: false);

        var refused = Assert.Throws<FrameException>(() =>
        {
            for (var at = 0; at < bytes.Length; at += piece)
            {
                ReadOnlySpan<byte> some = bytes.AsSpan(at, Math.Min(piece, bytes.Length - at));
                frames.TryRead(ref some, out _);
            }
        });

        Assert.Equal(length, refused.Length);
    }

    [Fact]
    public void What_is_promised_costs_nothing_until_it_comes()
    {
        var frames = new FrameReader(1 << 30, isBigEndian: false);
        var before = GC.GetAllocatedBytesForCurrentThread();

        ReadOnlySpan<byte> some = [0, 0, 0, 0x30, 1, 2, 3];
        Assert.False(frames.TryRead(ref some, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private static byte[] Frame(int size)
    {
        var frame = new byte[4 + size];
        BinaryPrimitives.WriteInt32LittleEndian(frame, size);
        frame.AsSpan(4).Fill((byte)size);
        return frame;
    }
}
