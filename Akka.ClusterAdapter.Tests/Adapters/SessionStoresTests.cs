using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What all namespaces of a worker may keep together, and who gives way.</summary>
public class SessionStoresTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_copy_of_a_log_that_was_long_once_does_not_stay_large()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var copies = stores.Create().Copies;
        var begin = new CopiedLog(Begins: true, "epoch", Kept: 1, First: 1, new LogVector(), TimeSpan.Zero, LastLoss: 0, Places(1, 100_000), []);

        copies.Take("worker", begin, [], []);
        var before = copies.Size.Bytes;
        copies.Take("worker", begin with { Begins = false, Kept = 100_001, First = 100_001, Places = Places(100_001, 10) }, [], []);

        Assert.InRange(copies.Size.Bytes, 1, before / 10);

        static LogPlace[] Places(int first, int count) => [.. Enumerable.Range(first, count).Select(static number => new LogPlace(7, number))];
    }

    [Fact]
    public void Packets_of_all_namespaces_together_are_bounded_and_the_busiest_gives_way()
    {
        using var stores = new SessionStores(new SessionStoreOptions { MaxBytes = 100_000 }, new JsonPacketParser(), _time);
        var (quiet, busy) = (stores.Create(), stores.Create());
        var offset = Record(quiet, "seen");
        quiet.Save(new SavedSession("sid", "pid", ["sid"], null, offset));
        Record(quiet, "missed");

        for (var i = 0; i < 2_000; i++)
        {
            Record(busy, "x");
            Assert.InRange(stores.Size.Bytes, 1, 100_000);
        }

        Assert.Equal(2, quiet.Size.Packets);
        quiet.Enter(quiet.Claim("pid", offset)!, missed => Assert.Single(missed!));
    }

    [Fact]
    public void A_namespace_that_becomes_busy_takes_from_the_one_that_was()
    {
        using var stores = new SessionStores(new SessionStoreOptions { MaxBytes = 100_000, MaxSessions = 100 }, new JsonPacketParser(), _time);
        var (first, second) = (stores.Create(), stores.Create());
        foreach (var store in new[] { first, second })
        {
            for (var i = 0; i < 1_000; i++)
            {
                Record(store, "x");
                store.Save(new SavedSession($"{i}", $"{i}", [], null, null));
            }
        }

        Assert.InRange(first.Size.Packets, 200, 600);
        Assert.InRange(second.Size.Packets, 200, 600);
        Assert.Equal((50, 50), (first.Size.Sessions, second.Size.Sessions));
    }

    [Fact]
    public async Task Two_namespaces_that_are_busy_at_once_keep_the_bounds_and_do_not_wait_for_each_other()
    {
        using var stores = new SessionStores(new SessionStoreOptions { MaxBytes = 100_000 }, new JsonPacketParser(), _time);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var store = stores.Create();
            for (var i = 0; i < 5_000; i++)
                Record(store, "x");
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        // Each may be about to give way for what it has just added.
        Assert.InRange(stores.Size.Bytes, 1, 100_000 + (4 * 2_000));
    }

    [Fact]
    public void What_is_too_old_goes_without_anything_happening()
    {
        var expired = 0;
        using var stores = new SessionStores(
            new SessionStoreOptions { MaxDisconnection = TimeSpan.FromMinutes(1) }, new JsonPacketParser(), _time, () => expired++);
        var store = stores.Create();
        Record(store, "x");
        store.Save(new SavedSession("sid", "pid", ["sid"], null, null));

        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((0, 0L), stores.Size);
        Assert.Equal(8, expired);
    }

    [Fact]
    public void A_namespace_that_is_gone_keeps_nothing()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var store = stores.Create();
        Record(store, "x");
        store.Save(new SavedSession("sid", "pid", ["sid"], null, null));

        stores.Suspend(store);

        Assert.Equal((0, 0L), stores.Size);
    }

    [Fact]
    public void A_session_that_comes_and_goes_all_the_time_is_kept_once()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var store = stores.Create();

        for (var i = 0; i < 10_000; i++)
        {
            store.Save(new SavedSession("sid", "pid", ["sid"], null, null));
            if (i % 3 == 0)
                Assert.NotNull(store.Claim("pid", null));
        }

        Assert.Equal(1, stores.Size.Sessions + (store.Claim("pid", null) is null ? 1 : 0));
        Assert.InRange(stores.SessionBytes, 0, 1_000);
    }

    [Fact]
    public void A_log_numbers_its_packets_without_a_gap_and_chains_those_of_each_room()
    {
        var packets = new RecordedPackets();
        var random = new Random(7);
        var expected = new Queue<(PacketBody Body, string[] Rooms)>();

        for (var i = 0; i < 10_000; i++)
        {
            if (random.Next(100) < (i < 5_000 ? 60 : 40))
            {
                var body = new PacketBody(new byte[] { (byte)i });
                string[] rooms = [.. Enumerable.Range(0, random.Next(3)).Select(_ => $"room {random.Next(5)}").Distinct()];
                packets.Add(i, body, new BroadcastOptions { Rooms = [.. rooms], Except = random.Next(4) == 0 ? ["left out"] : [] });
                expected.Enqueue((body, rooms));
            }
            else if (expected.TryDequeue(out var gone))
            {
                Assert.Same(gone.Body, packets[packets.First].Body);
                packets.RemoveFirst();
            }

            Assert.Equal(expected.Count, packets.Count);
            if (i % 100 == 0)
                AssertChains(packets, expected);
        }

        while (packets.Count > 0)
            packets.RemoveFirst();
        Assert.Equal(0, packets.Bytes);
    }

    private static void AssertChains(RecordedPackets packets, IEnumerable<(PacketBody Body, string[] Rooms)> expected)
    {
        foreach (var room in new[] { null, "room 0", "room 4", "left out" })
        {
            var found = new List<PacketBody>();
            for (var number = packets.LastFor(room); number >= packets.First; number = packets.Before(number, room))
                found.Insert(0, packets[number].Body);
            Assert.Equal(expected.Where(packet => room is null ? packet.Rooms.Length == 0 : packet.Rooms.Contains(room)).Select(packet => packet.Body), found);
        }
    }

    [Fact]
    public void What_a_namespace_knew_of_its_senders_counts_no_more_when_it_is_gone()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        for (var i = 0; i < 10; i++)
        {
            var store = stores.Create();
            store.Deliver(Body("own"), BroadcastOptions.All, static (_, _) => { }, static _ => { });
            store.Deliver(Body("another's"), BroadcastOptions.All, static (_, _) => { }, new LogPlace(7, 1));

            stores.Suspend(store);
        }

        Assert.Equal((0, 0L), stores.Size);
    }

    [Fact]
    public void Senders_that_are_forgotten_count_no_more()
    {
        using var stores = new SessionStores(new SessionStoreOptions(), new JsonPacketParser(), _time);
        var store = stores.Create();
        for (var life = 1; life <= 600; life++)
            store.Deliver(Body("x"), BroadcastOptions.All, static (_, _) => { }, new LogPlace(life, 1));
        _time.Advance(TimeSpan.FromMinutes(5));

        stores.Suspend(store);

        Assert.Equal((0, 0L), stores.Size);
    }

    private static PacketBody Body(string name) => new(JsonSerializer.SerializeToUtf8Bytes<string[]>([name]));

    private static string Record(SessionStore store, string name)
    {
        var offset = "";
        store.Deliver(new PacketBody(JsonSerializer.SerializeToUtf8Bytes<string[]>([name])), BroadcastOptions.All, (_, o) => offset = o.Offset!);
        return offset;
    }
}
