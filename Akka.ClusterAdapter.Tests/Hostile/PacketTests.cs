using System.Text;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Engine.IO and Socket.IO packets that no honest client sends, over both transports.</summary>
public class PacketTests(HostileServer server) : IClassFixture<HostileServer>
{
    private static readonly string Name257 = new('n', 257);

    public static TheoryData<string, string[]> Closing => new()
    {
        { "W03 unknown engine packet", ["9"] },
        { "W03 letter", ["x"] },
        { "W03 upper case", ["B123"] },
        { "W05 ping in the wrong direction", ["2"] },
        { "W05 probe without upgrade", ["2probe"] },
        { "W10 unknown packet type", ["49"] },
        { "W10 type after six", ["47"] },
        { "W10 letter as type", ["4a"] },
        { "W10 minus", ["4-1[]"] },
        { "W10 blank", ["4 2[\"echo\"]"] },
        { "W11 empty message", ["4"] },
        { "W12 event without payload", ["42"] },
        { "W12 event with id only", ["4212"] },
        { "W13 event without name", ["42[]"] },
        { "W14 object", ["42{}"] },
        { "W15 null name", ["42[null]"] },
        { "W15 true as name", ["42[true]"] },
        { "W15 object as name", ["42[{\"a\":1}]"] },
        { "W15 array as name", ["42[[\"echo\"]]"] },
        { "W15 string", ["42\"echo\""] },
        { "W15 number", ["42/,5"] },
        { "W23 array as auth", ["40[1]"] },
        { "W23 string as auth", ["40\"abc\""] },
        { "W23 null as auth", ["40null"] },
        { "W23 broken auth", ["40{\"a\":"] },
        { "W27 namespace not joined", ["42/nope,[\"x\"]"] },
        { "W27 known namespace not joined", ["42/custom,[\"echo\"]"] },
        { "W27 leaving a namespace not joined", ["41/custom,"] },
        { "W27 answer for a namespace not joined", ["43/custom,1[]"] },
        { "W29 namespace of 10,000", ["40/" + new string('a', 10_000) + ","] },
        { "W29 namespace of 257", ["40/" + new string('a', 256) + ","] },
        { "W30 disconnect with payload", ["41[1]"] },
        { "W31 connect error from a client", ["44{\"message\":\"x\"}"] },
        { "W31 connect error as text", ["44\"x\""] },
        { "W34 answer that is no array", ["431{}"] },
        { "W34 answer without payload", ["431"] },
        { "W37 no attachment, then one", ["450-[\"nobody\"]", "bin:01"] },
        { "W38 too many attachments", ["4511-[\"echo\"]"] },
        { "W38 absurdly many", ["4599999999999-[\"echo\"]"] },
        { "W38 beyond any integer", ["45" + new string('9', 400) + "-[\"echo\"]"] },
        { "W39 nothing behind the type", ["45"] },
        { "W39 no dash", ["451"] },
        { "W40 letter as count", ["45-[\"x\"]"] },
        { "W40 letter as count", ["45x-[\"x\"]"] },
        { "W40 negative", ["45-1-[\"echo\"]"] },
        { "W40 fraction", ["451.5-[\"echo\"]"] },
        { "W40 exponent", ["451e0-[\"echo\"]"] },
        { "W40 hexadecimal", ["450x1-[\"echo\"]"] },
        { "W41 text instead of an attachment", ["451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "42[\"echo\"]"] },
        { "W41 connect instead of an attachment", ["451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "40/custom,"] },
        { "W42 attachment nobody announced", ["bin:0102"] },
        { "W42 empty attachment nobody announced", ["bin:"] },
        { "W43a beyond the last", ["451-[\"echo\",{\"_placeholder\":true,\"num\":5}]", "bin:01"] },
        { "W43a text as number", ["451-[\"echo\",{\"_placeholder\":true,\"num\":\"splice\"}]", "bin:01"] },
        { "W43a __proto__", ["451-[\"echo\",{\"_placeholder\":true,\"num\":\"__proto__\"}]", "bin:01"] },
        { "W43b negative", ["451-[\"echo\",{\"_placeholder\":true,\"num\":-1}]", "bin:01"] },
        { "W43b fraction", ["451-[\"echo\",{\"_placeholder\":true,\"num\":0.5}]", "bin:01"] },
        { "W43b huge", ["451-[\"echo\",{\"_placeholder\":true,\"num\":1e300}]", "bin:01"] },
        { "ack id beyond 2^53", ["429007199254740993[\"message-with-ack\"]"] },
        { "ack id of 400 digits", ["42" + new string('1', 400) + "[\"message-with-ack\"]"] },
        { "answer with an id of 400 digits", ["43" + new string('1', 400) + "[]"] },
        { "J5 65 arrays", ["42" + new string('[', 65) + new string(']', 65)] },
        { "J9 byte order mark", ["txt:3432EFBBBF5B226563686F225D"] },
        { "J9 comment", ["42[\"echo\"/* */]"] },
        { "J9 trailing comma", ["42[\"echo\",]"] },
        { "J9 single quotes", ["42['echo']"] },
        { "J9 something behind", ["42[\"echo\"]x"] },
        { "J9 two values", ["42[\"echo\"][\"echo\"]"] },
        { "J9 NaN", ["42[\"echo\",NaN]"] },
        { "J9 unfinished", ["42[\"echo\""] },
        { "J9 control character", ["42[\"echo\",\"\u0001\"]"] },
    };

    public static TheoryData<string, string[], string[]> Surviving => new()
    {
        { "W06 pongs nobody asked for", ["3", "3", "3", "3probe"], [] },
        { "W07 open from a client", ["0{}"], [] },
        { "W08 noop", ["6"], [] },
        { "W09 upgrade without probe", ["5"], [] },
        { "W17 number as name", ["42[1,2]", "42[1.5]", "42[-0]"], [] },
        { "W19 error is a name", ["42[\"error\",\"x\"]", "42[\"connection\"]", "42[\"__proto__\"]", "42[\"constructor\"]"], [] },
        { "W24 unknown namespace", ["40/nope,"], ["44/nope,{\"message\":\"Invalid namespace\"}"] },
        { "W24 __proto__", ["40/__proto__,"], ["44/__proto__,{\"message\":\"Invalid namespace\"}"] },
        { "W24 with a query", ["40/custom?x=1,"], ["44/custom?x=1,{\"message\":\"Invalid namespace\"}"] },
        { "W24 other case", ["40/Custom,"], ["44/Custom,{\"message\":\"Invalid namespace\"}"] },
        { "W25 refused by a middleware", ["40/admin,{}"], ["44/admin,{\"message\":\"denied\",\"data\":{\"code\":7}}"] },
        { "W25 again and again", ["40/admin,", "40/admin,"], [
            "44/admin,{\"message\":\"denied\",\"data\":{\"code\":7}}", "44/admin,{\"message\":\"denied\",\"data\":{\"code\":7}}"
        ] },
        { "W29 namespace of 256", ["40/" + new string('a', 255) + ","], ["44/" + new string('a', 255) + ",{\"message\":\"Invalid namespace\"}"] },
        { "W32 answer nobody waits for", ["43999[]", "430[1,2]", "439007199254740991[]"], [] },
        { "W33 answer without id", ["43[]"], [] },
        { "W37 no attachment", ["450-[\"echo\",1]"], ["42[\"echo\",1]"] },
        { "W43e attachment nobody refers to", ["451-[\"echo\",\"x\"]", "bin:01"], ["42[\"echo\",\"x\"]"] },
        { "W43f placeholder in a plain event", ["42[\"echo\",{\"_placeholder\":true,\"num\":0}]"], ["42[\"echo\",{\"_placeholder\":true,\"num\":0}]"] },
        { "N1 zero in the name", ["42[\"a\\u0000b\"]"], [] },
        { "N1 empty name", ["42[\"\",1]"], [] },
        { "N1 name of 256", ["42[\"" + new string('n', 256) + "\"]"], [] },
        { "J7 missing argument", ["421[\"typed\",1]"], [] },
        { "J7 wrong types", ["421[\"typed\",{},[]]", "422[\"typed\",\"x\",\"y\"]", "423[\"typed\",1.5,\"y\"]", "424[\"typed\",99999999999,\"y\"]"], [] },
        { "J5 62 arrays", ["42[\"echo\"," + new string('[', 62) + new string(']', 62) + "]"], [
            "42[\"echo\"," + new string('[', 62) + new string(']', 62) + "]",
        ] },
        { "ack id 2^53-1", ["429007199254740991[\"message-with-ack\",1]"], ["439007199254740991[1]"] },
        { "ack id 0", ["420[\"message-with-ack\"]"], ["430[]"] },
        { "same ack id twice", ["421[\"message-with-ack\",1]", "421[\"message-with-ack\",2]"], ["431[1]", "431[2]"] },
        { "duplicate keys", ["42[\"echo\",{\"a\":1,\"a\":2}]"], ["42[\"echo\",{\"a\":1,\"a\":2}]"] },
        { "large integers", ["42[\"echo\",123456789012345678901234567890]"], ["42[\"echo\",123456789012345678901234567890]"] },
        { "W18 connect", ["42[\"connect\"]"], [] },
        { "W18 disconnect", ["42[\"disconnect\"]"], [] },
        { "W18 disconnecting", ["42[\"disconnecting\",1]"], [] },
        { "W18 connect_error", ["42[\"connect_error\"]"], [] },
        { "W18 newListener", ["42[\"newListener\"]"], [] },
        { "W18 removeListener", ["42[\"removeListener\"]"], [] },
        { "W18 escaped", ["42[\"dis\\u0063onnect\"]"], [] },
        { "W18 in a binary event", ["451-[\"disconnect\",{\"_placeholder\":true,\"num\":0}]", "bin:01"], [] },
        { "N1 event name of 257", ["42[\"" + Name257 + "\"]"], [] },
        { "N1 event name of 64 kB", ["42[\"" + new string('n', 65_536) + "\"]"], [] },
        { "J1 in an answer", ["431[\"\\ud800\"]"], [] },
        { "J5 64 arrays behind the name", ["42[\"echo\"," + new string('[', 64) + new string(']', 64) + "]"], [] },
        { "J5 5,000 arrays", ["42[\"echo\"," + new string('[', 5_000) + new string(']', 5_000) + "]"], [] },
        { "J9 infinite number", ["42[\"echo\",1e400]"], [] },
        { "J1 lone surrogate", ["42[\"echo\",\"\\ud800\"]"], ["42[\"echo\",\"\\ufffd\"]"] },
        { "J1 lone low surrogate", ["42[\"echo\",\"a\\udc00b\"]"], ["42[\"echo\",\"a\\ufffdb\"]"] },
        { "J1 in a key", ["42[\"echo\",{\"\\ud800\":1}]"], ["42[\"echo\",{\"\\ufffd\":1}]"] },
        { "J1 in the name", ["42[\"\\ud800\"]"], [] },
        { "W22 second connect", ["40"], [] },
        { "W22 second connect, slash", ["40/,"], [] },
        { "J5 5,000 objects in auth", ["40/custom," + string.Concat(Enumerable.Repeat("{\"a\":", 5_000)) + "1" + new string('}', 5_000)], [
            "44/custom,{\"message\":\"Invalid auth payload\"}",
        ] },
        { "J9 infinite number in auth", ["40/custom,{\"a\":1e400}"], ["44/custom,{\"message\":\"Invalid auth payload\"}"] },
        {
            "W41 attachments of an event that is dropped",
            ["452-[\"disconnect\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]", "bin:01", "bin:02"],
            []
        },
        { "J1 in a binary event", ["451-[\"echo\",\"\\ud800\"]", "bin:01"], ["42[\"echo\",\"\\ufffd\"]"] },
        { "J1 two halves that are no pair", ["42[\"echo\",\"\\ude00\\ud83d\"]"], ["42[\"echo\",\"\\ufffd\\ufffd\"]"] },
        { "J1 that only looks like one", ["42[\"echo\",\"\\\\ud800\"]"], ["42[\"echo\",\"\\\\ud800\"]"] },
        { "paired surrogates", ["42[\"echo\",\"\\ud83d\\ude00\"]"], ["42[\"echo\",\"\\ud83d\\ude00\"]"] },
    };

    [Theory]
    [MemberData(nameof(Closing))]
    public async Task It_closes_a_WebSocket_that_has_joined(string what, string[] packets)
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);

        foreach (var packet in packets)
            await client.SendPacketAsync(packet);

        Assert.True(await client.ReadFramesToEndAsync() is ["close:"], what);
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(Closing))]
    public async Task It_closes_a_polling_session_that_has_joined(string what, string[] packets)
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        var (status, _) = await client.PostAsync(Payload(packets));

        Assert.Equal("OK", status.ToString());
        Assert.True(await client.PollToEndAsync() is [], what);
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(Surviving))]
    public async Task It_leaves_a_WebSocket_as_it_was(string what, string[] packets, string[] answers)
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);

        foreach (var packet in packets.Append("42[\"echo\",\"alive\"]"))
            await client.SendPacketAsync(packet);

        foreach (var answer in answers.Append("42[\"echo\",\"alive\"]"))
            Assert.Equal((what, answer), (what, await client.NextAsync()));
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(Surviving))]
    public async Task It_leaves_a_polling_session_as_it_was(string what, string[] packets, string[] answers)
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        await client.PostAsync(Payload([.. packets, "42[\"echo\",\"alive\"]"]));

        Assert.Equal((what, string.Join('\u001e', answers.Append("42[\"echo\",\"alive\"]"))), (what, await client.PollAsync()));
        await client.PostAsync("1");
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("42[\"echo\",1]")]
    [InlineData("41")]
    [InlineData("430[]")]
    [InlineData("44{\"message\":\"x\"}")]
    [InlineData("40/")]
    public async Task W02_only_a_connect_is_welcome_first(string packet)
    {
        using var client = await RawSocket.OpenAsync(server.Uri);

        await client.SendPacketAsync(packet);

        var first = await client.NextAsync();
        Assert.True(packet == "40/" ? first.StartsWith("40{", StringComparison.Ordinal) : first == "close:", first);
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task W06_a_hundred_thousand_pongs_are_nothing()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var pongs = Enumerable.Repeat(Engine.WireClient.Frame(0x81, "3"u8.ToArray()), 1_000).SelectMany(frame => frame).ToArray();

        for (var i = 0; i < 100; i++)
            await client.SendAsync(pongs);
        await client.SendPacketAsync("42[\"echo\",\"alive\"]");

        Assert.Equal("42[\"echo\",\"alive\"]", await client.NextAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task J8_half_a_million_empty_objects_are_echoed_or_refused_as_a_whole()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var packet = "42[\"echo\",[" + string.Join(',', Enumerable.Repeat("{}", 330_000)) + "]]";

        await client.SendPacketAsync(packet);

        Assert.Equal(packet, await client.NextAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Ten_attachments_are_the_most()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var places = string.Join(',', Enumerable.Range(0, 10).Select(n => $"{{\"_placeholder\":true,\"num\":{n}}}"));

        await client.SendPacketAsync($"4510-[\"echo\",{places}]");
        for (var i = 0; i < 10; i++)
            await client.SendPacketAsync($"bin:0{i}");

        Assert.Equal($"4510-[\"echo\",{places}]", await client.NextAsync());
        for (var i = 0; i < 10; i++)
            Assert.Equal($"bin:0{i}", await client.NextAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task One_attachment_that_is_referred_to_many_times_goes_out_once()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var places = string.Join(',', Enumerable.Repeat("{\"_placeholder\":true,\"num\":0}", 20_000));

        await client.SendPacketAsync($"451-[\"echo\",{places}]");
        await client.SendFrameAsync(0x82, new byte[100_000]);

        Assert.Equal($"451-[\"echo\",{places}]", await client.NextAsync());
        Assert.Equal("bin:" + new string('0', 200_000), await client.NextAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    private static byte[] Payload(string[] packets)
    {
        var payload = new List<byte>();
        foreach (var packet in packets)
        {
            if (payload.Count > 0)
                payload.Add(0x1e);
            payload.AddRange(packet switch
            {
                _ when packet.StartsWith("bin:", StringComparison.Ordinal) =>
                    Encoding.ASCII.GetBytes("b" + Convert.ToBase64String(Convert.FromHexString(packet[4..]))),
                _ when packet.StartsWith("txt:", StringComparison.Ordinal) => Convert.FromHexString(packet[4..]),
                _ => Encoding.UTF8.GetBytes(packet),
            });
        }

        return [.. payload];
    }
}
