using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>What a client that comes back may cost: counted in packets that are looked at, not in time.</summary>
public class MissedSearchTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Only_packets_for_its_rooms_are_looked_at_however_large_the_log_is()
    {
        using var stores = Stores();
        var store = stores.Create();
        var offset = Record(store, "seen");
        var rooms = Enumerable.Range(0, 900).Select(i => $"r{i}").ToArray();
        for (var i = 0; i < 20_000; i++)
            Record(store, "for others", new BroadcastOptions { Rooms = ["other", $"other {i % 50}"] });
        Record(store, "mine", new BroadcastOptions { Rooms = ["r7"] });
        Record(store, "for two of mine", new BroadcastOptions { Rooms = ["r8", "r9", "other"] });
        Record(store, "not for me", new BroadcastOptions { Except = ["r1"] });
        store.Save(new SavedSession("sid", "pid", ["sid", .. rooms], null, null));

        store.Enter(store.Claim("pid", offset)!, missed => Assert.Equal(["mine", "for two of mine"], missed!.Select(NameOf)));

        Assert.InRange(store.Visited, 2, 10);
    }

    [Fact]
    public void One_that_is_left_out_of_ever_so_many_packets_begins_anew_after_a_bounded_search()
    {
        using var stores = Stores();
        var store = stores.Create();
        var offset = Record(store, "seen");
        for (var i = 0; i < 30_000; i++)
            Record(store, "x", new BroadcastOptions { Except = ["sid"] });
        store.Save(new SavedSession("sid", "pid", ["sid"], null, null));

        Assert.Null(store.Claim("pid", offset, out var visited, out _));

        Assert.InRange(visited, 1, 9_000);
        Assert.Equal(visited, store.Visited);
    }

    [Fact]
    public void One_that_missed_too_much_is_known_to_after_as_many_packets_as_it_may_miss()
    {
        using var stores = Stores(new SessionStoreOptions { MaxPacketsPerSession = 10 });
        var store = stores.Create();
        var offset = Record(store, "seen");
        for (var i = 0; i < 30_000; i++)
            Record(store, "x", new BroadcastOptions { Rooms = ["mine"] });
        store.Save(new SavedSession("sid", "pid", ["sid", "mine"], null, null));

        Assert.Null(store.Claim("pid", offset, out var visited, out _));

        Assert.InRange(visited, 11, 20);
    }

    [Fact]
    public void The_lock_is_free_after_a_few_steps()
    {
        var packets = new RecordedPackets();
        for (var i = 0; i < 4_000; i++)
            packets.Add(0, new PacketBody(new byte[1]), new BroadcastOptions { Except = i % 100 == 0 ? [] : ["sid"] });
        var search = new MissedSearch(new SavedSession("sid", "pid", ["sid"], null, null), 0, new SessionStoreOptions(), number => $"{number}");

        var (steps, before) = (0, 0L);
        while (search.Advance(packets, 100))
        {
            Assert.InRange(search.Visited - before, 0, 200);
            before = search.Visited;
            packets.Add(0, new PacketBody(new byte[1]), BroadcastOptions.All);
            steps++;
        }

        Assert.InRange(steps, 30, 100);
        Assert.False(search.HasFailed);
        Assert.Equal(40, search.TakeResult().Count);
    }

    [Fact]
    public void What_is_let_go_in_the_middle_of_a_search_ends_it()
    {
        var packets = new RecordedPackets();
        for (var i = 0; i < 1_000; i++)
            packets.Add(0, new PacketBody(new byte[1]), new BroadcastOptions { Except = ["sid"] });
        var search = new MissedSearch(new SavedSession("sid", "pid", ["sid"], null, null), 10, new SessionStoreOptions(), number => $"{number}");

        Assert.True(search.Advance(packets, 100));
        for (var i = 0; i < 500; i++)
            packets.RemoveFirst();

        Assert.False(search.Advance(packets, 100));
        Assert.True(search.HasFailed);
    }

    [Fact]
    public async Task Recording_and_coming_back_at_the_same_time_loses_nothing()
    {
        using var stores = Stores(new SessionStoreOptions { MaxPacketsPerSession = 100_000, MaxBytesPerSession = int.MaxValue });
        var store = stores.Create();
        var offset = Record(store, "seen");
        store.Save(new SavedSession("sid", "pid", ["sid", "mine"], null, null));
        var entered = new List<string>();
        var isIn = false;
        var recording = Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                store.Deliver(Body($"{i}"), new BroadcastOptions { Rooms = i % 2 == 0 ? ["mine"] : ["other", "mine"] }, (body, _) =>
                {
                    if (isIn)
                        entered.Add(NameOf(body));
                });
            }
        });

        var claim = store.Claim("pid", offset)!;
        store.Enter(claim, missed =>
        {
            entered.AddRange(missed!.Select(NameOf));
            isIn = true;
        });
        await recording;

        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i}"), entered);
    }

    [Fact]
    public void A_room_without_a_name_is_a_room_like_others()
    {
        using var stores = Stores();
        var store = stores.Create();
        var offset = Record(store, "seen");
        Record(store, "for the nameless", new BroadcastOptions { Rooms = [""] });
        store.Save(new SavedSession("sid", "pid", ["sid"], null, null));
        store.Save(new SavedSession("sid2", "pid2", ["sid2", ""], null, null));

        store.Enter(store.Claim("pid", offset)!, missed => Assert.Empty(missed!));
        store.Enter(store.Claim("pid2", offset)!, missed => Assert.Single(missed!));
    }

    private SessionStores Stores(SessionStoreOptions? options = null) => new(options ?? new SessionStoreOptions(), new JsonPacketParser(), _time);

    private static PacketBody Body(string name) => new(JsonSerializer.SerializeToUtf8Bytes<string[]>([name]));

    private static string Record(SessionStore store, string name, BroadcastOptions? target = null)
    {
        var offset = "";
        store.Deliver(Body(name), target ?? BroadcastOptions.All, (_, o) => offset = o.Offset!);
        return offset;
    }

    private static string NameOf(MissedPacket packet) => NameOf(packet.Body);

    private static string NameOf(PacketBody body) => JsonDocument.Parse(body.Data).RootElement[0].GetString()!;
}
