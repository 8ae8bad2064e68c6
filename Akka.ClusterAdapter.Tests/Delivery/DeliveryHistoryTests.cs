using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>The checker itself: it finds what it is there to find, and nothing else.</summary>
public sealed class DeliveryHistoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeliveryHistory _history;
    private readonly SocketLog _near;
    private readonly SocketLog _far;
    private readonly SourceLog _source;

    public DeliveryHistoryTests()
    {
        _history = new DeliveryHistory(_time);
        _near = _history.Join(worker: 1);
        _far = _history.Join(worker: 2);
        _source = _history.Begin(worker: 1);
    }

    [Fact]
    public void A_history_in_which_everybody_got_everything_in_order_is_fine()
    {
        Deliver(Send(5), _near, _far);

        Assert.Empty(_history.Violations());
        Assert.Equal((5, 10), (_history.Sent, _history.Received));
    }

    [Fact]
    public void A_message_that_came_twice_is_told()
    {
        var messages = Send(3);
        Deliver(messages, _near);
        Deliver([messages[0], messages[1], messages[1], messages[2]], _far);

        Assert.Equal(["socket 2 on worker 2 got 1.1/1 twice"], _history.Violations());
    }

    [Fact]
    public void A_message_that_came_too_late_is_told()
    {
        var messages = Send(3);
        Deliver(messages, _near);
        Deliver([messages[0], messages[2], messages[1]], _far);

        Assert.Equal(["socket 2 on worker 2 got 1.1/1 after 2"], _history.Violations());
    }

    [Fact]
    public void Sources_have_no_order_between_them()
    {
        var other = _history.Begin(worker: 2);
        Tick();
        var (one, two) = (_source.Next(), other.Next());
        Deliver([one, two], _near);
        Deliver([two, one], _far);

        Assert.Empty(_history.Violations());
    }

    [Fact]
    public void What_is_missing_is_told_with_the_time_it_was_sent()
    {
        var messages = Send(5);
        Deliver(messages, _near);
        Deliver([messages[0], messages[4]], _far);

        Assert.Equal(["socket 2 on worker 2 misses 1.1/1 to 3, sent at 2.000 to 4.000 s"], _history.Violations());
    }

    [Fact]
    public void What_nobody_got_is_missing_too()
    {
        Send(1);

        Assert.Equal(2, _history.Violations().Length);
    }

    [Fact]
    public void Only_the_allowed_losses_are_allowed()
    {
        var messages = Send(5);
        Deliver(messages, _near);
        Deliver([messages[0]], _far);

        _history.Allow(new AllowedLoss(From: 1, To: 2, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)));
        _history.Allow(new AllowedLoss(From: 2, To: null, TimeSpan.Zero));
        _history.Allow(new AllowedLoss(From: null, To: 1, TimeSpan.Zero));

        Assert.Equal(["socket 2 on worker 2 misses 1.1/3 to 4, sent at 4.000 to 5.000 s"], _history.Violations());
    }

    [Fact]
    public void Nothing_is_owed_to_a_socket_before_it_joined_and_after_it_left()
    {
        var messages = Send(2);
        var guest = _history.Join(worker: 2);
        var heard = Send(2);
        guest.End(_history.Now);
        var late = Send(1);
        Deliver([.. messages, .. heard, .. late], _near, _far);
        Deliver([heard[0]], guest);

        Assert.Empty(_history.Violations());
    }

    [Fact]
    public void What_a_source_sent_just_before_it_broke_may_never_have_been_taken()
    {
        var messages = Send(3);
        Deliver([messages[0], messages[1]], _near, _far);
        _source.End();

        Assert.Empty(_history.Violations());
    }

    [Fact]
    public void What_anybody_got_of_a_broken_source_was_taken_and_is_owed_to_all()
    {
        var messages = Send(2);
        Deliver(messages, _near);
        Deliver([messages[0]], _far);
        _source.End();

        Assert.Equal(["socket 2 on worker 2 misses 1.1/1 to 1, sent at 2.000 to 2.000 s"], _history.Violations());
    }

    private static void Deliver(IEnumerable<string> messages, params SocketLog[] sockets)
    {
        foreach (var message in messages)
            Array.ForEach(sockets, socket => socket.Receive(message));
    }

    private void Tick() => _time.Advance(TimeSpan.FromSeconds(1));

    private string[] Send(int count)
    {
        var messages = new string[count];
        for (var i = 0; i < count; i++)
        {
            Tick();
            messages[i] = _source.Next();
        }

        return messages;
    }
}
