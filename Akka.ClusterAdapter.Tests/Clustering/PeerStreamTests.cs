using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The receiving side: what is taken in which order when messages change their way.</summary>
public sealed class PeerStreamTests
{
    private readonly PeerStream _stream = new(window: 4_000);
    private readonly List<long> _taken = [];
    private long _missing;

    public PeerStreamTests() => _stream.Align(0);

    [Fact]
    public void Direct_messages_wait_for_what_is_still_under_way_through_the_topic()
    {
        Topic(1);
        _stream.BeginDirect(before: 3, next: 4);
        Direct(4);
        Direct(5);
        Assert.Equal([1], _taken);

        Topic(2);
        Topic(3);
        Direct(6);

        Assert.Equal([1, 2, 3, 4, 5, 6], _taken);
        Assert.Equal(0, _missing);
    }

    [Fact]
    public void A_hello_through_the_topic_ends_the_wait_for_what_was_lost()
    {
        Topic(1);
        _stream.BeginDirect(before: 3, next: 4);
        Direct(4);

        Hello(3);

        Assert.Equal([1, 4], _taken);
        Assert.Equal(2, _missing);
    }

    [Fact]
    public void The_topic_takes_over_without_a_word()
    {
        Topic(1);
        _stream.BeginDirect(before: 1, next: 2);
        Direct(2);
        Direct(3);
        Topic(4);

        Assert.Equal([1, 2, 3, 4], _taken);
        Assert.Equal(0, _missing);
    }

    [Fact]
    public void Two_periods_one_after_the_other_keep_the_order()
    {
        Topic(1);
        _stream.BeginDirect(before: 2, next: 3);
        Direct(3);
        _stream.BeginDirect(before: 4, next: 5);
        Direct(5);
        Assert.Equal([1], _taken);

        Topic(2);
        Topic(4);

        Assert.Equal([1, 2, 3, 4, 5], _taken);
        Assert.Equal(0, _missing);
    }

    [Fact]
    public void What_the_origin_dropped_is_missing_and_nothing_waits_for_it()
    {
        Topic(1);
        _stream.BeginDirect(before: 1, next: 2);
        Direct(2);
        Direct(9);

        Assert.Equal([1, 2, 9], _taken);
        Assert.Equal(6, _missing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_sent_before_a_worker_came_is_not_missing(bool helloFirst)
    {
        if (helloFirst)
            Hello(10);
        _stream.BeginDirect(before: 10, next: 50);
        Direct(50);
        if (!helloFirst)
        {
            Assert.Empty(_taken);
            Hello(10);
        }

        Assert.Equal([50], _taken);
        Assert.Equal(10, _missing);
    }

    [Fact]
    public void What_came_before_the_first_hello_is_counted_from_there_and_not_missing_afterwards()
    {
        var stream = new PeerStream(window: 4_000);
        stream.BeginDirect(before: 0, next: 11);
        Assert.True(stream.TryAdvance(11, out var missing));
        Assert.Equal(0, missing);
        Assert.True(stream.TryAdvance(12, out missing));

        // It names what went through the topic, not what was sent directly since.
        missing += stream.Align(10);
        Assert.True(stream.TryAdvance(13, out var gap));

        Assert.Equal((0, 0, 13), (missing, gap, stream.Last));
        Assert.False(stream.TryAdvance(13, out _));
    }

    [Fact]
    public void A_hole_before_the_first_hello_is_one()
    {
        var stream = new PeerStream(window: 4_000);
        stream.TryAdvance(11, out _);

        Assert.True(stream.TryAdvance(15, out var missing));

        Assert.Equal(3, missing);
    }

    [Fact]
    public void Credit_is_due_once_for_each_step_that_was_carried_out()
    {
        _stream.Take(5_000);

        Assert.False(_stream.Done(999));
        Assert.True(_stream.Done(1));
        Assert.False(_stream.Done(1_000));
        var credit = _stream.Credit(1, 2);
        Assert.False(_stream.Done(999));

        Assert.Equal(3_000, credit.Unread);
        Assert.True(_stream.Done(1));
        Assert.Equal(2_000, _stream.Unread);
    }

    [Fact]
    public void Who_has_a_smaller_window_is_told_sooner()
    {
        _stream.Take(5_000);
        _stream.SetWindow(400);

        Assert.False(_stream.Done(99));
        Assert.True(_stream.Done(1));
    }

    private static Broadcast Message(long sequence)
    {
        var message = new Broadcast("/", BroadcastOptions.All, new PacketBody(new byte[1]));
        message.Stamp(1, sequence);
        return message;
    }

    // As the adapter actor does it.
    private void Topic(long sequence)
    {
        Hear(sequence - 1);
        Take(Message(sequence));
        Hear(sequence);
    }

    private void Direct(long sequence)
    {
        if (_stream.MustHold)
            _stream.Hold(Message(sequence), ActorRefs.NoSender);
        else
            Take(Message(sequence));
    }

    private void Hello(long lastThroughTopic)
    {
        _missing += _stream.Align(lastThroughTopic);
        Hear(lastThroughTopic);
    }

    private void Hear(long sequence)
    {
        _stream.HearTopic(sequence);
        while (_stream.TryRelease(out var message, out _))
            Take(message);
    }

    private void Take(Broadcast message) => Take((OrderedMessage)message);

    private void Take(OrderedMessage message)
    {
        Assert.True(_stream.TryAdvance(message.Sequence, out var missing));
        _missing += missing;
        _taken.Add(message.Sequence);
    }
}
