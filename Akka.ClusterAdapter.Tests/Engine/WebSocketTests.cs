using System.Text;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class WebSocketTests
{
    [Fact]
    public async Task A_message_of_exactly_the_limit_is_accepted()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPayload = 100_000);
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync(new string('4', 100_000));

        await Eventually.TrueAsync(() => host.Handler.Messages.Any(m => m.Data.Length == 99_999));
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_answered_1009_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync(new string('4', 1_100_000));

        Assert.Equal([0x88, 2, 0x03, 0xF1], await client.ReadAsync(4));
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_in_many_fragments_is_answered_1009()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPayload = 1_000);
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(0x01, Encoding.ASCII.GetBytes(new string('4', 600)));
        await client.SendFrameAsync(0x00, Encoding.ASCII.GetBytes(new string('4', 600)));

        Assert.Equal([0x88, 2, 0x03, 0xF1], await client.ReadAsync(4));
    }

    [Theory]
    [InlineData(new byte[] { 0xC1, 0x81, 0, 0, 0, 0, (byte)'4' })]
    [InlineData(new byte[] { 0xA1, 0x81, 0, 0, 0, 0, (byte)'4' })]
    [InlineData(new byte[] { 0x81, 0x05, (byte)'4', (byte)'h', (byte)'e', (byte)'l', (byte)'l' })]
    [InlineData(new byte[] { 0x83, 0x81, 0, 0, 0, 0, (byte)'4' })]
    [InlineData(new byte[] { 0x09, 0x80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x80, 0x81, 0, 0, 0, 0, (byte)'4' })]
    [InlineData(new byte[] { 0x81, 0x84, 0, 0, 0, 0, 0x34, 0x32, 0xFF, 0xFE })]
    [InlineData(new byte[] { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE7 })]
    [InlineData(new byte[] { 0x88, 0x81, 0, 0, 0, 0, 0x03 })]
    [InlineData(new byte[] { 0x74, 0x65, 0x73, 0x74, 0x74, 0x65, 0x73, 0x74 })]
    public async Task A_frame_against_the_protocol_ends_the_connection_and_the_session(byte[] frame)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendAsync(frame);

        await client.ReadToEndAsync();
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task Fewer_bytes_than_a_frame_s_header_are_reaped_by_the_heartbeat()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        await client.SendAsync(0x74, 0x65, 0x73, 0x74);

        host.Advance(TimeSpan.FromSeconds(47));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
    }

    [Fact]
    public async Task A_message_in_fragments_is_one_message()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(0x01, Encoding.ASCII.GetBytes("42[\"ec"));
        await client.SendFrameAsync(0x89, []);
        await client.SendFrameAsync(0x80, Encoding.ASCII.GetBytes("ho\",\"frag\"]"));

        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("2[\"echo\",\"frag\"]"));
        Assert.Equal([0x8A, 0], await client.ReadAsync(2));
    }

    [Fact]
    public async Task A_binary_frame_is_a_message()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendBinaryAsync(1, 2, 3);
        await client.SendBinaryAsync();

        await Eventually.TrueAsync(() => host.Handler.Messages.Count == 2);
        Assert.Equal([([1, 2, 3], true), ([], true)], host.Handler.Messages);
    }

    [Fact]
    public async Task A_text_frame_with_base64_is_a_binary_message()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("bAQIDBA==");

        await Eventually.TrueAsync(() => !host.Handler.Messages.IsEmpty);
        Assert.True(host.Handler.Messages.Single().IsBinary);
        Assert.Equal([1, 2, 3, 4], host.Handler.Messages.Single().Data);
    }

    [Theory]
    [InlineData("9", CloseReason.ParseError)]
    [InlineData("x", CloseReason.ParseError)]
    [InlineData("", CloseReason.ParseError)]
    [InlineData("bA*==", CloseReason.ParseError)]
    [InlineData("2", CloseReason.TransportError)]
    [InlineData("2probe", CloseReason.TransportError)]
    public async Task A_packet_that_makes_no_sense_ends_the_session(string packet, CloseReason reason)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync(packet);

        Assert.Equal(reason, await host.EndAsync());
        Assert.Equal([0x88, 0], await client.ReadAsync(2));
    }

    [Fact]
    public async Task Packets_without_a_meaning_here_are_ignored()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        foreach (var packet in (string[])["0{}", "6", "5", "3", "3", "4still here"])
            await client.SendTextAsync(packet);

        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("still here"));
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Fact]
    public async Task A_message_packet_without_data_is_an_empty_message()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4");

        await Eventually.TrueAsync(() => !host.Handler.Messages.IsEmpty);
        Assert.Empty(host.Handler.Messages.Single().Data);
    }

    [Fact]
    public async Task A_message_begun_and_not_finished_in_time_cuts_the_connection()
    {
        await using var host = await EngineHost.StartAsync(o => o.PingInterval = TimeSpan.FromMinutes(5));
        using var client = await host.WebSocketAsync();
        await client.SendAsync(WireClient.Frame(0x81, new byte[100])[..50]);
        await client.SendAsync([]);

        // The server must have begun to read it before time goes by.
        await Eventually.TrueAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            return !host.Handler.Ends.IsEmpty;
        });

        Assert.Equal(CloseReason.TransportError, host.Handler.Ends.Single());
        Assert.True(host.Time.GetUtcNow() >= new DateTimeOffset(2026, 1, 1, 0, 0, 30, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_slow_stream_of_whole_messages_is_not_cut()
    {
        await using var host = await EngineHost.StartAsync(o => o.PingInterval = TimeSpan.FromMinutes(5));
        using var client = await host.WebSocketAsync();
        await client.SendTextAsync("4a");
        await Eventually.TrueAsync(() => host.Handler.Messages.Count == 1);

        host.Advance(TimeSpan.FromSeconds(60));
        await client.SendTextAsync("4b");

        await Eventually.TrueAsync(() => host.Handler.Messages.Count == 2);
    }

    [Fact]
    public async Task A_flood_of_pings_is_answered_a_hundred_times_then_cut_off()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendAsync(Enumerable.Repeat(WireClient.Frame(0x89, []), 1_000).SelectMany(f => f).ToArray());

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.True((await client.ReadToEndAsync()).Length <= 2 * 100);
    }

    [Fact]
    public async Task Many_unsolicited_pongs_change_nothing()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendAsync(Enumerable.Repeat(WireClient.Frame(0x81, [(byte)'3']), 100_000).SelectMany(f => f).ToArray());
        await client.SendTextAsync("4after");

        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("after"));
        host.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2", await client.ReadTextAsync());
    }
}
