using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What a hostile reading of recovery across workers found: who is told that it was recovered has everything, once.</summary>
public class SuspectedSessionsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_was_sent_to_a_half_dead_connection_is_no_silent_hole_when_its_sender_says_nothing_more()
    {
        var (home, next, sender) = (Worker(), Worker(), Worker());
        var seen = Send(sender, "seen", home, next)[home];
        var sent = Send(sender, "sent while half dead", home, next)[home];
        _time.Advance(TimeSpan.FromSeconds(40)); // the ping time-out
        home.Save(Session(sent));
        _time.Advance(TimeSpan.FromSeconds(10));
        HandOver(home, next);
        _time.Advance(TimeSpan.FromSeconds(80)); // away for 90 s of 120 s

        AssertToldOrGets(next, seen, "sent while half dead");
    }

    [Fact]
    public void What_came_from_a_worker_that_the_next_keeper_never_knew_is_no_silent_hole()
    {
        var (home, keeper, gone) = (Worker(), Worker(), Worker());
        var seen = Send(home, "seen", keeper)[home];
        home.Save(Session(seen));
        HandOver(home, keeper);
        _time.Advance(TimeSpan.FromSeconds(6));
        Send(gone, "sent before the next one joined", keeper);
        _time.Advance(TimeSpan.FromSeconds(6));
        var joins = Worker();
        HandOver(keeper, joins);

        AssertToldOrGets(joins, seen, "sent before the next one joined");
    }

    [Fact]
    public void What_a_worker_that_never_said_anything_leaves_behind_does_not_make_living_ones_count_as_ended()
    {
        var (here, joins) = (Worker(), Worker());
        Send(here, "may still be on its way to the other one");

        here.End(0);

        Assert.Empty(here.Page(0, joins.Lacks, TimeSpan.Zero, 1_000).Packets);
    }

    [Fact]
    public void What_only_the_worker_that_went_had_recorded_is_no_silent_hole()
    {
        var (home, next) = (Worker(), Worker());
        var seen = Send(home, "seen", next)[home];
        home.Save(Session(seen));
        _time.Advance(TimeSpan.FromSeconds(6));
        Send(home, "did not fit into the queue to the others"); // numbered, recorded, never sent: AkkaClusterAdapter.Send, Overflow()
        HandOver(home, next);

        AssertToldOrGets(next, seen, "did not fit into the queue to the others");
    }

    [Fact]
    public void What_was_lost_on_its_way_to_the_next_worker_and_is_known_to_be_lost_is_no_silent_hole()
    {
        var (home, next, sender, other) = (Worker(), Worker(), Worker(), Worker());
        Send(sender, "first", home, next);
        var seen = Send(other, "seen", home)[home];
        home.Save(Session(seen));
        _time.Advance(TimeSpan.FromSeconds(6));
        Send(sender, "lost between sender and next", home);
        next.NoteHole(); // a hello of the sender says so
        Relay(other, 1, next, "seen");
        HandOver(home, next);

        AssertToldOrGets(next, seen, "lost between sender and next");
    }

    [Fact]
    public void What_comes_without_a_place_after_the_session_was_handed_over_is_no_silent_hole()
    {
        var (home, next) = (Worker(), Worker());
        var seen = Send(home, "seen", next)[home];
        home.Save(Session(seen));
        _time.Advance(TimeSpan.FromSeconds(6));
        HandOver(home, next);
        next.Deliver(Body("of an emitter of an older version"), BroadcastOptions.All, static (_, _) => { }, LogPlace.None);

        AssertToldOrGets(next, seen, "of an emitter of an older version");
    }

    [Fact]
    public void What_has_come_without_a_place_here_and_not_yet_to_the_owner_is_no_silent_hole()
    {
        var (owner, here) = (Worker(), Worker());
        var seen = Send(owner, "seen", here)[owner];
        owner.Save(Session(seen));
        here.Deliver(Body("of a worker that does not record"), BroadcastOptions.All, static (_, _) => { }, LogPlace.None);

        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen);

        Assert.True(claim is null || Enter(here, claim).Missed.Contains("of a worker that does not record"), "recovered, and it is missing");
    }

    [Fact]
    public void A_client_is_told_when_what_it_missed_turns_out_to_be_lost_just_after_it_was_recovered()
    {
        var (here, sender) = (Worker(), Worker());
        var seen = Send(sender, "seen", here)[here];
        here.Save(Session(seen));
        Send(sender, "lost while it was away");
        var (_, progress) = Enter(here, here.Claim("pid", seen)!);

        here.NoteHole();
        Relay(sender, 3, here, "next", progress);

        Assert.True(progress.HasHole, "recovered, and nobody tells it that something is missing");
    }

    [Fact]
    public void A_sender_that_tells_that_it_is_further_is_believed()
    {
        var (here, sender) = (Worker(), Worker());
        var seen = Send(sender, "seen", here)[here];
        here.Save(Session(seen));
        Send(sender, "dropped"); // Overflow(): never got a number between workers, so no gap is counted

        sender.Announce((place, age) => here.Hear(place, age)); // in the order of what it sends

        Assert.Null(here.Claim("pid", seen));
    }

    [Fact]
    public void A_sender_that_was_quiet_for_ten_minutes_costs_nobody_its_session()
    {
        var (here, quiet) = (Worker(), Worker());
        var seen = Send(quiet, "seen", here)[here];
        _time.Advance(10 * Minute);
        here.Save(Session(seen));
        _time.Advance(TimeSpan.FromSeconds(1));
        Send(quiet, "missed", here);

        Assert.NotNull(here.Claim("pid", seen));
    }

    [Fact]
    public void A_sender_that_was_quiet_for_ten_minutes_keeps_nobody_from_coming_back_to_a_worker_that_has_just_joined()
    {
        var (owner, quiet) = (Worker(), Worker());
        Send(quiet, "long ago", owner);
        _time.Advance(10 * Minute);
        var seen = Send(owner, "seen")[owner];
        var joined = Worker();
        quiet.Announce((place, age) => joined.Hear(place, age));
        owner.Announce((place, age) => joined.Hear(place, age));
        _time.Advance(TimeSpan.FromSeconds(20));
        owner.Save(Session(seen));

        Assert.NotNull(joined.Receive(owner.Give("pid", seen, out _)!, seen));
    }

    [Fact]
    public void What_was_given_too_early_is_kept_and_waits_until_all_have_told()
    {
        var (owner, here, joins) = (Worker(), Worker(), Worker());
        var seen = Send(owner, "seen", here)[owner];
        owner.Save(Session(seen));
        _time.Advance(TimeSpan.FromSeconds(10));
        Send(joins, "not heard here, for it has not told yet", owner);
        var given = owner.Give("pid", seen, out _)!;
        here.HaveAllTold = _ => false;

        Assert.Null(here.Receive(given, seen, out var isEarly));
        here.Keep(given, seen);

        Assert.True(isEarly);
        Assert.Null(here.Claim("pid", seen, out _, out var outcome, isLastTry: false));
        Assert.Equal((ClaimOutcome.Behind, 1), (outcome, here.SessionCount));
        joins.Announce((place, age) => here.Hear(place, age));
        here.HaveAllTold = _ => true;
        Assert.Null(here.Claim("pid", seen, out _, out outcome));
        Assert.Equal(ClaimOutcome.LogTooShort, outcome);
    }

    [Fact]
    public void What_was_given_too_early_goes_on_here_when_nothing_is_missing()
    {
        var (owner, here, other) = (Worker(), Worker(), Worker());
        var seen = Send(owner, "seen", here)[owner];
        owner.Save(Session(seen));
        Send(owner, "missed", here);
        var given = owner.Give("pid", seen, out _)!;
        here.HaveAllTold = _ => false;
        Assert.Null(here.Receive(given, seen, out _));
        here.Keep(given, seen);
        Assert.Null(here.Give("pid", seen, out var outcome, isLastTry: false));
        Assert.Equal(ClaimOutcome.Behind, outcome);
        here.HaveAllTold = _ => true;
        _time.Advance(TimeSpan.FromSeconds(10));
        Send(other, "missed here", here);

        Assert.Equal(["missed", "missed here"], Enter(here, here.Claim("pid", seen)!).Missed);
    }

    [Fact]
    public void What_a_client_brings_along_does_not_grow_with_every_reload_for_ever()
    {
        var worker = Worker();
        var session = Session(Send(worker, "first")[worker]);
        var largest = 0;
        for (var reload = 0; reload < 100; reload++)
        {
            // A worker that was stopped a moment ago, before the next one came.
            Send(Worker(), "last words", worker);
            session = session with { LastOffset = Send(worker, "seen")[worker] };
            worker.Save(session);
            var next = Worker();
            worker.Announce((place, age) => next.Hear(place, age));
            var claim = next.Receive(worker.Give("pid", session.LastOffset, out _)!, session.LastOffset)!;
            var (_, progress) = Enter(next, claim);
            _time.Advance(60 * Minute);
            Send(next, "x", progress);
            session = session with { LastOffset = progress.LastOffset, Moved = progress.Moved };
            largest = Math.Max(largest, progress.Moved?.Ahead?.Count ?? 0);
            worker = next;
        }

        Assert.InRange(largest, 0, 20);
    }

    [Fact]
    public void Workers_that_differ_in_MaxDisconnection_send_nothing_twice()
    {
        var (owner, here, sender) = (Worker(TimeSpan.FromSeconds(10)), Worker(), Worker());
        _time.Advance(TimeSpan.FromSeconds(10));
        var seen = Send(sender, "seen", owner, here)[owner];
        _time.Advance(Minute);
        owner.Save(Session(seen));

        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen);

        Assert.True(claim is null || !Enter(here, claim).Missed.Contains("seen"), "it gets again what it has seen");
    }

    [Fact]
    public void Logs_of_workers_that_are_gone_do_not_cost_everybody_their_sessions()
    {
        var here = new SessionStores(new SessionStoreOptions { MaxSessionBytes = 1_000_000 }, new JsonPacketParser(), _time).Create();
        for (var i = 0; i < 8; i++)
            here.Accept(new LogTrail($"{i:x8}", 1, new LogVector(), [.. Enumerable.Range(1, 10_000).Select(number => new LogPlace(i + 1, number))]));

        here.Save(Session(null));

        Assert.Equal(1, here.SessionCount);
        Assert.InRange(here.SessionBytes, 0, 1_100_000);
    }

    [Fact]
    public void Nothing_from_before_it_was_there_comes_to_a_client_that_loses_its_connection_twice()
    {
        var (here, sender) = (Worker(), Worker());
        _time.Advance(TimeSpan.FromSeconds(50));
        Send(sender, "long before", here);
        _time.Advance(TimeSpan.FromSeconds(50));
        var owner = Worker(); // after the sender has gone
        _time.Advance(TimeSpan.FromSeconds(1));
        var seen = Send(owner, "seen", here)[owner];
        owner.Save(Session(seen));
        var claim = here.Receive(owner.Give("pid", seen, out _)!, seen)!;
        here.Leave(() => (SessionProgress.Unseen(claim, here), claim.LeftAt));

        var again = here.Claim("pid", seen);

        Assert.True(again is null || Enter(here, again).Missed.Length == 0, "an event that is older than its first connection");
    }

    [Fact]
    public async Task Data_that_nobody_has_read_since_they_came_are_still_there_after_the_next_lost_connection()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.ConnectionStateRecovery = new SessionStoreOptions());
        var (pid, store) = (PrivateId.Create(1), host.Server.Of("/").Recovery!.Sessions);
        store.Accept(new LogTrail("abcdef01", 1, new LogVector(), [new LogPlace(77, 1)]));
        var session = new SavedSession("sid", pid, ["sid"], new JsonData("{\"name\":\"ann\"}"u8.ToArray()), "abcdef01-1");
        store.Accept([new HandedSession(session, "abcdef01", 1, TimeSpan.Zero, TimeSpan.FromSeconds(30))]);
        var connect = $"40{{\"pid\":\"{pid}\",\"offset\":\"abcdef01-1\"}}";
        await using (var client = await host.OpenAsync())
        {
            await client.SendAsync(connect);
            Assert.Contains("\"sid\":\"sid\"", await client.ReceiveAsync(), StringComparison.Ordinal);
            Assert.True(host.Server.Of("/").Sockets["sid"].Recovered);
            await client.CloseAsync();
        }

        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 0);
        await using var again = await host.OpenAsync();
        await again.SendAsync(connect);
        await again.ReceiveAsync();

        Assert.True(host.Server.Of("/").Sockets["sid"].Recovered);
        Assert.NotNull(host.Server.Of("/").Sockets["sid"].GetData<Dictionary<string, string>>());
    }

    [Fact]
    public void A_trail_whose_beginning_was_lost_is_no_trail()
    {
        // What SessionKeeper makes of the second part of a trail that is handed over once more: First of the part, and nothing in front.
        var (here, sender) = (Worker(), Worker());
        _time.Advance(TimeSpan.FromSeconds(10));
        Send(sender, "seen long ago", here);
        var own = Worker();
        here.Accept(new LogTrail("abcdef01", 8_001, new LogVector(), [new LogPlace(77, 1)]));
        here.Accept(
            [new HandedSession(new SavedSession("sid", "pid", ["sid"], null, "abcdef01-1f41"), "abcdef01", 8_001, TimeSpan.Zero, TimeSpan.FromSeconds(10))]);

        var claim = here.Claim("pid", "abcdef01-1f41");

        Assert.True(claim is null || Enter(here, claim).Missed.Length == 0, "it gets again what it has seen");
        GC.KeepAlive(own);
    }

    private static void AssertToldOrGets(SessionStore store, string offset, string missed)
    {
        var claim = store.Claim("pid", offset);
        Assert.True(claim is null || Enter(store, claim).Missed.Contains(missed), $"recovered, and \"{missed}\" is missing");
    }

    private SessionStore Worker(TimeSpan? max = null) =>
        new SessionStores(new SessionStoreOptions { MaxDisconnection = max ?? TimeSpan.FromMinutes(2) }, new JsonPacketParser(), _time).Create();

    private static SavedSession Session(string? lastOffset) => new("sid", "pid", ["sid", "room"], null, lastOffset);

    private static PacketBody Body(string text) => new(JsonSerializer.SerializeToUtf8Bytes<string[]>([text]));

    private readonly Dictionary<SessionStore, LogPlace> _last = [];

    private Dictionary<SessionStore, string> Send(SessionStore from, string text, params SessionStore[] to) => Send(from, text, null, to);

    private Dictionary<SessionStore, string> Send(SessionStore from, string text, SessionProgress? progress, params SessionStore[] to)
    {
        var offsets = new Dictionary<SessionStore, string>();
        var place = LogPlace.None;
        from.Deliver(Body(text), BroadcastOptions.All, (_, options) =>
        {
            offsets[from] = options.Offset!;
            progress?.Takes(options.Offset!, options.Place);
        }, sent => place = sent);
        _last[from] = place;
        foreach (var store in to)
            store.Deliver(Body(text), BroadcastOptions.All, (_, options) => offsets[store] = options.Offset!, place);
        return offsets;
    }

    private void Relay(SessionStore from, long number, SessionStore to, string text, SessionProgress? progress = null) =>
        to.Deliver(Body(text), BroadcastOptions.All, (_, options) => progress?.Takes(options.Offset!, options.Place), new LogPlace(_last[from].Life, number));

    private static void HandOver(SessionStore from, SessionStore to)
    {
        var (sessions, trails) = from.TakeAll();
        foreach (var trail in trails)
            to.Accept(trail);
        to.Accept(sessions);
    }

    private static (string[] Missed, SessionProgress Progress) Enter(SessionStore store, ClaimedSession claim)
    {
        var progress = new SessionProgress(claim);
        string[] missed = [];
        store.Enter(claim, found =>
        {
            Assert.NotNull(found);
            progress.Enter(claim, found, store);
            missed = [.. found.Select(static packet => JsonDocument.Parse(packet.Body.Data).RootElement[0].GetString()!)];
        });
        return (missed, progress);
    }
}
