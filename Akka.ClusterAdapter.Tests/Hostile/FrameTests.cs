using System.Text;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>WebSocket frames against the protocol, in a session that has joined a namespace.</summary>
public class FrameTests(HostileServer server) : IClassFixture<HostileServer>
{
    public static TheoryData<string, string, string[]> Closing => new()
    {
        { "W47 RSV1", "c18000000000", ["close:1002"] },
        { "W47 RSV2", "a18000000000", ["close:1002"] },
        { "W47 RSV3", "918000000000", ["close:1002"] },
        { "W48 unmasked", "8106343222656368", ["close:1002"] },
        { "W49 opcode 3", "838000000000", ["close:1002"] },
        { "W49 opcode 11", "8b8000000000", ["close:1002"] },
        { "W51 fragmented ping", "098000000000", ["close:1002"] },
        { "W51 ping of 126 bytes", "89fe007e00000000", ["close:1002"] },
        { "W52 continuation without start", "808000000000", ["close:1002"] },
        { "W52 text inside a fragmented text", "0182000000003432" + "8182000000003432", ["close:1002"] },
        { "W54 invalid UTF-8", "8184000000003432fffe", ["close:1007"] },
        { "W54 surrogate in UTF-8", "8185000000003432eda080", ["close:1007"] },
        { "W55 close code 999", "88820000000003e7", ["close:1002"] },
        { "W55 close code 1005", "88820000000003ed", ["close:1002"] },
        { "W55 close of one byte", "88810000000003", ["close:1002"] },
        { "W55 close reason with invalid UTF-8", "88840000000003e8fffe", ["close:1002", "close:1007"] },
        { "W45 a length beyond any integer", "81ffffffffffffffffff00000000", ["close:1002", "close:1009", "cut"] },
        { "a good close", "88820000000003e8", ["close:1000"] },
        { "a close without code", "888000000000", ["close:"] },
    };

    [Theory]
    [MemberData(nameof(Closing))]
    public async Task It_closes_the_connection(string what, string hex, string[] allowed)
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);

        await client.SendAsync(Convert.FromHexString(hex));

        // The framework cuts some connections without a close frame; either way they are over.
        var frames = await client.ReadFramesToEndAsync();
        Assert.Single(frames);
        Assert.True(frames[0] == "cut" || allowed.Contains(frames[0]), what + ": " + frames[0]);
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(1_000_001)]
    [InlineData(1_100_000)]
    public async Task W45_a_frame_beyond_the_limit_is_too_big(int length)
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);

        await client.SendFrameAsync(0x81, Encoding.ASCII.GetBytes("42[\"echo\"," + new string('1', length - 11) + "]"));

        Assert.Equal(["close:1009"], await client.ReadFramesToEndAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task W45_many_fragments_beyond_the_limit_are_too_big()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var fragment = new byte[100_000];
        Array.Fill(fragment, (byte)'4');

        for (var i = 0; i < 11; i++)
            await client.SendFrameAsync((byte)(i == 0 ? 0x01 : 0x00), fragment);

        Assert.Equal(["close:1009"], await client.ReadFramesToEndAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task W56_a_fragmented_message_works()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);

        await client.SendFrameAsync(0x01, "42[\"ec"u8.ToArray());
        await client.SendFrameAsync(0x89, "ping between"u8.ToArray());
        await client.SendFrameAsync(0x00, []);
        await client.SendFrameAsync(0x80, "ho\",\"frag\"]"u8.ToArray());

        Assert.Equal("frame:8a:" + Convert.ToHexStringLower("ping between"u8), await client.NextAsync());
        Assert.Equal("42[\"echo\",\"frag\"]", await client.NextAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Wping_a_flood_of_pings_is_cut_off()
    {
        using var client = await RawSocket.ConnectAsync(server.Uri);
        var pings = Enumerable.Repeat(Engine.WireClient.Frame(0x89, "p"u8.ToArray()), 10_000).SelectMany(frame => frame).ToArray();

        try
        {
            await client.SendAsync(pings);
        }
        catch (IOException)
        {
        }

        var frames = await client.ReadToEndAsync();
        Assert.InRange(frames.Length, 0, 3 * 1_000);
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_a_frame_is_gone()
    {
        using (var client = await RawSocket.ConnectAsync(server.Uri))
            await client.SendAsync(0x81, 0xFE, 0x10);

        await server.AssertUnharmedAsync();
    }
}
