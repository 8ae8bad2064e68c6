using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class ReassemblyTests
{
    private const int MaxPacket = 300_000;
    private const int Most = 60_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<(long Origin, string Namespace, ReassemblyError Error)> _told = [];
    private readonly Reassembly _chunks = new(MaxPacket, Patience);

    /// <summary>What was told to be lost so far.</summary>
    private List<(long Origin, string Namespace, ReassemblyError Error)> Lost
    {
        get
        {
            while (_chunks.TryTakeLost(out var lost))
                _told.Add((lost.Origin, lost.Namespace, lost.Error));
            return _told;
        }
    }

    [Fact]
    public void The_last_chunk_completes_a_message()
    {
        var chunks = Cut(1, 200_000, out var bytes);

        var results = chunks.Select(chunk => _chunks.Add(1, "/", chunk, default)).ToArray();

        Assert.Equal(4, results.Length);
        Assert.All(results[..^1], Assert.Null);
        Assert.Equal(bytes, results[^1]);
        Assert.Equal(0, _chunks.Bytes);
        Assert.Empty(Lost);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_chunk_that_is_missing_loses_its_message_once_and_no_other(int missing)
    {
        var first = Cut(1, 200_000, out _);
        var second = Cut(2, 200_000, out var bytes);

        var results = first.Where((_, i) => i != missing).Select(chunk => _chunks.Add(1, "/", chunk, default)).ToArray();
        var after = second.Select(chunk => _chunks.Add(1, "/", chunk, default)).ToArray()[^1];

        Assert.All(results, Assert.Null);
        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
        Assert.Equal(bytes, after);
        Assert.Equal(0, _chunks.Bytes);
    }

    [Fact]
    public void What_follows_a_message_whose_last_chunk_is_missing_tells_that_it_isLost()
    {
        foreach (var chunk in Cut(1, 200_000, out _)[..^1])
            _chunks.Add(1, "/", chunk, default);

        _chunks.Interrupt(2, "/");
        _chunks.Interrupt(1, "/other");
        Assert.Empty(Lost);
        _chunks.Interrupt(1, "/");

        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
        Assert.Equal(0, _chunks.Bytes);
    }

    [Fact]
    public void An_origin_that_ends_in_the_middle_takes_nothing_with_it_but_its_own()
    {
        var first = Cut(1, 200_000, out _);
        var second = Cut(1, 250_000, out var bytes);
        _chunks.Add(1, "/", first[0], default);
        _chunks.Add(2, "/", second[0], default);

        _chunks.Forget(1);
        var whole = second[1..].Select(chunk => _chunks.Add(2, "/", chunk, default)).ToArray()[^1];

        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
        Assert.Equal(bytes, whole);
        Assert.Equal(0, _chunks.Bytes);
    }

    [Fact]
    public void Chunks_of_two_origins_and_two_namespaces_may_alternate()
    {
        var streams = new (long Origin, string Name)[] { (1, "/"), (2, "/"), (2, "/other") };
        var cut = streams.Select((stream, i) => Cut(7, 130_000 + i, out _)).ToArray();

        var whole = new List<int>();
        for (var piece = 0; piece < 3; piece++)
        {
            for (var i = 0; i < streams.Length; i++)
            {
                if (_chunks.Add(streams[i].Origin, streams[i].Name, cut[i][piece], default) is { } bytes)
                    whole.Add(bytes.Length);
            }
        }

        Assert.Equal([130_000, 130_001, 130_002], whole);
        Assert.Empty(Lost);
    }

    [Fact]
    public void A_message_larger_than_the_limit_is_refused_before_anything_is_held()
    {
        var chunks = Cut(1, MaxPacket + 1, out _);

        var results = chunks.Select(chunk => _chunks.Add(1, "/", chunk, default)).ToArray();

        Assert.All(results, Assert.Null);
        Assert.Equal([(1, "/", ReassemblyError.TooLarge)], Lost);
        Assert.Equal(0, _chunks.Bytes);
    }

    [Fact]
    public void An_origin_never_holds_more_than_the_limit()
    {
        for (var i = 0; i < 100; i++)
        {
            _chunks.Add(1, $"/{i}", Cut(i, 200_000, out _)[0], TimeSpan.FromSeconds(i));
            Assert.InRange(_chunks.Bytes, 200_000, MaxPacket);
        }

        Assert.Equal(99, Lost.Count);
    }

    [Fact]
    public void A_message_whose_next_chunk_takes_too_long_isLost()
    {
        var chunks = Cut(1, 200_000, out _);
        _chunks.Add(1, "/", chunks[0], default);
        _chunks.Add(1, "/", chunks[1], TimeSpan.FromSeconds(20));

        _chunks.Sweep(TimeSpan.FromSeconds(50));
        Assert.Empty(Lost);
        _chunks.Sweep(TimeSpan.FromSeconds(51));

        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
        Assert.Equal(0, _chunks.Bytes);
        Assert.Null(_chunks.Add(1, "/", chunks[2], TimeSpan.FromSeconds(51)));
        Assert.Single(Lost);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_was_given_up_is_told_once_however_late_the_rest_comes(int first)
    {
        var now = TimeSpan.FromHours(1);
        var chunks = Cut(1, 200_000, out _);
        _chunks.Add(1, "/", chunks[first], now);
        now += first == 0 ? Patience + TimeSpan.FromSeconds(1) : TimeSpan.Zero;
        _chunks.Sweep(now);

        foreach (var chunk in chunks[(first + 1)..])
        {
            now += Patience - TimeSpan.FromSeconds(1);
            _chunks.Sweep(now);
            _chunks.Add(1, "/", chunk, now);
        }

        _chunks.Sweep(now + (2 * Patience));
        _chunks.Sweep(now + (4 * Patience));
        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
        Assert.Equal(0, _chunks.Bytes);
    }

    [Fact]
    public void The_rest_of_what_had_to_make_room_is_not_told_again()
    {
        var early = Cut(1, 200_000, out _);
        _chunks.Add(1, "/a", early[0], default);
        _chunks.Add(1, "/b", Cut(2, 200_000, out _)[0], default);

        foreach (var chunk in early[1..])
            Assert.Null(_chunks.Add(1, "/a", chunk, default));

        Assert.Equal([(1, "/a", ReassemblyError.Incomplete)], Lost);
    }

    [Fact]
    public void A_chunk_that_says_more_than_its_message_is_refused()
    {
        _chunks.Add(1, "/", new Chunk(1, "B1", 100_000, 0, new byte[60_000]), default);

        var whole = _chunks.Add(1, "/", new Chunk(1, "B1", 100_000, 60_000, new byte[60_000]), default);

        Assert.Null(whole);
        Assert.Equal([(1, "/", ReassemblyError.Incomplete)], Lost);
    }

    /// <summary>A message of exactly that size, cut.</summary>
    private static Chunk[] Cut(long packet, int size, out byte[] bytes)
    {
        var body = new byte[size];
        var overhead = new Broadcast("/", BroadcastOptions.All, new PacketBody(body)).EncodedSize - size;
        new Random(size).NextBytes(body);
        var message = new Broadcast("/", BroadcastOptions.All, new PacketBody(body.AsMemory(overhead)));
        bytes = message.Encode();
        Assert.Equal(size, bytes.Length);
        var chunks = new List<Chunk>();
        for (var offset = 0; offset < size; offset += Most)
            chunks.Add(Chunk.Cut(packet, message, offset, Most));
        return [.. chunks];
    }
}
