using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Clustering;

public sealed class ChunkQueueTests
{
    private const int Origin = 7;
    private const int Large = 150_000;

    private readonly List<OrderedMessage> _sent = [];
    private readonly ChunkQueue _queue = new(Origin);
    private int _left;
    private int _added;

    [Fact]
    public void A_small_message_leaves_at_once()
    {
        Add("/", 100);

        Assert.False(_queue.IsBusy);
        Assert.IsType<Broadcast>(Assert.Single(_sent));
    }

    [Fact]
    public void A_large_message_leaves_in_chunks_that_make_it_again()
    {
        var message = Add("/", Large);
        Advance();

        var chunks = _sent.Cast<PacketChunk>().Select(sent => sent.Chunk).ToArray();
        Assert.Equal(3, chunks.Length);
        Assert.Equal(message.Encode(), chunks.SelectMany(chunk => chunk.Bytes.ToArray()));
        Assert.Equal(Origin, message.Origin);
        Assert.All(_sent, sent => Assert.InRange(sent.EncodedSize, 1, 64_000));
    }

    [Fact]
    public void What_follows_a_large_message_in_its_namespace_waits()
    {
        Add("/", 1);
        Add("/", Large);
        Add("/", 2);
        Add("/", Large);
        Add("/", 3);
        Advance();

        Assert.Equal("small chunk chunk chunk small chunk chunk chunk small", Shape("/"));
        Assert.False(_queue.IsBusy);
        Assert.Equal((_added, 0), (_left, _queue.Bytes));
    }

    [Fact]
    public void Other_namespaces_pass_between_two_chunks()
    {
        Add("/", Large);
        Turn();
        Add("/other", 1);
        Add("/", 1);
        Advance();

        Assert.Equal(["/", "/other", "/", "/", "/"], _sent.Select(message => message.Namespace));
    }

    [Fact]
    public void Large_messages_of_two_namespaces_leave_one_after_the_other_and_take_turns()
    {
        Add("/", Large);
        Add("/", Large);
        Add("/other", Large);
        Advance();

        Assert.Equal(
            Enumerable.Repeat("/", 3).Concat(Enumerable.Repeat("/other", 3)).Concat(Enumerable.Repeat("/", 3)), _sent.Select(message => message.Namespace));
        Assert.Equal(3, _sent.Cast<PacketChunk>().Select(sent => sent.Chunk.Packet).Distinct().Count());
    }

    [Fact]
    public void The_longest_name_leaves_room_for_a_chunk()
    {
        var name = "/" + new string('n', PeerLimits.LongestName - 1);

        Add(name, Large);
        Advance();

        Assert.All(_sent, sent => Assert.InRange(sent.EncodedSize, 1, 64_000));
        Assert.Equal(2_000_000, PeerLimits.LargestPacket(name, 2_000_000));
        Assert.Equal(64_000, PeerLimits.LargestPacket(name + "n", 2_000_000));
    }

    private Broadcast Add(string @namespace, int size)
    {
        var message = new Broadcast(@namespace, BroadcastOptions.All, new PacketBody(new byte[size]));
        _added += message.EncodedSize;
        if (!_queue.TryKeep(message, message.EncodedSize, null))
            Leave(new Departure(message, message.EncodedSize, null, message.EncodedSize));
        return message;
    }

    private void Advance()
    {
        while (_queue.IsBusy)
            Turn();
    }

    private void Turn()
    {
        foreach (var departure in _queue.TakeTurn())
            Leave(departure);
    }

    private void Leave(Departure departure)
    {
        Assert.Equal(departure.Message.EncodedSize, departure.Size);
        _sent.Add(departure.Message);
        _left += departure.Whole ?? 0;
    }

    private string Shape(string @namespace) =>
        string.Join(' ', _sent.Where(message => message.Namespace == @namespace).Select(message => message is PacketChunk ? "chunk" : "small"));
}
