using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What happens while a client is on its way from its session into its rooms, or goes again before it is there.</summary>
public class ReturningSessionsTests
{
    private const string Missing = "recovered, and nobody tells it that something is missing";
    private readonly FakeTimeProvider _time = new();
    private LogPlace _place;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_turns_out_to_be_lost_meanwhile_is_no_silent_hole(bool isFromElsewhere)
    {
        var (owner, here, sender) = (Worker(), Worker(), Worker());
        var offsets = Send(sender, "seen", owner, here);
        var (home, seen) = isFromElsewhere ? (owner, offsets[1]) : (here, offsets[2]);
        home.Save(Session(seen));
        Send(sender, "lost while it was away");
        var claim = isFromElsewhere ? here.Receive(owner.Give("pid", seen, out _)!, seen)! : here.Claim("pid", seen)!;

        Send(sender, "next", here);

        Assert.False(IsRecovered(here, claim), Missing);
    }

    [Fact]
    public void That_something_is_lost_of_which_nobody_knows_what_is_no_silent_hole()
    {
        var (here, sender) = (Worker(), Worker());
        var seen = Send(sender, "seen", here)[1];
        here.Save(Session(seen));
        var claim = here.Claim("pid", seen)!;

        here.NoteHole();

        Assert.False(IsRecovered(here, claim), Missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_sent_before_the_worker_joined_and_shows_meanwhile_is_no_silent_hole(bool isSenderKnown)
    {
        var (here, claim, sender, _) = ReceiveBehind(isSenderKnown);

        sender.Announce((place, age) => here.Hear(place, age));

        Assert.False(IsRecovered(here, claim), Missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_sent_before_the_worker_joined_and_shows_just_after_that_is_no_silent_hole(bool isSenderKnown)
    {
        var (here, claim, sender, _) = ReceiveBehind(isSenderKnown);
        var progress = Enter(here, claim);

        sender.Announce((place, age) => here.Hear(place, age));

        Assert.True(progress.HasHole, Missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_sent_before_the_worker_joined_and_shows_when_the_client_has_gone_again_is_no_silent_hole(bool isSenderKnown)
    {
        var (here, claim, sender, seen) = ReceiveBehind(isSenderKnown);
        Leave(here, Enter(here, claim));

        sender.Announce((place, age) => here.Hear(place, age));

        Assert.True(here.Claim("pid", seen) is not { } again || !IsRecovered(here, again), Missing);
    }

    [Fact]
    public void What_was_sent_before_the_worker_joined_and_shows_while_the_client_comes_back_once_more_is_no_silent_hole()
    {
        var (here, claim, sender, seen) = ReceiveBehind(isSenderKnown: false);
        Leave(here, Enter(here, claim));
        var again = here.Claim("pid", seen)!;

        sender.Announce((place, age) => here.Hear(place, age));

        Assert.False(IsRecovered(here, again), Missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_sent_before_the_worker_joined_and_shows_when_the_client_has_come_back_once_more_is_no_silent_hole(bool isSenderKnown)
    {
        var (here, claim, sender, seen) = ReceiveBehind(isSenderKnown);
        Leave(here, Enter(here, claim));
        var progress = Enter(here, here.Claim("pid", seen)!);

        sender.Announce((place, age) => here.Hear(place, age));

        Assert.True(progress.HasHole, Missing);
    }

    [Fact]
    public void What_comes_meanwhile_without_a_place_is_no_silent_hole()
    {
        var (owner, here) = (Worker(), Worker());
        var seen = Send(owner, "seen", here)[0];
        owner.Save(Session(seen));
        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen)!;

        here.Deliver(Body("of a worker that does not record"), BroadcastOptions.All, static (_, _) => { }, LogPlace.None);

        Assert.False(IsRecovered(here, claim), Missing);
    }

    [Fact]
    public void What_comes_meanwhile_in_good_order_costs_nobody_its_session()
    {
        var (owner, here, sender) = (Worker(), Worker(), Worker());
        _time.Advance(TimeSpan.FromSeconds(10));
        var seen = Send(sender, "seen", owner, here)[1];
        owner.Save(Session(seen));
        Send(sender, "missed", owner, here);
        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen)!;

        Send(sender, "just now", owner, here);
        Send(Worker(), "of another one", here);

        Assert.Equal(["missed", "just now", "of another one"], Missed(here, claim)!);
    }

    [Fact]
    public void A_client_that_came_long_ago_may_go_on_to_a_worker_that_knew_one_which_was_gone_by_then()
    {
        var (owner, next, gone) = (Worker(), Worker(), Worker());
        Send(gone, "last words", owner, next);
        _time.Advance(TimeSpan.FromSeconds(10));
        var here = Worker();
        var seen = Send(owner, "seen", here, next)[0];
        owner.Save(Session(seen));
        var progress = Enter(here, here.Receive(owner.Give("pid", seen, out _)!, seen)!);
        _time.Advance(TimeSpan.FromMinutes(9));
        var offset = Send(owner, "seen too", here, next)[1];
        Assert.True(progress.Takes(LogOffset.Bare(offset)!, _place));
        Leave(here, progress);

        var claim = next.Receive(here.Give("pid", offset, out _)!, offset);

        Assert.True(claim is not null && IsRecovered(next, claim), "it has missed nothing");
    }

    [Fact]
    public void What_only_the_owner_had_heard_is_no_silent_hole_for_a_client_that_goes_before_it_is_in_its_rooms()
    {
        var (owner, gone) = (Worker(), Worker());
        var seen = Send(owner, "seen")[0];
        owner.Save(Session(seen));
        Send(gone, "last words", owner);
        var here = Worker();
        owner.Announce((place, age) => here.Hear(place, age));
        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen)!;

        here.Leave(() => (SessionProgress.Unseen(claim, here), claim.LeftAt));

        Assert.True(here.Claim("pid", seen) is not { } again || Missed(here, again)!.Contains("last words"), Missing);
    }

    [Fact]
    public void A_client_that_goes_before_it_is_in_its_rooms_gets_what_it_missed_the_next_time()
    {
        var (owner, here, sender) = (Worker(), Worker(), Worker());
        var seen = Send(sender, "seen", owner, here)[1];
        owner.Save(Session(seen));
        Send(sender, "missed", owner, here);
        Send(sender, "late", owner);
        var late = _place;
        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen)!;

        here.Leave(() => (SessionProgress.Unseen(claim, here), claim.LeftAt));
        Deliver(here, "late", late);

        Assert.Equal(["missed", "late"], Missed(here, here.Claim("pid", seen)!)!);
    }

    [Fact]
    public void Nothing_comes_twice_to_a_client_whose_worker_had_lost_something_since_its_copy_and_was_killed()
    {
        var (owner, keeper, sender) = (Worker(), Worker(), Worker());
        Send(sender, "seen", owner, keeper);
        owner.BeginCopying();
        var log = owner.TakeCopied(1_000)!;
        Assert.True(keeper.Copies.Take("owner", log, [owner.Connected(() => Session(null), owner.Last)!], []));
        owner.Acknowledge(log.Last);
        Send(sender, "lost on its way to the owner", keeper);
        sender.Announce((place, age) => owner.Hear(place, age));
        var shown = Send(sender, "seen too", owner, keeper)[1];

        keeper.Copies.Adopt("owner");

        Assert.True(keeper.Claim("pid", shown) is not { } claim || Missed(keeper, claim) is null or [], "it gets again what it has seen");
    }

    /// <summary>A client comes to a worker that has just joined, from one to which something is still on its way that was sent before.</summary>
    private (SessionStore Here, ClaimedSession Claim, SessionStore Sender, string Seen) ReceiveBehind(bool isSenderKnown)
    {
        var (owner, sender) = (Worker(), Worker());
        var seen = isSenderKnown ? Send(sender, "seen", owner)[1] : Send(owner, "seen")[0];
        owner.Save(Session(seen));
        Send(sender, "on its way to the owner");
        var here = Worker();
        return (here, here.Receive(owner.Give("pid", seen, out _)!, seen)!, sender, seen);
    }

    private SessionStore Worker() => new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time).Create();

    private static SavedSession Session(string? lastOffset) => new("sid", "pid", ["sid", "room"], null, lastOffset is null ? null : LogOffset.Bare(lastOffset));

    private static PacketBody Body(string text) => new(JsonSerializer.SerializeToUtf8Bytes<string[]>([text]));

    /// <summary>The offsets that clients are told: of the sender, and of those that it comes to.</summary>
    private string[] Send(SessionStore from, string text, params SessionStore[] to)
    {
        var own = "";
        from.Deliver(Body(text), BroadcastOptions.All, (body, _) => own = OffsetIn(body), sent => _place = sent);
        return [own, .. to.Select(store => Deliver(store, text, _place))];
    }

    private static string Deliver(SessionStore store, string text, LogPlace place)
    {
        var offset = "";
        store.Deliver(Body(text), BroadcastOptions.All, (body, _) => offset = OffsetIn(body), place);
        return offset;
    }

    private static string OffsetIn(PacketBody body) => JsonDocument.Parse(body.Data).RootElement[1].GetString()!;

    private static SessionProgress Enter(SessionStore store, ClaimedSession claim)
    {
        var progress = new SessionProgress(claim);
        store.Enter(claim, found => progress.Enter(claim, found!, store));
        return progress;
    }

    private static void Leave(SessionStore store, SessionProgress progress) =>
        store.Save(new SavedSession("sid", "pid", ["sid", "room"], null, progress.LastOffset) { Moved = progress.Moved });

    private static bool IsRecovered(SessionStore store, ClaimedSession claim) => Missed(store, claim) is not null;

    private static string[]? Missed(SessionStore store, ClaimedSession claim)
    {
        string[]? missed = null;
        store.Enter(claim, found => missed = found?.Select(static packet => JsonDocument.Parse(packet.Body.Data).RootElement[0].GetString()!).ToArray());
        return missed;
    }
}
