using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class HandshakeTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_session_s_time_is_that_of_its_request_however_long_hooks_take(string transport)
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = await EngineHost.StartAsync(
            options =>
            {
                options.AllowRequest = _ =>
                {
                    time.Advance(TimeSpan.FromSeconds(2));
                    return new ValueTask<string?>((string?)null);
                };
                options.OnHandshake = (_, _) =>
                {
                    time.Advance(TimeSpan.FromSeconds(5));
                    return ValueTask.CompletedTask;
                };
            },
            time: time);
        var arrived = time.GetUtcNow();

        var sid = transport == "polling" ? (await host.PollAsync()).Sid : (await host.WebSocketAsync()).Sid;

        Assert.Equal(arrived, host.Session(sid).Request.Time);
        Assert.Equal(arrived + TimeSpan.FromSeconds(7), time.GetUtcNow());
    }

    [Fact]
    public async Task Polling_answers_with_the_open_packet()
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        var body = await answer.Content.ReadAsStringAsync();
        Assert.Matches(
            new Regex("^0\\{\"sid\":\"[\\w-]{20}\",\"upgrades\":\\[\"websocket\"\\],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000\\}$"),
            body);
    }

    [Fact]
    public async Task Polling_answer_has_the_exact_headers()
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal("text/plain; charset=UTF-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal((await answer.Content.ReadAsByteArrayAsync()).Length, answer.Content.Headers.ContentLength);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task WebSocket_begins_with_101_and_the_open_packet()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", head);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head);
        Assert.Matches("^0\\{\"sid\":\"[\\w-]{20}\",\"upgrades\":\\[\\],\"pingInterval\":25000,", await client.ReadTextAsync());
    }

    [Fact]
    public async Task Messages_go_both_ways_over_polling()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text + "!")));
        var client = await host.PollAsync();

        using var ok = await client.PostAsync("4hello\u001e4world");

        Assert.Equal("ok", await ok.Content.ReadAsStringAsync());
        Assert.Equal("4hello!\u001e4world!", await client.PollAsync());
    }

    [Fact]
    public async Task Messages_go_both_ways_over_WebSocket()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text + "!")));
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4123");

        Assert.Equal([0x81, 5, (byte)'4', (byte)'1', (byte)'2', (byte)'3', (byte)'!'], await client.ReadAsync(7));
    }

    [Fact]
    public async Task A_polling_session_changes_to_WebSocket()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        await client.SendTextAsync("2probe");
        Assert.Equal("3probe", await client.ReadTextAsync());
        await client.SendTextAsync("5");
        await client.SendTextAsync("4hi");
        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("hi"));

        Assert.Equal("websocket", host.Session(polling.Sid).TransportName);
        host.Session(polling.Sid).TrySend(EngineHost.Message("ho"));
        Assert.Equal("4ho", await client.ReadTextAsync());
    }
}
