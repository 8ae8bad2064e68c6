using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Whole messages are taken from the connection's input; the framework's WebSocket reads all else; nothing is taken twice or missed.</summary>
public class FrameInputTests
{
    private const int Most = 100_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(Most)]
    public async Task A_message_that_is_there_as_a_whole_is_taken(int length)
    {
        var pipe = Unbounded();
        var payload = new byte[length];
        Random.Shared.NextBytes(payload);
        await pipe.Writer.WriteAsync(Frame(0x82, payload));
        var input = new FrameInput(pipe.Reader);

        Assert.Equal(FrameFound.Message, input.TryTake(await input.WaitAsync(), Most, out var message, out var its, out var isBinary));

        Assert.True(isBinary);
        Assert.Equal(payload, message.AsSpan(0, its).ToArray());
    }

    [Theory]
    [InlineData("810548656c6c6f", "unmasked")]
    [InlineData("c18000000000", "a reserved bit")]
    [InlineData("018000000000", "a fragment")]
    [InlineData("808000000000", "a continuation")]
    [InlineData("898000000000", "a ping")]
    [InlineData("888000000000", "a close frame")]
    [InlineData("8184000000003432fffe", "invalid UTF-8")]
    [InlineData("81ff00000000000186a100000000", "too long")]
    [InlineData("81ffffffffffffffffff00000000", "longer than any integer")]
    [InlineData("81ff7fffffffffffffff00000000", "nearly")]
    [InlineData("81", "half a header")]
    [InlineData("81fe", "a header without its length")]
    [InlineData("818100000000", "no payload yet")]
    public async Task What_is_anything_else_stays_as_it_is(string hex, string what)
    {
        var bytes = Convert.FromHexString(hex);
        var pipe = Unbounded();
        await pipe.Writer.WriteAsync(bytes);
        var input = new FrameInput(pipe.Reader);

        Assert.Equal(FrameFound.Other, input.TryTake(await input.WaitAsync(), Most, out var message, out _, out _));

        Assert.Empty(message);
        Assert.True((await input.WaitAsync()).Buffer.FirstSpan.SequenceEqual(bytes), what);
    }

    [Fact]
    public async Task The_end_is_told_by_the_stream()
    {
        var pipe = Unbounded();
        var input = new FrameInput(pipe.Reader);
        pipe.Writer.Complete();

        Assert.Equal(FrameFound.Other, input.TryTake(await input.WaitAsync(), Most, out _, out _, out _));
        Assert.Equal(0, await input.ReadAsync(new byte[10]));
    }

    [Fact]
    public async Task Who_calls_without_bytes_is_not_heard()
    {
        var pipe = Unbounded();
        var input = new FrameInput(pipe.Reader);
        pipe.Reader.CancelPendingRead();
        Assert.Equal(FrameFound.Nothing, input.TryTake(await input.WaitAsync(), Most, out _, out _, out _));
        pipe.Reader.CancelPendingRead();
        var read = input.ReadAsync(new byte[10]);
        Assert.False(read.IsCompleted);

        await pipe.Writer.WriteAsync(new byte[] { 0x89, 0x80, 1, 2, 3, 4, 0x81 });

        Assert.Equal(6, await read);
        Assert.True(input.IsBetweenFrames);
    }

    [Fact]
    public async Task An_empty_read_waits_and_takes_nothing()
    {
        var pipe = Unbounded();
        var input = new FrameInput(pipe.Reader);
        var read = input.ReadAsync(Memory<byte>.Empty);
        Assert.False(read.IsCompleted);

        await pipe.Writer.WriteAsync(Frame(0x81, "hello"u8.ToArray()));

        Assert.Equal(0, await read);
        Assert.Equal(FrameFound.Message, input.TryTake(await input.WaitAsync(), Most, out _, out var length, out _));
        Assert.Equal(5, length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_frames_cut_anywhere_are_the_messages_that_the_framework_alone_reads(int seed)
    {
        for (var i = 0; i < 250; i++)
        {
            var random = new Random((seed * 1000) + i);
            var wire = Conversation(random);

            var expected = await ReadAsync(wire, random, isDirect: false);
            var seen = await ReadAsync(wire, random, isDirect: true);

            Assert.Equal(expected, seen);
        }
    }

    /// <summary>Reads as the transport does: directly while that is possible, otherwise with the framework's WebSocket. What was read, and the end.</summary>
    private static async Task<List<string>> ReadAsync(byte[] wire, Random random, bool isDirect)
    {
        var pipe = Unbounded();
        var input = new FrameInput(pipe.Reader);
        var stream = new ReadOnly(isDirect ? input : pipe.Reader.AsStream());
        using var socket = WebSocket.CreateFromStream(stream, new() { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        var writing = WriteInPiecesAsync(pipe.Writer, wire, random.Next());
        var seen = new List<string>();
        try
        {
            while (true)
            {
                if (isDirect && input.IsBetweenFrames)
                {
                    var found = input.TryTake(await input.WaitAsync(), Most, out var message, out var whole, out var isBinary);
                    if (found == FrameFound.Message)
                        seen.Add($"{(isBinary ? "Binary" : "Text")} {Convert.ToHexString(message.AsSpan(0, whole))}");
                    if (found != FrameFound.Other)
                        continue;
                }

                var buffer = new byte[Most * 2];
                var first = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                var (length, result) = (0, first);
                while (!result.EndOfMessage && result.MessageType != WebSocketMessageType.Close)
                {
                    result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += result.Count;
                }

                if (result.MessageType == WebSocketMessageType.Close)
                {
                    seen.Add($"closed with {socket.CloseStatus} {socket.CloseStatusDescription}");
                    break;
                }

                seen.Add($"{result.MessageType} {Convert.ToHexString(buffer.AsSpan(0, length))}");
            }
        }
        catch (WebSocketException e)
        {
            seen.Add($"ended by {e.WebSocketErrorCode}");
        }

        pipe.Reader.Complete();
        await writing;
        return [.. seen, .. stream.Written];
    }

    private static async Task WriteInPiecesAsync(PipeWriter writer, byte[] wire, int seed)
    {
        var random = new Random(seed);
        var most = random.Next(4) switch { 0 => 1, 1 => 10, 2 => 300, _ => 10_000 };
        for (var at = 0; at < wire.Length;)
        {
            var count = Math.Min(random.Next(1, most + 1), wire.Length - at);
            if ((await writer.WriteAsync(wire.AsMemory(at, count))).IsCompleted)
                return;
            at += count;
            if (random.Next(3) == 0)
                await Task.Yield();
        }

        await writer.CompleteAsync();
    }

    private static byte[] Conversation(Random random)
    {
        var wire = new List<byte>();
        var isInMessage = false;
        for (var frames = random.Next(1, 12); frames > 0; frames--)
        {
            if (random.Next(5) == 0)
                wire.AddRange(Frame((byte)(0x89 + random.Next(2)), Text(random, 20), random));
            var isLast = random.Next(4) != 0;
            var first = isInMessage ? 0 : random.Next(2) + 1;
            wire.AddRange(Frame((byte)((isLast ? 0x80 : 0) | first), Text(random, random.Next(10) == 0 ? 70_000 : 300), random));
            isInMessage = !isLast;
        }

        switch (random.Next(6))
        {
            case 0:
                wire.AddRange(Frame(0x88, [3, 0xE8, .. "bye"u8], random));
                break;
            case 1:
                wire.AddRange(Frame(0x88, [], random));
                break;
            case 2:
                // Anything at all.
                var junk = new byte[random.Next(1, 30)];
                random.NextBytes(junk);
                wire.AddRange(junk);
                break;
            case 3:
                // One byte is another.
                wire[random.Next(Math.Min(wire.Count, 40))] ^= (byte)(1 << random.Next(8));
                break;
        }

        return [.. wire];
    }

    private static byte[] Text(Random random, int most) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("aß€", random.Next(most) / 6)) + "x");

    private static byte[] Frame(byte first, byte[] payload, Random? random = null)
    {
        var mask = new byte[4];
        (random ?? Random.Shared).NextBytes(mask);
        var frame = new List<byte> { first };
        if (payload.Length < 126)
            frame.Add((byte)(0x80 | payload.Length));
        else if (payload.Length <= ushort.MaxValue)
            frame.AddRange([0xFE, (byte)(payload.Length >> 8), (byte)payload.Length]);
        else
            frame.AddRange([0xFF, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length]);
        frame.AddRange(mask);
        frame.AddRange(payload.Select((one, i) => (byte)(one ^ mask[i % 4])));
        return [.. frame];
    }

    private static Pipe Unbounded() => new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));

    /// <summary>Lets the framework's WebSocket write pongs and close frames, and keeps them.</summary>
    private sealed class ReadOnly(Stream inner) : Stream
    {
        public List<string> Written { get; } = [];

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.Add("wrote " + Convert.ToHexString(buffer.Span));
            return default;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
