using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>
/// Upgrades that come to nothing. An official client that has the answer to its probe neither polls nor sends until its WebSocket is the transport; when it
/// loses that one it never does again.
/// </summary>
public sealed class UnfinishedUpgradeTests
{
    private const string GracefulClose = "6\u001e1";

    [Fact]
    public async Task A_candidate_without_a_probe_is_closed_when_its_time_is_over_and_the_upgrade_may_be_tried_again()
    {
        await using var host = await EngineHost.StartAsync(o => o.PingInterval = TimeSpan.FromMinutes(5));
        var polling = await host.PollAsync();
        using var first = await UpgradeAsync(host, polling);

        // The server may come back to it later than its client knows.
        await Eventually.TrueAsync(() =>
        {
            host.Advance(TimeSpan.FromMilliseconds(500));
            return !host.Session(polling.Sid).IsUpgrading;
        });

        Assert.Equal([0x88, 0], await first.ReadAsync(2));
        using var second = await ProbeAsync(host, polling);
        await FinishAsync(host, polling, second);
    }

    [Fact]
    public async Task A_candidate_that_has_the_answer_to_its_probe_may_take_longer()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);

        host.Advance(TimeSpan.FromSeconds(20));

        Assert.False(host.Session(polling.Sid).IsUpgrading);
        await FinishAsync(host, polling, client);
        host.Session(polling.Sid).TrySend(EngineHost.Message("on"));
        Assert.Equal("4on", await client.ReadTextAsync());
    }

    [Fact]
    public async Task A_candidate_whose_time_is_over_gives_way_to_another()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var first = await ProbeAsync(host, polling);
        host.Advance(TimeSpan.FromSeconds(10));

        using var second = await ProbeAsync(host, polling);

        Assert.Equal([0x88, 0], await first.ReadAsync(2));
        await FinishAsync(host, polling, second);
        Assert.True(host.Session(polling.Sid).IsOpen);
    }

    [Fact]
    public async Task A_client_that_does_not_get_the_answer_to_its_probe_goes_on_polling_with_a_noop_now_and_then()
    {
        await using var host = await EngineHost.StartAsync(o => o.PingInterval = TimeSpan.FromMinutes(5));
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);
        host.Advance(TimeSpan.FromSeconds(11));

        var poll = await polling.PendAsync();
        var noops = 0;
        for (var step = 0; step < 80; step++)
        {
            host.Advance(TimeSpan.FromMilliseconds(500));
            if (host.Session(polling.Sid).HasPoll)
                continue;
            Assert.Equal("6", await (await poll).Content.ReadAsStringAsync());
            poll = await polling.PendAsync();
            noops++;
        }

        Assert.InRange(noops, 3, 5);
    }

    [Fact]
    public async Task The_loss_of_a_candidate_before_its_probe_leaves_the_session_polling()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        await LoseAsync(host, polling, await UpgradeAsync(host, polling));

        host.Session(polling.Sid).TrySend(EngineHost.Message("on"));

        Assert.Equal("4on", await polling.PollAsync());
    }

    [Fact]
    public async Task The_loss_of_a_candidate_behind_the_answer_to_its_probe_ends_the_session_with_the_poll_that_waits()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var client = await ProbeAsync(host, polling);
        var poll = await polling.PendAsync();

        client.Dispose();

        Assert.Equal("1", await (await poll).Content.ReadAsStringAsync());
        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
    }

    [Fact]
    public async Task And_otherwise_with_the_next_one_behind_what_is_queued()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var client = await ProbeAsync(host, polling);
        host.Session(polling.Sid).TrySend(EngineHost.Message("last"));

        client.Dispose();

        await Eventually.TrueAsync(() => !host.Session(polling.Sid).IsOpen, "a session that ends");
        Assert.Equal("4last", await polling.PollAsync());
        Assert.Equal(GracefulClose, await polling.PollAsync());
        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
    }

    [Fact]
    public async Task A_client_that_has_gone_on_polling_long_after_the_answer_goes_on_after_the_loss()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var client = await ProbeAsync(host, polling);
        host.Advance(TimeSpan.FromSeconds(2));
        host.Session(polling.Sid).TrySend(EngineHost.Message("still"));
        Assert.Equal("4still", await polling.PollAsync());

        await LoseAsync(host, polling, client);

        host.Session(polling.Sid).TrySend(EngineHost.Message("on"));
        Assert.Equal("4on", await polling.PollAsync());
    }

    [Fact]
    public async Task So_does_one_that_closes_its_WebSocket_in_order()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);

        await client.SendFrameAsync(0x88, [3, 232]);

        await Eventually.TrueAsync(() => !host.Session(polling.Sid).IsUpgrading, "an upgrade that was given up");
        host.Session(polling.Sid).TrySend(EngineHost.Message("on"));
        Assert.Equal("4on", await polling.PollAsync());
    }

    [Fact]
    public async Task A_peer_that_goes_away_does_not_close_in_order()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        using var client = await ProbeAsync(host, polling);

        await client.SendFrameAsync(0x88, [3, 233]);

        await Eventually.TrueAsync(() => !host.Session(polling.Sid).IsOpen, "a session that ends");
        Assert.Equal(GracefulClose, await polling.PollAsync());
    }

    private static Task<WireClient> UpgradeAsync(EngineHost host, PollingClient polling) => host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

    private static async Task<WireClient> ProbeAsync(EngineHost host, PollingClient polling)
    {
        var client = await UpgradeAsync(host, polling);
        await client.SendTextAsync("2probe");
        Assert.Equal("3probe", await client.ReadTextAsync());
        return client;
    }

    private static async Task FinishAsync(EngineHost host, PollingClient polling, WireClient client)
    {
        await client.SendTextAsync("5");
        await Eventually.TrueAsync(() => host.Session(polling.Sid).TransportName == "websocket");
    }

    private static async Task LoseAsync(EngineHost host, PollingClient polling, WireClient client)
    {
        client.Dispose();
        await Eventually.TrueAsync(() => !host.Session(polling.Sid).IsUpgrading, "an upgrade that was given up");
    }
}
