using System.Net;
using System.Text;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class UpgradeTests
{
    private static async Task<WireClient> ProbeAsync(EngineHost host, PollingClient polling)
    {
        var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);
        await client.SendTextAsync("2probe");
        Assert.Equal("3probe", await client.ReadTextAsync());
        return client;
    }

    private static async Task FinishAsync(EngineHost host, PollingClient polling, WireClient client)
    {
        await client.SendTextAsync("5");
        await Eventually.TrueAsync(() => host.Session(polling.Sid).TransportName == "websocket");
    }

    [Fact]
    public async Task A_GET_that_waits_when_the_probe_comes_is_answered_with_a_noop_at_once()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var poll = await polling.PendAsync();

        using var client = await ProbeAsync(host, polling);

        Assert.Equal("6", await (await poll).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_GET_that_comes_after_the_probe_is_answered_with_a_noop_100_ms_after_it()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        var poll = await polling.PendAsync();

        Assert.False(poll.IsCompleted);
        await TicksAsync(host, () => poll.IsCompleted);

        Assert.Equal("6", await (await poll).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_GET_that_comes_while_the_session_upgrades_is_answered_at_once_with_what_is_queued()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        host.Session(polling.Sid).TrySend(EngineHost.Message("queued"));
        var context = new DefaultHttpContext { Request = { Method = "GET", QueryString = new("?" + polling.Query) }, Response = { Body = new MemoryStream() } };

        var answer = host.Server.HandleAsync(context);

        Assert.True(answer.IsCompletedSuccessfully, "it waited for something");
        Assert.Equal("4queued", Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    [Fact]
    public async Task A_GET_that_overtook_the_packet_which_ends_the_upgrade_is_refused_as_if_it_had_come_after_it()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        var poll = await polling.PendAsync();

        await FinishAsync(host, polling, client);

        using var answer = await poll;
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_change_is_told_before_the_first_message_behind_it()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var told = new List<(string Transport, int Messages)>();
        host.Session(polling.Sid).Upgraded += session => told.Add((session.TransportName, host.Handler.Messages.Count));
        using var client = await ProbeAsync(host, polling);
        Assert.Empty(told);

        await client.SendTextAsync("5");
        await client.SendTextAsync("4first");
        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("first"));

        Assert.Equal([("websocket", 0)], told);
    }

    [Fact]
    public async Task A_client_that_goes_on_polling_goes_on_getting_noops()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);

        for (var i = 0; i < 3; i++)
        {
            var poll = await polling.PendAsync();
            await TicksAsync(host, () => poll.IsCompleted);
            Assert.Equal("6", await (await poll).Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task What_was_queued_before_leaves_on_the_WebSocket_in_order()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var session = host.Session(polling.Sid);
        session.TrySend(EngineHost.Message("1"));
        session.TrySend(EngineHost.Message("2"));
        Assert.Equal("41\u001e42", await polling.PollAsync());
        using var client = await ProbeAsync(host, polling);
        session.TrySend(EngineHost.Message("3"));
        session.TrySend(EngineHost.Message("4"));

        await FinishAsync(host, polling, client);
        session.TrySend(EngineHost.Message("5"));

        Assert.Equal(["43", "44", "45"], [await client.ReadTextAsync(), await client.ReadTextAsync(), await client.ReadTextAsync()]);
    }

    [Fact]
    public async Task Ten_thousand_messages_arrive_in_order_across_the_upgrade()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var session = host.Session(polling.Sid);
        var sender = Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                Assert.True(session.TrySend(EngineHost.Message(i.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        });
        var received = new List<string>();
        received.AddRange((await polling.PollAsync()).Split('\u001e'));
        using var client = await ProbeAsync(host, polling);
        received.AddRange((await PollWithTicksAsync(host, polling)).Split('\u001e').Where(packet => packet != "6"));

        await FinishAsync(host, polling, client);
        await sender;
        while (received.Count < 10_000)
            received.Add(await client.ReadTextAsync());

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"4{i}"), received);
    }

    [Fact]
    public async Task A_GET_that_waits_when_the_upgrade_completes_gets_a_close_packet()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        var poll = await polling.PendAsync();

        host.Time.Advance(TimeSpan.FromMilliseconds(60));
        await FinishAsync(host, polling, client);

        Assert.Equal("1", await (await poll).Content.ReadAsStringAsync());
        Assert.True(host.Session(polling.Sid).IsOpen);
    }

    [Fact]
    public async Task After_the_upgrade_a_poll_is_refused()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        await FinishAsync(host, polling, client);

        using var answer = await polling.GetAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Five_without_a_probe_is_accepted()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        await FinishAsync(host, polling, client);

        Assert.True(host.Session(polling.Sid).IsOpen);
    }

    [Theory]
    [InlineData("4too early")]
    [InlineData("2")]
    [InlineData("")]
    public async Task Anything_else_closes_the_candidate_and_polling_goes_on(string packet)
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text)));
        var polling = await host.PollAsync();
        using var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        await client.SendTextAsync(packet);

        Assert.Equal([0x88, 0], await client.ReadAsync(2));
        using var ok = await polling.PostAsync("4on");
        Assert.Equal("4on", await polling.PollAsync());
        Assert.Equal(["on"], host.Handler.Texts);
    }

    [Fact]
    public async Task A_second_candidate_is_closed()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var first = await ProbeAsync(host, polling);

        using var second = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        Assert.Equal([0x88, 0], await second.ReadAsync(2));
        await FinishAsync(host, polling, first);
    }

    [Fact]
    public async Task A_WebSocket_for_an_upgraded_session_is_closed()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var first = await ProbeAsync(host, polling);
        await FinishAsync(host, polling, first);

        using var second = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        Assert.Equal([0x88, 0], await second.ReadAsync(2));
        Assert.True(host.Session(polling.Sid).IsOpen);
    }

    [Fact]
    public async Task A_second_WebSocket_for_a_session_born_as_one_is_refused()
    {
        await using var host = await EngineHost.StartAsync();
        using var first = await host.WebSocketAsync();
        using var second = await host.ConnectAsync();

        await second.SendUpgradeAsync("EIO=4&transport=websocket&sid=" + first.Sid);

        Assert.StartsWith("HTTP/1.1 400 ", await second.ReadHeadAsync());
        Assert.True(host.Session(first.Sid).IsOpen);
    }

    [Fact]
    public async Task The_pong_deadline_is_carried_over()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        host.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await polling.PollAsync());
        using var client = await ProbeAsync(host, polling);
        await FinishAsync(host, polling, client);

        host.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
    }

    [Fact]
    public async Task A_session_that_was_closing_ends_with_the_upgrade()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        host.Session(polling.Sid).Close();

        await client.SendTextAsync("5");

        Assert.Equal([0x88, 0], await client.ReadAsync(2));
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task The_session_s_end_closes_the_candidate()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);

        host.Session(polling.Sid).Close(discard: true);

        Assert.Equal([0x88, 0], await client.ReadAsync(2));
    }

    [Fact]
    public async Task Without_AllowUpgrades_none_is_advertised()
    {
        await using var host = await EngineHost.StartAsync(o => o.AllowUpgrades = false);

        var body = await host.Http.GetStringAsync("/engine.io/?EIO=4&transport=polling");

        Assert.Contains("\"upgrades\":[]", body);
    }

    // The noop is due 100 ms after the probe was answered, a moment the test cannot see.
    private static Task TicksAsync(EngineHost host, Func<bool> until) => Eventually.TrueAsync(() =>
    {
        host.Time.Advance(TimeSpan.FromMilliseconds(50));
        return until();
    });

    private static async Task<string> PollWithTicksAsync(EngineHost host, PollingClient polling)
    {
        var poll = polling.PollAsync();
        await TicksAsync(host, () => poll.IsCompleted);
        return await poll;
    }
}
