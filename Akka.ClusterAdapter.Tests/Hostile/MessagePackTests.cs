using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>MessagePack packets that no honest client sends.</summary>
public class MessagePackTests
{
    // {type:0,nsp:"/"}
    private const string Connect = "82a47479706500a36e7370a12f";

    public static TheoryData<string, string> Closing => new()
    {
        { "nothing", "bin:" },
        { "text", "42[\"echo\"]" },
        { "no map", "bin:93010203" },
        { "empty map", "bin:80" },
        { "nil", "bin:c0" },
        { "never used code", "bin:c1" },
        { "map of 2^32-1", "bin:dfffffffff" },
        { "array of 2^32-1 as data", "bin:83a47479706502a464617461ddffffffffa36e7370a12f" },
        { "string of 2^32-1", "bin:81a474797065dbffffffff" },
        { "binary of 2^32-1", "bin:82a47479706502a464617461c6ffffffff" },
        { "type 9", "bin:83a47479706509a4646174619101a36e7370a12f" },
        { "type -1", "bin:82a474797065ffa36e7370a12f" },
        { "type as text", "bin:82a474797065a132a36e7370a12f" },
        { "no namespace", "bin:82a47479706502a46461746191a161" },
        { "namespace as number", "bin:83a47479706502a46461746191a161a36e737001" },
        { "event without data", "bin:82a47479706502a36e7370a12f" },
        { "event with a map", "bin:83a47479706502a46461746180a36e7370a12f" },
        { "event with nothing in it", "bin:83a47479706502a46461746190a36e7370a12f" },
        { "event with nil as name", "bin:83a47479706502a46461746191c0a36e7370a12f" },
        { "connect with an array", "bin:83a47479706500a46461746190a36e7370a72f637573746f6d" },
        { "connect with nil", "bin:83a47479706500a464617461c0a36e7370a72f637573746f6d" },
        { "namespace not joined", "bin:83a47479706502a46461746191a161a36e7370a52f6e6f7065" },
        { "connect error", "bin:83a47479706504a464617461a178a36e7370a12f" },
        { "disconnect with data", "bin:83a47479706501a46461746190a36e7370a12f" },
        { "answer with a map", "bin:84a47479706503a46461746180a36e7370a12fa2696401" },
        { "id as text", "bin:84a47479706502a46461746191a161a36e7370a12fa26964a131" },
        { "negative id", "bin:84a47479706502a46461746191a161a36e7370a12fa26964ff" },
        { "id of 2^64-1", "bin:84a47479706502a46461746191a161a36e7370a12fa26964cfffffffffffffffff" },
        { "something behind", "bin:" + Connect + "00" },
        { "invalid UTF-8 in the name", "bin:83a47479706502a46461746191a2fffea36e7370a12f" },
        { "invalid UTF-8 in an argument", "bin:83a47479706502a46461746192a46563686fa2fffea36e7370a12f" },
        { "65 arrays", "bin:83a47479706502a464617461" + string.Concat(Enumerable.Repeat("91", 65)) + "c0a36e7370a12f" },
        { "cut off", "bin:83a47479706502a46461746191a161a36e73" },
    };

    [Theory]
    [MemberData(nameof(Closing))]
    public async Task It_closes_the_connection(string what, string packet)
    {
        var server = await HostileMessagePackAsync();
        using var client = await JoinAsync(server);

        await client.SendPacketAsync(packet);

        var frames = await client.ReadFramesToEndAsync();
        Assert.True(frames is ["close:"], $"{what}: {string.Join(' ', frames)}");
        client.Dispose();
        await AssertUnharmedAsync(server);
    }

    public static TheoryData<string, string> Dropped => new()
    {
        { "reserved name", "bin:83a47479706502a46461746191aa646973636f6e6e656374a36e7370a12f" },
        { "second connect", "bin:" + Connect },
        { "5,000 arrays", "bin:83a47479706502a46461746192a46563686f" + string.Concat(Enumerable.Repeat("91", 5_000)) + "c0a36e7370a12f" },
        { "name of 257", "bin:83a47479706502a46461746191da0101" + string.Concat(Enumerable.Repeat("6e", 257)) + "a36e7370a12f" },
        { "keys that are no text, deep inside", "bin:83a47479706502a46461746192a1618101c3a36e7370a12f" },
        { "unknown extension", "bin:83a47479706502a46461746192a161d463ffa36e7370a12f" },
        { "unknown extension of 16 bytes", "bin:83a47479706502a46461746192a161d800" + string.Concat(Enumerable.Repeat("00", 16)) + "a36e7370a12f" },
        { "date beyond all calendars", "bin:83a47479706502a46461746192a161c70cff000000007fffffffffffffffa36e7370a12f" },
        { "too deep and too wide", "bin:83a47479706502a46461746192a161"
            + string.Concat(Enumerable.Repeat("92", 70)) + string.Concat(Enumerable.Repeat("c0", 71)) + "a36e7370a12f" },
        { "invalid UTF-8 where nobody looks", "bin:84a47479706502a46461746191a161a36e7370a12fa16fa1ff" },
    };

    [Theory]
    [MemberData(nameof(Dropped))]
    public async Task It_costs_the_one_packet(string what, string packet)
    {
        var server = await HostileMessagePackAsync();
        using var client = await JoinAsync(server);

        await client.SendPacketAsync(packet);
        await client.SendPacketAsync("bin:83a47479706502a46461746192a46563686f01a36e7370a12f");

        Assert.Equal((what, "bin:83a47479706502a46461746192a46563686f01a36e7370a12f"), (what, await client.NextAsync()));
        client.Dispose();
        await AssertUnharmedAsync(server);
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_arrives_as_the_replacement_character()
    {
        var server = await HostileMessagePackAsync();
        using var client = await JoinAsync(server);

        await client.SendPacketAsync("bin:83a47479706502a46461746192a46563686fa561eda08062a36e7370a12f");

        Assert.Equal("bin:83a47479706502a46461746192a46563686fa561efbfbd62a36e7370a12f", await client.NextAsync());
        client.Dispose();
        await AssertUnharmedAsync(server);
    }

    [Theory]
    [InlineData("numeric name", "bin:83a47479706502a4646174619101a36e7370a12f")]
    [InlineData("unknown keys", "bin:84a47479706502a46461746191a161a36e7370a12fa77768617465766572c3")]
    [InlineData("not a number", "bin:83a47479706502a46461746192a161cb7ff8000000000000a36e7370a12f")]
    [InlineData("answer nobody waits for", "bin:84a47479706503a46461746190a36e7370a12fa2696463")]
    public async Task It_is_taken_or_closes_but_harms_nobody(string what, string packet)
    {
        var server = await HostileMessagePackAsync();
        using var client = await JoinAsync(server);

        await client.SendPacketAsync(packet);
        await client.SendPacketAsync("bin:83a47479706502a46461746192a46563686f01a36e7370a12f");

        var answer = await client.NextAsync();
        Assert.True(answer is "close:" or "bin:83a47479706502a46461746192a46563686f01a36e7370a12f", what + answer);
        client.Dispose();
        await AssertUnharmedAsync(server);
    }

    private static Task<HostileServer> HostileMessagePackAsync() =>
        HostileServer.StartAsync(options => options.Parser = new MessagePackPacketParser());

    private static async Task<RawSocket> JoinAsync(HostileServer server)
    {
        var client = await RawSocket.OpenAsync(server.Uri);
        await client.SendPacketAsync("bin:" + Connect);
        Assert.StartsWith("bin:83a474797065", await client.NextAsync(), StringComparison.Ordinal);
        return client;
    }

    private static async Task AssertUnharmedAsync(HostileServer server)
    {
        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0, "sessions back at none");
        using (await JoinAsync(server))
        {
        }

        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0 && server.Server.Of("/").Sockets.Count == 0, "sockets back at none");
        Assert.DoesNotContain(server.Host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        await server.DisposeAsync();
    }
}
