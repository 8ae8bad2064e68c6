using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Protocol;

/// <summary>
/// Golden bytes made by socket.io-msgpack-parser 3.0.2; msgpack-golden.mjs prints them (and checks that the package reads the ones servers send).
/// </summary>
public class MessagePackInteropTests
{
    private readonly MessagePackPacketParser _parser = new();

    public static TheoryData<string, string, string, long?> FromClients => new()
    {
        { "event", "83a47479706502a46461746194a568656c6c6f01a374776f81a5746872656593c0c3d40000a36e7370a12f", "[1,\"two\",{\"three\":[null,true,null]}]", null },
        {
            "event with options",
            "84a47479706502a46461746194a568656c6c6f01a374776f81a5746872656593c0c3d40000a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "[1,\"two\",{\"three\":[null,true,null]}]",
            null
        },
        {
            "event with ack",
            "85a47479706502a46461746195a361736bffcb3ff8000000000000cf0000000100000000d3fffffffeffffffffa76f7074696f6e7381a8636f6d7072657373c3a2696400a36e"
            + "7370a12f",
            "[-1,1.5,4294967296,-4294967297]",
            0
        },
        {
            "binary",
            "83a47479706502a46461746193a362696ec40301020382a5696e6e6572c702000405a36f6e65c7010006a36e7370a12f",
            "[\"AQID\",{\"inner\":\"BAU=\",\"one\":\"Bg==\"}]",
            null
        },
        {
            "date",
            "83a47479706502a46461746193a464617465d7000000018bcfe5687bd700ffffffffffffffffa36e7370a12f",
            "[\"2023-11-14T22:13:20.123Z\",\"1969-12-31T23:59:59.999Z\"]",
            null
        },
        { "not numbers", "83a47479706502a46461746193a36e616ecb7ff8000000000000cb7ff0000000000000a36e7370a12f", "[null,null]", null },
    };

    public static TheoryData<string, PacketType, string, long?, object?[]?> FromServers => new()
    {
        { "83a47479706500a46461746181a3736964a3616263a36e7370a62f61646d696e", PacketType.Connect, "/admin", null, [new { sid = "abc" }] },
        { "82a47479706501a36e7370a12f", PacketType.Disconnect, "/", null, null },
        {
            "83a47479706502a4646174619ca568656c6c6fc0c3c27fcc80ce00010000e0d0dfd2fffeee90cb3ff4000000000000a95a6fc3ab20f09f9880a36e7370a12f",
            PacketType.Event, "/", null, ["hello", null, true, false, 127, 128, 65536, -32, -33, -70000, 1.25, "Zoë 😀"]
        },
        {
            "84a47479706502a46461746194a56c61726765cf001fffffffffffffd3ffe0000000000001d92878787878787878787878787878787878787878787878787878787878787878787878"
            + "787878787878a36e7370a12fa26964ce00011170",
            PacketType.Event, "/", 70000, ["large", 9_007_199_254_740_991, -9_007_199_254_740_991, new string('x', 40)]
        },
        {
            "83a47479706502a46461746192a66e657374656483a56974656d739281a269640181a2696402a5656d70747980a46e6f6e6590a36e7370a12f",
            PacketType.Event, "/", null, ["nested", new { items = new[] { new { id = 1 }, new { id = 2 } }, empty = new { }, none = Array.Empty<int>() }]
        },
        {
            "83a47479706502a46461746193a362696ec40301020381a5696e6e6572c400a36e7370a12f",
            PacketType.Event, "/", null, ["bin", new byte[] { 1, 2, 3 }, new { inner = Array.Empty<byte>() }]
        },
        { "84a47479706503a46461746190a36e7370a12fa2696400", PacketType.Ack, "/", 0, [] },
        { "83a47479706504a46461746181a76d657373616765ae4e6f7420617574686f72697a6564a36e7370a12f", PacketType.ConnectError, "/", null, [
            new { message = "Not authorized" },
        ] },
    };

    [Theory]
    [MemberData(nameof(FromClients))]
    public void Event_of_a_client_is_read(string what, string hex, string json, long? id)
    {
        var packet = Decode(hex);

        var arguments = Enumerable.Range(0, packet.Arguments.Count).Select(packet.Arguments.Get<JsonElement>);
        Assert.Equal(new PacketHeader(PacketType.Event, "/", id), packet.Header);
        Assert.True(json == JsonSerializer.Serialize(arguments), what);
    }

    [Theory]
    [MemberData(nameof(FromServers))]
    public void Packet_for_a_client_has_the_very_bytes_of_the_original(string hex, PacketType type, string name, long? id, object?[]? values)
    {
        var packet = _parser.Encode(new PacketHeader(type, name, id), values is null ? null : _parser.Body(values));

        Assert.Equal(hex, Convert.ToHexStringLower(packet.Head.Span));
        Assert.False(packet.IsText);
        Assert.Empty(packet.Attachments);
    }

    [Fact]
    public void Connect_whose_payload_is_undefined_has_none()
    {
        var packet = Decode("84a47479706500a464617461d40000a76f7074696f6e73d40000a36e7370a12f");

        Assert.Equal(new PacketHeader(PacketType.Connect, "/"), packet.Header);
        Assert.Equal(0, packet.Arguments.Count);
    }

    [Fact]
    public void Undefined_members_are_absent()
    {
        var packet = Decode("83a47479706500a46461746182a5746f6b656ea3313233a56578747261d40000a36e7370a62f61646d696e");

        Assert.Equal(new PacketHeader(PacketType.Connect, "/admin"), packet.Header);
        Assert.Equal(["token"], packet.Arguments.Get<Dictionary<string, string>>(0)!.Keys);
    }

    [Fact]
    public void Disconnect_is_read()
    {
        var packet = Decode("82a47479706501a36e7370a62f61646d696e");

        Assert.Equal(new PacketHeader(PacketType.Disconnect, "/admin"), packet.Header);
    }

    [Fact]
    public void Answer_is_read()
    {
        var packet = Decode("84a47479706503a46461746191a26f6ba26964cd012ca36e7370a32fc3a9");

        Assert.Equal(new PacketHeader(PacketType.Ack, "/é", 300), packet.Header);
        Assert.Equal("ok", packet.Arguments.Get<string>(0));
    }

    [Fact]
    public void Buffers_and_typed_arrays_are_binary()
    {
        var packet = Decode("83a47479706502a46461746193a362696ec40301020382a5696e6e6572c702000405a36f6e65c7010006a36e7370a12f");

        var inner = packet.Arguments.Get<Dictionary<string, byte[]>>(1)!;

        Assert.Equal([1, 2, 3], packet.Arguments.Get<byte[]>(0));
        Assert.Equal([4, 5], inner["inner"]);
        Assert.Equal([6], inner["one"]);
    }

    [Fact]
    public void Dates_can_be_read_as_dates()
    {
        var packet = Decode("83a47479706502a46461746193a464617465d7000000018bcfe5687bd700ffffffffffffffffa36e7370a12f");

        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), packet.Arguments.Get<DateTimeOffset>(0));
    }

    private Packet Decode(string hex) => _parser.Decoder().Add(Convert.FromHexString(hex), isBinary: true)!;
}
