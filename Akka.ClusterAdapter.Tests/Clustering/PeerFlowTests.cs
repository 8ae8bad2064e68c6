using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.Event;
using Akka.TestKit;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The sending side, with probes for the other workers and a topic that only remembers.</summary>
public sealed class PeerFlowTests : TestKit.Xunit2.TestKit
{
    private const long Origin = 7;
    private const int Body = 10_000;
    private static readonly WindowLimits Limits = new(Window: 100_000, Queue: 200_000, StallTimeout: TimeSpan.FromMilliseconds(500));

    private readonly List<long> _published = [];
    private readonly List<string> _changes = [];
    private readonly PeerFlow _flow;
    private readonly TestProbe _quick;
    private readonly TestProbe _slow;
    private readonly PeerCounters _counters = new();
    private readonly SetClock _clock = new();

    public PeerFlowTests()
        : base("akka.loglevel = OFF")
    {
        _flow = new PeerFlow(Origin, new TopicLog(_published), _counters, NoLogger.Instance);
        _quick = CreateTestProbe();
        _slow = CreateTestProbe();
        _flow.Add(1, Window(_quick));
        _flow.Add(2, Window(_slow));
    }

    [Fact]
    public async Task While_nobody_is_behind_everything_goes_through_the_topic_alone()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Send(1);
            Credit(1, _flow.Sequence);
            Credit(2, _flow.Sequence);
        }

        Assert.Equal(Numbers(1, 1_000), _published);
        await _quick.ExpectNoMsgAsync(TimeSpan.Zero);
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task A_full_window_turns_what_follows_into_direct_messages_for_the_others()
    {
        Send(10);
        Credit(1, 10);
        Send(5);

        Assert.Equal(10, _published.Count);
        Assert.Equal(["direct"], _changes);
        Assert.Equal((10, 15), (_flow.LastThroughTopic, _flow.Sequence));
        Assert.Equal(Numbers(11, 15), await DirectAsync(_quick, 5));
        var begins = await _slow.ExpectMsgAsync<DirectBegins>();
        Assert.Equal((10, 11), (begins.Before, begins.Next));
        await _slow.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_same_bytes_go_to_everybody()
    {
        Send(10);
        Credit(1, 10);
        Credit(2, 10, unread: 90_000);
        Send(1);

        await _quick.ExpectMsgAsync<DirectBegins>();
        await _slow.ExpectMsgAsync<DirectBegins>();
        var one = await _quick.ExpectMsgAsync<DirectMessage>();
        var other = await _slow.ExpectMsgAsync<DirectMessage>();
        Assert.Same(one.Message.Encode(), other.Message.Encode());
    }

    [Fact]
    public async Task A_worker_that_moves_again_gets_what_waited_in_order_and_the_topic_takes_over()
    {
        Send(10);
        Credit(1, 10);
        Send(15);
        Credit(1, 20);
        Credit(1, 25);
        Assert.Equal(15, await DirectCountAsync(_quick, 15));

        Credit(2, 10);
        Assert.Equal(Numbers(11, 20), await DirectAsync(_slow, 10));
        Assert.Equal(["direct"], _changes);
        Credit(2, 20);
        Assert.Equal(Numbers(21, 25), await DirectAsync(_slow, 5, begun: true));
        Credit(2, 25);
        Send(1);

        Assert.Equal(["direct", "topic"], _changes);
        Assert.Equal(26, _published[^1]);
    }

    [Fact]
    public async Task What_is_too_much_for_a_worker_that_stands_still_is_dropped_for_it_alone()
    {
        Send(10);
        for (var i = 11; i <= 60; i++)
        {
            Credit(1, _flow.Sequence);
            Send(1);
        }

        var window = _flow.Windows.Last();
        Assert.InRange(window.WaitingBytes, 180_000, 200_000);
        Assert.InRange(window.Dropped, 30, 32);
        Assert.Equal(window.Dropped, _counters[PeerCounter.Dropped]);
        Assert.Equal(50, await DirectCountAsync(_quick, 50));
    }

    [Fact]
    public void A_worker_that_is_removed_is_not_waited_for()
    {
        Send(10);
        Credit(1, 10);
        Send(2);
        Credit(1, 12);

        NoteChange(() => _flow.Remove(2));
        Send(1);

        Assert.Equal(["direct", "topic"], _changes);
        Assert.Equal(13, _published[^1]);
    }

    [Fact]
    public async Task A_worker_that_comes_meanwhile_is_told_where_its_messages_begin()
    {
        Send(10);
        Credit(1, 10);
        Send(2);
        var third = CreateTestProbe();

        _flow.Add(3, Window(third));
        Send(1);

        var begins = await third.ExpectMsgAsync<DirectBegins>();
        Assert.Equal((10, 13), (begins.Before, begins.Next));
        Assert.Equal(13, (await third.ExpectMsgAsync<DirectMessage>()).Message.Sequence);
    }

    [Fact]
    public void Messages_that_were_lost_do_not_keep_the_window_full()
    {
        Send(10);
        Credit(1, 10);

        // The receiver heard of number 10 from a hello; numbers 3 to 10 never came.
        Credit(2, 10);

        Assert.Equal(0, _flow.Windows.Last().InFlight);
        Assert.False(_flow.IsDirect);
    }

    [Fact]
    public void Credit_of_an_earlier_life_or_an_earlier_moment_changes_nothing()
    {
        Send(10);
        _flow.Credit(2, new PeerCredit(2, Origin + 1, 10, 0));
        Assert.True(_flow.Windows.Last().InFlight >= 100_000);

        Credit(2, 10);
        Credit(2, 5, unread: 90_000);

        Assert.Equal(0, _flow.Windows.Last().InFlight);
    }

    [Fact]
    public void A_worker_stands_still_when_it_has_not_moved_for_half_a_second()
    {
        Send(10);
        Credit(1, 10);
        Send(1);
        var window = _flow.Windows.Last();
        Assert.False(window.IsStalled);

        _clock.MonotonicClock += TimeSpan.FromMilliseconds(501);
        Assert.True(window.IsStalled);

        Credit(2, 4, unread: 40_000);
        Assert.False(window.IsStalled);
    }

    private static IEnumerable<long> Numbers(int first, int last) => Enumerable.Range(first, last - first + 1).Select(number => (long)number);

    private PeerWindow Window(TestProbe probe) => new(probe.Ref, "w", Limits, _clock, _counters, NoLogger.Instance);

    private void Send(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var message = new Broadcast("/", BroadcastOptions.All, new PacketBody(new byte[Body]));
            if (_flow.Publish(message, message.EncodedSize, null))
                _changes.Add("direct");
        }
    }

    private void Credit(long peer, long received, long unread = 0) => NoteChange(() => _flow.Credit(peer, new PeerCredit(peer, Origin, received, unread)));

    private void NoteChange(Action act)
    {
        var wasDirect = _flow.IsDirect;
        act();
        if (wasDirect && !_flow.IsDirect)
            _changes.Add("topic");
    }

    private static async Task<long[]> DirectAsync(TestProbe probe, int count, bool begun = false)
    {
        if (!begun)
            await probe.ExpectMsgAsync<DirectBegins>();
        var numbers = new long[count];
        for (var i = 0; i < count; i++)
            numbers[i] = (await probe.ExpectMsgAsync<DirectMessage>()).Message.Sequence;
        await probe.ExpectNoMsgAsync(TimeSpan.Zero);
        return numbers;
    }

    private static async Task<int> DirectCountAsync(TestProbe probe, int count) => (await DirectAsync(probe, count)).Length;

    private sealed class SetClock : ITimeProvider
    {
        public DateTimeOffset Now => default;

        public TimeSpan MonotonicClock { get; set; }

        public TimeSpan HighResMonotonicClock => MonotonicClock;
    }

    private sealed class TopicLog(List<long> published) : IPeerBus
    {
        public void Publish(PeerMessage message, IActorRef? sender) => published.Add(((OrderedMessage)message).Sequence);
    }
}
