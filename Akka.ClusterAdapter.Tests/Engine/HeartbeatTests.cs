using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task The_server_pings_after_the_interval()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        host.Advance(TimeSpan.FromSeconds(24.5));
        host.Session(client.Sid).TrySend(EngineHost.Message("before"));
        Assert.Equal("4before", await client.ReadTextAsync());
        host.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([0x81, 1, (byte)'2'], await client.ReadAsync(3));
    }

    [Fact]
    public async Task The_next_ping_comes_an_interval_after_the_pong()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        host.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2", await client.ReadTextAsync());
        await client.SendTextAsync("3");
        await client.SendTextAsync("4after");
        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("after"));

        host.Advance(TimeSpan.FromSeconds(24));
        host.Session(client.Sid).TrySend(EngineHost.Message("before"));
        Assert.Equal("4before", await client.ReadTextAsync());
        host.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("2", await client.ReadTextAsync());
        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task Without_a_pong_the_session_ends()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        host.Advance(TimeSpan.FromSeconds(44));
        Assert.Equal(1, host.Server.SessionCount);
        host.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
        Assert.Equal(1, host.Server.Counters["closed.ping-timeout"]);
    }

    [Fact]
    public async Task A_polling_client_that_never_comes_again_ends_after_interval_and_timeout()
    {
        await using var host = await EngineHost.StartAsync();
        await host.PollAsync();

        host.Advance(TimeSpan.FromSeconds(47));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task A_ping_answers_the_waiting_GET_and_a_pong_comes_by_POST()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var poll = await client.PendAsync();
        host.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2", await (await poll).Content.ReadAsStringAsync());

        using var ok = await client.PostAsync("3");

        host.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(1, host.Server.SessionCount);
    }

    [Fact]
    public async Task The_first_other_packet_restarts_the_pong_clock_once()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        host.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2", await client.ReadTextAsync());
        host.Advance(TimeSpan.FromSeconds(15));
        await client.SendTextAsync("4busy");
        await Eventually.TrueAsync(() => host.Handler.Messages.Count == 1);

        host.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(1, host.Server.SessionCount);
        await client.SendTextAsync("4still busy");
        await Eventually.TrueAsync(() => host.Handler.Messages.Count == 2);
        host.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
    }

    [Theory]
    [InlineData(380, 500)]
    [InlineData(420, 620)]
    public async Task A_ping_that_comes_late_takes_its_lateness_off_the_time_for_the_pong_unless_that_is_more_than_half(int sentAt, int dueAt)
    {
        await using var host = await EngineHost.StartAsync(
            o => (o.PingInterval, o.PingTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200)),
            time: new StuckTimers());
        var client = await host.PollAsync();

        host.Time.Advance(TimeSpan.FromMilliseconds(sentAt));
        Assert.Equal("2", await client.PollAsync());
        host.Time.Advance(TimeSpan.FromMilliseconds(dueAt - sentAt - 1));
        using var before = await host.SendAsync(HttpMethod.Put, client.Query);
        Assert.Empty(await before.Content.ReadAsStringAsync());
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        using var after = await host.SendAsync(HttpMethod.Put, client.Query);

        Assert.Contains("Session ID unknown", await after.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Short_intervals_are_kept_round_after_round()
    {
        await using var host = await EngineHost.StartAsync(
            o => (o.PingInterval, o.PingTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200)));
        using var client = await host.WebSocketAsync();

        for (var round = 1; round <= 5; round++)
        {
            host.Advance(TimeSpan.FromMilliseconds(307), TimeSpan.FromMilliseconds(1));
            Assert.Equal("2", await client.ReadTextAsync());
            await client.SendTextAsync("3");
            await client.SendTextAsync($"4{round}");
            await Eventually.TrueAsync(() => host.Handler.Texts.Contains($"{round}"));
        }

        host.Advance(TimeSpan.FromMilliseconds(520), TimeSpan.FromMilliseconds(20));
        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
    }

    /// <summary>A machine that is too busy for timers: only requests look at the clock.</summary>
    private sealed class StuckTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
