using System.IO.Compression;
using System.Text;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Little that becomes much: what a compressed message may become, at once and in time.</summary>
public sealed class InflationTests
{
    private const byte Whole = 0xC1;
    private const byte Unfinished = 0x41;

    [Theory]
    [InlineData(1)]
    [InlineData(65_000)]
    public async Task What_is_small_may_be_compressed_as_well_as_it_can(int length)
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);

        await client.SendFrameAsync(Whole, Deflated(new string('x', length)));

        await Eventually.TrueAsync(() => host.Handler.Texts.Any());
        Assert.Equal(length, host.Handler.Texts.Single().Length);
        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task A_large_message_that_compresses_as_data_do_is_taken()
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(i => $$"""{"id":{{i}},"name":"customer {{i * 7919 % 1000}}","open":true,"sum":0.00},"""));
        var sent = Deflated(text);
        Assert.InRange(text.Length / sent.Length, 5, 60);

        await client.SendFrameAsync(Whole, sent);

        await Eventually.TrueAsync(() => host.Handler.Texts.Any());
        Assert.Equal(text, host.Handler.Texts.Single());
    }

    [Theory]
    [InlineData(Whole)]
    [InlineData(Unfinished)]
    public async Task A_kilobyte_that_would_become_a_megabyte_ends_the_session_before_it_is_one(byte first)
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);
        var sent = Deflated(new string('x', 999_000));
        Assert.InRange(sent.Length, 500, 1_500);

        await client.SendFrameAsync(first, sent);

        Assert.Equal([0x88, 2, 0x03, 0xF1], await client.ReadAsync(4));
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("rejected.inflated") == 1, "rejected.inflated");
        Assert.Empty(host.Handler.Texts);
        Assert.Equal(0, host.Server.Incomplete.Bytes);
    }

    [Fact]
    public async Task The_free_part_is_shared_by_the_messages_of_a_second()
    {
        await using var host = await StartAsync();
        using var client = await ConnectAsync(host);
        var sent = Deflated(new string('x', 60_000));

        for (var i = 0; i < 4; i++)
            await client.SendFrameAsync(Whole, sent);

        // The second one is handled and then paid for.
        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("throttled.inflated") == 1);
        Assert.Equal(2, host.Handler.Texts.Count());
        for (var i = 3; i <= 4; i++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => host.Handler.Texts.Count() == i);
        }

        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task Who_wants_more_says_so()
    {
        await using var host = await StartAsync(o => o.MaxInflation = 1_100);
        using var client = await ConnectAsync(host);

        await client.SendFrameAsync(Whole, Deflated(new string('x', 999_000)));

        await Eventually.TrueAsync(() => host.Handler.Texts.Any());
        Assert.Equal(999_000, host.Handler.Texts.Single().Length);
    }

    [Fact]
    public async Task What_comes_uncompressed_is_not_counted()
    {
        await using var host = await StartAsync(o => o.MaxInflation = 1);
        using var client = await ConnectAsync(host);

        for (var i = 0; i < 3; i++)
            await client.SendTextAsync("4" + new string('x', 900_000));

        await Eventually.TrueAsync(() => host.Handler.Texts.Count() == 3);
        Assert.DoesNotContain("throttled.inflated", host.Server.Counters.Keys);
    }

    private static Task<EngineHost> StartAsync(Action<EngineOptions>? configure = null) => EngineHost.StartAsync(o =>
    {
        o.PerMessageDeflate = true;
        configure?.Invoke(o);
    });

    private static async Task<WireClient> ConnectAsync(EngineHost host)
    {
        var client = await host.UpgradeAsync("EIO=4&transport=websocket", "Sec-WebSocket-Extensions: permessage-deflate");
        await client.ReadTextAsync();
        return client;
    }

    /// <summary>A message packet as RFC 7692 has it: without the last four bytes of the flush.</summary>
    private static byte[] Deflated(string text)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes("4" + text));
            deflate.Flush();
            return compressed.ToArray()[..^4];
        }
    }
}
