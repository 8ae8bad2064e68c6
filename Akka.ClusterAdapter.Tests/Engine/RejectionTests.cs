using System.Net.Http.Headers;
using System.Text;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>What ends a session for what its client did is counted once, under its reason.</summary>
public sealed class RejectionTests
{
    [Theory]
    [InlineData("abc", "rejected.bad-packet")]
    [InlineData("2", "rejected.ping-direction")]
    [InlineData("b!", "rejected.base64")]
    [InlineData("6\u001e6\u001e6\u001e6", "rejected.too-many-packets")]
    [InlineData("4much too long for a limit of thirty", "rejected.message-too-large")]
    public async Task A_POST_is_counted(string body, string counter)
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxPacketsPerPayload, o.MaxPayload) = (3, 30));
        var client = await host.PollAsync();

        using var answer = await client.PostAsync(body);

        await AssertCountedAsync(host, counter);
    }

    [Fact]
    public async Task Invalid_UTF8_in_a_POST_is_counted()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync([(byte)'4', 0xFF]);

        await AssertCountedAsync(host, "rejected.utf-8");
    }

    [Fact]
    public async Task An_octet_stream_is_counted()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var content = new ByteArrayContent("4x"u8.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        using var answer = await host.SendAsync(HttpMethod.Post, client.Query, content);

        await AssertCountedAsync(host, "rejected.octet-stream");
    }

    [Fact]
    public async Task A_second_poll_is_counted()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var first = await client.PendAsync();

        using var second = await client.GetAsync();

        await AssertCountedAsync(host, "rejected.overlap");
        (await first).Dispose();
    }

    [Theory]
    [InlineData(0x81, "abc", "rejected.bad-packet")]
    [InlineData(0x81, "", "rejected.bad-packet")]
    [InlineData(0x81, "2", "rejected.ping-direction")]
    [InlineData(0x81, "4much too long for a limit of thirty", "rejected.message-too-large")]
    [InlineData(0x83, "", "rejected.bad-frame")]
    [InlineData(0x81, "4\u00ff", "rejected.bad-frame")]
    public async Task A_frame_is_counted(byte first, string payload, string counter)
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPayload = 30);
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(first, Encoding.Latin1.GetBytes(payload));

        await AssertCountedAsync(host, counter);
    }

    [Fact]
    public async Task A_flood_of_pings_is_counted()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPongsPerSecond = 3);
        using var client = await host.WebSocketAsync();

        for (var i = 0; i < 4; i++)
            await client.SendFrameAsync(0x89, []);

        await AssertCountedAsync(host, "rejected.ping-flood");
        Assert.InRange((await client.ReadToEndAsync()).Length, 0, 3 * 2);
    }

    [Fact]
    public async Task A_message_that_takes_too_long_is_counted()
    {
        await using var host = await EngineHost.StartAsync(o => o.PingTimeout = TimeSpan.FromHours(1));
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(0x01, "4be"u8.ToArray());

        // The server may not have begun to read when the clock moves on.
        await Eventually.TrueAsync(() =>
        {
            host.Advance(TimeSpan.FromSeconds(5));
            return host.Server.SessionCount == 0;
        }, "the session's end");
        await AssertCountedAsync(host, "rejected.slow-message");
    }

    [Fact]
    public async Task What_a_client_does_on_its_own_account_is_no_rejection()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        (await polling.PostAsync("1")).Dispose();
        using (var leaving = await host.WebSocketAsync())
            await leaving.SendTextAsync("1");
        using (var closing = await host.WebSocketAsync())
            await closing.SendFrameAsync(0x88, []);
        using (await host.WebSocketAsync())
        {
        }

        await Eventually.TrueAsync(() => host.Server.SessionCount == 0);

        Assert.DoesNotContain(host.Server.Counters.Keys, name => name.StartsWith("rejected.", StringComparison.Ordinal));
    }

    private static async Task AssertCountedAsync(EngineHost host, string counter)
    {
        await host.EndAsync();
        await Eventually.TrueAsync(() => host.Server.Counters.Keys.Any(name => name.StartsWith("rejected.", StringComparison.Ordinal)), "counted");
        Assert.Equal(
            [(counter, 1L)],
            host.Server.Counters.Where(count => count.Key.StartsWith("rejected.", StringComparison.Ordinal)).Select(count => (count.Key, count.Value)));
    }
}
