using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What was sent before a worker joined, put in front of its log.</summary>
public class FetchedLogTests
{
    private const long Gone = 0x6F6E65, GoneWorker = 0x10000;

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Packets_that_are_put_in_front_are_found_as_if_they_had_been_there_first(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            var (before, after) = (random.Next(1, 200), random.Next(0, 100));
            var all = Enumerable.Range(1, before + after).Select(
                i => (At: (long)i, Body: new PacketBody(new byte[i % 7]), Target: AnyTarget(random), Place: new LogPlace(1 + ((i - 1) % 3), 1 + ((i - 1) / 3))))
                .ToArray();
            var (one, other) = (new RecordedPackets(1_000), new RecordedPackets(1_000 + before));
            foreach (var (at, body, target, place) in all)
                one.Add(at, body, target, place);
            foreach (var (at, body, target, place) in all[before..])
                other.Add(at, body, target, place);
            for (var left = before; left > 0;)
            {
                var count = Math.Min(left, random.Next(1, 90));
                other.Prepend(all[(left - count)..left], 0);
                left -= count;
            }

            AssertSame(one, other);
            for (var i = random.Next(before); i > 0; i--)
            {
                one.RemoveFirst();
                other.RemoveFirst();
            }

            AssertSame(one, other);
            while (one.Count > 0)
            {
                one.RemoveFirst();
                other.RemoveFirst();
            }

            one.ClearOrigins();
            other.ClearOrigins();
            Assert.Equal((0, 0), (one.Bytes, other.Bytes));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Where_numbers_come_again_no_chain_leads_to_packets_of_other_rooms(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var packets = new RecordedPackets(10_000);
            for (var step = 0; step < 40; step++)
            {
                switch (random.Next(3))
                {
                    case 0:
                        packets.Add(step, Body, AnyTarget(random), new LogPlace(1, step + 1));
                        break;
                    case 1:
                        // Of a life of its own: what is let go of it does not matter to the next.
                        var older = Enumerable.Range(1, random.Next(1, 40)).Select(i => (0L, Body, AnyTarget(random), new LogPlace(1_000 + step, i))).ToArray();
                        packets.Prepend(older, 0);
                        break;
                    default:
                        for (var left = Math.Min(packets.Count, random.Next(30)); left > 0; left--)
                            packets.RemoveFirst();
                        break;
                }

                foreach (var room in Enumerable.Range(0, 8).Select(static i => $"r{i}").Append(null))
                    Assert.Equal(Numbers(packets).Where(number => IsFor(packets[number].Target, room)).Reverse(), Chain(packets, room));
            }
        }

        static IEnumerable<long> Numbers(RecordedPackets packets)
        {
            for (var number = packets.First; number <= packets.Last; number++)
                yield return number;
        }

        static bool IsFor(object target, string? room) =>
            RecordedPackets.OptionsOf(target).Rooms is var rooms && (room is null ? rooms.IsEmpty : rooms.Contains(room));
    }

    [Fact]
    public void A_search_during_which_numbers_come_again_finds_nothing()
    {
        var packets = new RecordedPackets(1_000);
        packets.Prepend([.. Enumerable.Range(1, 20).Select(i => (0L, Body, BroadcastOptions.All, new LogPlace(Gone, i)))], 0);
        for (var i = 1; i <= 500; i++)
            packets.Add(0, Body, BroadcastOptions.All, new LogPlace(Gone + 1, i));
        var session = new SavedSession("sid", "pid", ["sid"], null, null);
        var search =
            new MissedSearch(session, 980, new SessionStoreOptions { MaxPacketsPerSession = 5_000 }, static number => $"{number}") { Reuses = packets.Reuses };
        Assert.True(search.Advance(packets, 100));

        for (var i = 0; i < 10; i++)
            packets.RemoveFirst();
        packets.Prepend([.. Enumerable.Range(1, 10).Select(i => (0L, Body, new BroadcastOptions { Rooms = ["q"] }, new LogPlace(Gone + 2, i)))], 0);
        while (search.Advance(packets, 100))
        {
        }

        Assert.True(search.HasFailed);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(100, 10)]
    [InlineData(1, 90_000)]
    [InlineData(1, 200_000)]
    public void A_page_is_no_larger_than_it_may_be_unless_one_packet_is(int rooms, int size)
    {
        const int Most = 130_000;
        var source = Store();
        var target = new BroadcastOptions { Rooms = [.. Enumerable.Range(0, rooms).Select(static i => $"a room with a name {i}")] };
        for (var number = 1; number <= 2_000 && number * (long)size < 4_000_000; number++)
            source.Deliver(new PacketBody(new byte[size]), target, static (_, _) => { }, new LogPlace(Gone, number), GoneWorker);
        EndGone(source);

        var (next, count, pages) = (0L, 0, 0);
        do
        {
            var page = source.Page(next, new LogVector(), TimeSpan.Zero, Most);
            Assert.True(page.Packets.Count == 1 || new LogFetched(1, 1, page).Encode().Length <= Most);
            (next, count, pages) = (page.Next, count + page.Packets.Count, pages + 1);
        }
        while (next > 0);

        Assert.Equal(source.Size.Packets, count);
        Assert.InRange(pages, 1, count);
        Assert.Empty(source.Page(0, new LogVector(), TimeSpan.Zero, Most, largest: size).Packets);
    }

    [Fact]
    public void What_is_fetched_takes_the_room_that_there_is_and_nobodys()
    {
        using var stores = new SessionStores(new SessionStoreOptions { MaxBytes = 1_000_000 }, new JsonPacketParser(), _time);
        var (busy, quiet, source) = (stores.Create(), stores.Create(), Store());
        for (var i = 0; i < 2_000; i++)
            busy.Deliver(Body, BroadcastOptions.All, static (_, _) => { }, static _ => { });
        Send(source, 1, 20_000);
        EndGone(source);

        var taken = quiet.Fetch(source.Page(0, quiet.Lacks, TimeSpan.Zero, long.MaxValue).Packets, quiet.Log);

        Assert.InRange(taken, 1_000, 4_096);
        Assert.Equal(2_000, busy.Size.Packets);
        // Memory is taken in small portions.
        Assert.InRange(stores.Size.Bytes, 0, 1_010_000);
    }

    [Fact]
    public void A_namespace_that_is_over_holds_nothing()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var store = stores.Create();
        Send(store, 1, 500);

        stores.Suspend(store);

        Assert.Equal((0, 0L), stores.Size);
    }

    [Fact]
    public void An_offset_of_an_earlier_life_of_the_namespace_is_none_of_this_one()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var store = stores.Create();
        var offset = "";
        store.Deliver(Body, BroadcastOptions.All, (_, options) => offset = options.Offset!, static _ => { });
        for (var i = 0; i < 10; i++)
            store.Deliver(Body, BroadcastOptions.All, static (_, _) => { }, static _ => { });
        stores.Suspend(store);
        stores.Resume(store);
        var source = Store();
        Send(source, 1, 8);
        EndGone(source);
        Assert.Equal(8, Fetch(store, source));
        store.Save(new SavedSession("sid", "pid", ["sid"], null, "seen"));

        Assert.Null(store.Claim("pid", offset, out _, out var outcome));

        Assert.Equal(ClaimOutcome.UnknownOffset, outcome);
    }

    [Fact]
    public void A_log_that_has_let_go_of_own_events_takes_nothing()
    {
        var (late, early) = (Store(), Store());
        Send(early, 1, 2);
        EndGone(early);
        late.Deliver(Body, BroadcastOptions.All, static (_, _) => { }, static _ => { });
        var page = early.Page(0, late.Lacks, TimeSpan.Zero, 10_000);
        _time.Advance(TimeSpan.FromSeconds(121));

        Assert.Equal(0, late.Fetch(page.Packets, late.Log));
    }

    [Fact]
    public void What_was_asked_for_a_log_that_is_over_is_not_taken()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var (source, store) = (Store(), stores.Create());
        Send(source, 1, 3);
        EndGone(source);
        var (log, page) = (store.Log, source.Page(0, store.Lacks, TimeSpan.Zero, 10_000));
        stores.Suspend(store);
        Assert.Equal(0, store.Fetch(page.Packets, log));

        _time.Advance(TimeSpan.FromSeconds(1));
        stores.Resume(store);

        Assert.Equal(0, store.Fetch(page.Packets, log));
        Assert.Equal(3, store.Fetch(page.Packets, store.Log));
    }

    [Fact]
    public void Of_a_worker_that_has_spoken_once_more_after_it_was_let_go_only_those_get_something_who_join_later()
    {
        var source = Store();
        Send(source, 1, 2);
        EndGone(source);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Lacked(TimeSpan.Zero));
        Assert.Equal(0, Lacked(TimeSpan.FromSeconds(2)));

        _time.Advance(TimeSpan.FromSeconds(9));
        Send(source, 3, 3);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(0, Lacked(TimeSpan.FromSeconds(15)));
        Assert.Equal(0, Lacked(TimeSpan.FromSeconds(9)));
        Assert.Equal(3, Lacked(TimeSpan.FromSeconds(7)));

        int Lacked(TimeSpan joined) => source.Page(0, new LogVector(), joined, 10_000).Packets.Count;
    }

    [Fact]
    public void A_worker_whose_adapter_actor_was_restarted_goes_on()
    {
        var source = Store();
        Send(source, 1, 1);
        source.Hear(new LogPlace(Gone, 1), TimeSpan.Zero, GoneWorker + 1);

        EndGone(source);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(source.Page(0, new LogVector(), TimeSpan.Zero, 10_000).Packets);
    }

    [Fact]
    public void What_was_fetched_was_not_heard_here_by_those_who_had_seen_more_elsewhere()
    {
        var (source, store) = (Store(), Store());
        Send(source, 1, 10);
        EndGone(source);
        Assert.Equal(10, Fetch(store, source));

        Assert.False(store.HasHeard(Gone, 5));
        Assert.True(store.HasHeard(Gone, 10));
    }

    private static PacketBody Body { get; } = new("[\"x\"]"u8.ToArray());

    private SessionStore Store() => new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time).Create();

    private static void Send(SessionStore store, int first, int last, long life = Gone)
    {
        for (var number = first; number <= last; number++)
            store.Deliver(Body, BroadcastOptions.All, static (_, _) => { }, new LogPlace(life, number), GoneWorker + life - Gone);
    }

    /// <summary>Nobody joins in the same moment.</summary>
    private void EndGone(SessionStore store)
    {
        store.End(GoneWorker);
        _time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private static int Fetch(SessionStore store, SessionStore source) => store.Fetch(source.Page(0, store.Lacks, TimeSpan.Zero, 10_000).Packets, store.Log);

    private static BroadcastOptions AnyTarget(Random random)
    {
        return random.Next(4) switch
        {
            0 => BroadcastOptions.All,
            1 => new BroadcastOptions { Rooms = [Room()] },
            2 => new BroadcastOptions { Rooms = [Room(), Room(), Room()], Except = [Room()] },
            _ => new BroadcastOptions { Except = [Room()] },
        };

        string Room() => $"r{random.Next(8)}";
    }

    private static void AssertSame(RecordedPackets one, RecordedPackets other)
    {
        Assert.Equal((one.First, one.Last, one.Count), (other.First, other.Last, other.Count));
        // Lists that grow by doubling, and parts of the log that are half full.
        Assert.InRange(other.Bytes, one.Bytes - 15_000, one.Bytes + 15_000);
        foreach (var room in Enumerable.Range(0, 8).Select(static i => $"r{i}").Append(null))
            Assert.Equal(Chain(one, room), Chain(other, room));
        foreach (var origin in one.Origins.All)
        {
            Assert.True(other.Origins.TryGet(origin.Life, out var same));
            Assert.Equal((origin.Before, origin.Last, origin.PositionAfter(origin.Before)), (same.Before, same.Last, same.PositionAfter(same.Before)));
        }
    }

    private static List<long> Chain(RecordedPackets packets, string? room)
    {
        var chain = new List<long>();
        for (var at = packets.LastFor(room); at >= packets.First; at = packets.Before(at, room))
            chain.Add(at);
        return chain;
    }
}
