using Akka.ClusterAdapter.Faults.Soak.Histories;

namespace Akka.ClusterAdapter.Tests.Faults.Soak;

/// <summary>The soak's checker: it finds what it is there to find, and nothing else.</summary>
public sealed class SoakHistoryTests
{
    private const string Stream = "w1#1|/|all";

    private readonly SoakHistory _history = new();
    private readonly Session _near;
    private readonly Session _far;

    public SoakHistoryTests()
    {
        (_near, _far) = (Join("near", "w1#1"), Join("far", "w2#1"));
        Assert.Empty(_history.Judge(open: false));
    }

    [Fact]
    public void A_history_in_which_everybody_got_everything_in_order_is_fine()
    {
        Deliver(_near, 0, 1, 2);
        Deliver(_far, 0, 1, 2);

        Assert.Empty(_history.Judge(open: true));
    }

    [Fact]
    public void What_came_twice_and_what_came_late_is_told()
    {
        Deliver(_near, 0, 1, 1, 2, 3);
        Deliver(_far, 0, 2, 1, 3);

        Assert.Equal(
            ["far got w1#1|/|all 1 after 2", "near got w1#1|/|all 1 twice, the second time after 1"],
            _history.Judge(open: true).Where(found => !found.Contains("misses")).Order());
    }

    [Fact]
    public void A_hole_is_told_and_so_are_a_late_beginning_an_early_end_and_a_stream_that_never_came()
    {
        var deaf = Join("deaf", "w2#1");
        var late = Join("late", "w2#1");
        var early = Join("early", "w2#1");
        Deliver(_near, 0, 1, 2, 3);
        Deliver(_far, 0, 3);
        Deliver(late, 1, 2, 3);
        Deliver(early, 0, 1, 2);

        var found = _history.Judge(open: true);

        Assert.Equal(4, found.Length);
        Assert.Contains(found, text => text.StartsWith("far", StringComparison.Ordinal) && text.Contains("misses w1#1|/|all 1,2 (2 of 1–2)"));
        Assert.Contains(found, text => text.StartsWith("deaf", StringComparison.Ordinal) && text.Contains("0–3"));
        Assert.Contains(found, text => text.StartsWith("late", StringComparison.Ordinal) && text.Contains("0–0"));
        Assert.Contains(found, text => text.StartsWith("early", StringComparison.Ordinal) && text.Contains("3–3"));
        Assert.NotNull(deaf);
    }

    [Fact]
    public void What_a_sender_says_that_it_has_sent_is_owed()
    {
        Deliver(_near, 0, 1);
        Deliver(_far, 0, 1);
        _history.NoteSent(Stream, 3);

        Assert.Equal(2, _history.Judge(open: true).Length);
    }

    [Theory]
    [InlineData(7_000, 0)]
    [InlineData(9_000, 2)]
    public void What_nobody_got_is_owed_when_it_was_certainly_sent_after_the_join(long lastAt, int expected)
    {
        _history.NoteSent(Stream, 3, lastAt);

        Assert.Equal(expected, _history.Judge(open: true).Length);
    }

    // The last one that somebody got was sent at 10 s, the next one that nobody got by 12 s at the latest; 5 s before the end still count as on the way.
    [Theory]
    [InlineData(16_900, 0)]
    [InlineData(17_100, 1)]
    public void What_nobody_got_is_owed_to_who_has_gone_when_it_was_certainly_sent_before(long endedAt, int expected)
    {
        Deliver(_near, 0);
        Deliver(_far, 0);
        _history.Receive(null, Stream, 2, Moment(2));
        _far.Disconnected(endedAt);
        _far.End(wasTold: false);

        Assert.Equal(expected, _history.Judge(open: false).Length);
    }

    [Fact]
    public void Nothing_is_owed_from_before_the_join_and_from_another_server_namespace_or_room()
    {
        var guest = Join("guest", "w1#1");
        Deliver(_near, 0, 1);
        Deliver(_far, 0, 1);
        _history.Receive(null, "w1#1|/second|all", 0, Moment(0));
        _history.Receive(null, "w1#1|/|home2", 0, Moment(0));
        guest.Begin(Moment(1));

        Assert.Empty(_history.Judge(open: true));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("w1#1", null, true)]
    [InlineData(null, "w2#1", true)]
    [InlineData("w1#1", "w2#1", true)]
    [InlineData("w1#2", null, false)]
    [InlineData(null, "w1#1", false)]
    public void Only_what_is_excused_is_excused(string? from, string? to, bool isExcused)
    {
        Deliver(_near, 0, 1, 2);
        Deliver(_far, 0, 2);
        _history.Excuse(new Excuse(from, to, Moment(0)) { Until = Moment(1) });

        Assert.Equal(isExcused, _history.Judge(open: true).Length == 0);
    }

    [Fact]
    public void An_excuse_is_for_its_time()
    {
        Deliver(_near, 0, 1, 2, 3);
        Deliver(_far, 0, 3);
        _history.Excuse(new Excuse("w1#1", null, Moment(0)) { Until = Moment(1) });

        Assert.Contains("misses w1#1|/|all 2 (1 of 1–2)", Assert.Single(_history.Judge(open: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_was_away_and_recovered_has_no_excuse_of_the_worker_that_it_had()
    {
        Deliver(_near, 0, 1, 2);
        Deliver(_far, 0);
        _far.Disconnected(Moment(0));
        _far.Connected("w3#1", Moment(2));
        Deliver(_far, 2);
        _history.Excuse(new Excuse(null, "w2#1", Moment(0)));

        Assert.Single(_history.Judge(open: true));
    }

    [Fact]
    public void Who_begins_anew_soon_after_a_hole_was_told_of_it()
    {
        Deliver(_near, 0, 1, 2);
        Deliver(_far, 0, 2);
        _far.Disconnected(Moment(10));
        _far.End(wasTold: true);

        Assert.Empty(_history.Judge(open: true));
        Assert.Equal(1, _history.ToldLate);
    }

    // A second apart, from two seconds after the sessions began.
    private static long Moment(int number) => 10_000 + (1_000 * number);

    private Session Join(string client, string life)
    {
        var session = _history.Join(client, "/", ["all", "home1"], null);
        session.Connected(life, 8_000);
        session.Begin(8_000);
        return session;
    }

    private void Deliver(Session session, params int[] numbers)
    {
        foreach (var number in numbers)
            _history.Receive(session, Stream, number, Moment(number));
    }
}
