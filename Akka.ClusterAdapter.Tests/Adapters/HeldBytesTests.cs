using System.Collections.Immutable;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>A bound of bytes is what the process holds, within a factor of 1.5, with the smallest and with the largest of things.</summary>
public class HeldBytesTests
{
    private const int Bound = 16_000_000;

    public static TheoryData<string> Packets => [.. Kinds.Keys];

    private static readonly Dictionary<string, Func<int, (PacketBody Body, BroadcastOptions Target)>> Kinds = new()
    {
        ["smallest, for everybody"] = _ => (Body("m"), BroadcastOptions.All),
        ["smallest, for one room"] = _ => (Body("m"), new BroadcastOptions { Rooms = [new string("room")] }),
        ["smallest, each for a room of its own"] = i => (Body("m"), new BroadcastOptions { Rooms = [$"room {i}"] }),
        ["smallest, each for a long room of its own"] = i => (Body("m"), new BroadcastOptions { Rooms = [i.ToString("d256", null)] }),
        ["smallest, for rooms and without others"] = i => (Body("m"), new BroadcastOptions { Rooms = [$"a {i}", "b"], Except = [$"c {i}", $"d {i}"] }),
        ["part of a larger message"] = _ => (new PacketBody(Body("m").Data, [new ReadOnlyMemory<byte>(new byte[64_000], 100, 3)]), BroadcastOptions.All),
        ["with attachments"] = _ =>
            (new PacketBody(Body("m").Data, [.. Enumerable.Range(0, 10).Select(_ => new ReadOnlyMemory<byte>([1]))]), BroadcastOptions.All),
        ["largest"] = _ => (Body(new string('x', 900_000)), BroadcastOptions.All),
    };

    public static TheoryData<string, int, int> Sessions => new()
    {
        { "smallest", 1, 20 },
        { "with a few rooms", 4, 20 },
        { "with long rooms", 20, 256 },
        { "largest", 1_000, 256 },
    };

    [Theory]
    [MemberData(nameof(Packets))]
    public void Of_the_recovery_log(string kind)
    {
        var stores = new SessionStores(new SessionStoreOptions { MaxBytes = Bound }, new JsonPacketParser(), new FakeTimeProvider());
        var store = stores.Create();
        var empty = ReachableBytes.Of(stores);
        for (var (i, before) = (0, -1L); i < 1_000_000 && stores.Size.Bytes > before; i++)
        {
            before = stores.Size.Bytes;
            var (body, target) = Kinds[kind](i);
            store.Deliver(body, target, static (_, _) => { });
        }

        var held = ReachableBytes.Of(stores) - empty;

        AssertHolds(Bound, held);
        AssertHolds(stores.Size.Bytes, held);
    }

    [Fact]
    public void Of_a_recovery_log_that_was_fetched()
    {
        var (time, parser) = (new FakeTimeProvider(), new JsonPacketParser());
        var source = new SessionStores(new SessionStoreOptions(), parser, time).Create();
        var (body, target) = Kinds["smallest, for everybody"](0);
        for (var i = 0; i < 100_000; i++)
            source.Deliver(body, target, static (_, _) => { }, static _ => { });
        var stores = new SessionStores(new SessionStoreOptions { MaxBytes = Bound }, parser, time);
        var store = stores.Create();
        var empty = ReachableBytes.Of(stores);
        source.Announce((place, age) => store.Hear(place, age));

        var count = Fetch(store, source);
        var held = ReachableBytes.Of(stores) - empty;

        Assert.InRange(count, 60_000, 100_000);
        AssertHolds(Bound, held);
        AssertHolds(stores.Size.Bytes, held);
        time.Advance(TimeSpan.FromHours(1));
        store.Expire();
        Assert.InRange(stores.Size.Bytes, 0, 10_000);
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public void Of_saved_sessions(string kind, int rooms, int length)
    {
        var stores = new SessionStores(
            new SessionStoreOptions { MaxSessionBytes = Bound, MaxSessions = int.MaxValue }, new JsonPacketParser(), new FakeTimeProvider());
        var store = stores.Create();
        var empty = ReachableBytes.Of(stores);
        for (var (i, before) = (0, -1L); i < 1_000_000 && stores.SessionBytes > before; i++)
        {
            before = stores.SessionBytes;
            var id = i.ToString("d20", null);
            store.Save(new SavedSession(
                id, $"p{id}", [id, .. Enumerable.Range(1, rooms).Select(r => $"{id}{r}".PadLeft(length, 'r'))], new string('d', 10), $"offset {i}"));
        }

        var held = ReachableBytes.Of(stores) - empty;

        Assert.True(store.SessionCount > 0, kind);
        AssertHolds(Bound, held);
        AssertHolds(stores.SessionBytes, held);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"token\":\"x\"}")]
    [InlineData("MANY")]
    public void Of_auth_payloads(string auth)
    {
        var json = auth == "MANY" ? "{\"token\":[" + string.Join(',', Enumerable.Repeat("[]", 10_000)) + "]}" : auth;
        const int Count = 500;
        var kept = Enumerable.Range(0, Count).Select(_ => Made(json)).ToArray();
        var held = ReachableBytes.Of(kept);

        Assert.Equal(json, kept[^1].Auth.GetRawText());
        // With the object itself.
        Assert.InRange(held, Count * json.Length, (long)(1.5 * Count * (json.Length + 200)));

        static Handshake Made(string json)
            => new()
            {
                Headers = Empty,
                Query = Empty,
                Url = "",
                Address = "",
                Time = default,
                Secure = false,
                Xdomain = false,
                Auth = JsonDocument.Parse(json).RootElement
            };
    }

    private static ImmutableDictionary<string, string> Empty => ImmutableDictionary<string, string>.Empty;

    private static void AssertHolds(long bound, long held) => Assert.InRange(held, bound / 1.5, bound * 1.5);

    private static PacketBody Body(string name) => new(JsonSerializer.SerializeToUtf8Bytes<string[]>([name]));

    private static int Fetch(SessionStore store, SessionStore source)
    {
        var (lacks, next, packets) = (store.Lacks, 0L, new List<FetchedPacket>());
        do
        {
            var page = source.Page(next, lacks, TimeSpan.Zero, 100_000);
            // As they come from the wire: each with bytes of its own.
            packets.AddRange(page.Packets.Select(static packet => packet with { Body = new PacketBody(packet.Body.Data.ToArray()) }));
            next = page.Next;
        }
        while (next > 0);

        return store.Fetch(packets, store.Log);
    }
}
