using System.Net;
using Akka.ClusterAdapter.Engine;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>How an engine that stops lets its sessions go.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(10_000, 10)]
    [InlineData(1_000, 5)]
    public async Task Sessions_are_let_go_one_after_the_other_within_half_of_the_limit(int limit, int slot)
    {
        await using var host = await EngineHost.StartAsync();
        for (var i = 0; i < 100; i++)
            await host.PollAsync();
        var letGo = 0;

        var drain = host.Server.DrainAsync(session => LetGo(session, ref letGo), TimeSpan.FromMilliseconds(limit), CancellationToken.None);

        // Each has a slot, and in it a moment of its own; one that is less than a millisecond away has come.
        Assert.InRange(letGo, 0, 1);
        host.Time.Advance(TimeSpan.FromMilliseconds(40 * slot));
        // The drain may have begun to wait for a moment after the clock was put forward: within a slot that moment comes.
        var nudges = 10;
        await Eventually.TrueAsync(
            () =>
            {
                if (letGo < 40 && nudges-- > 0)
                    host.Time.Advance(TimeSpan.FromMilliseconds(slot / 10.0));
                return letGo >= 40;
            },
            "40 that are let go");
        Assert.InRange(letGo, 40, 42);
        await AdvanceUntilAsync(host, () => drain.IsCompleted);
        Assert.Equal(100, letGo);
    }

    [Fact]
    public async Task Who_polls_no_more_is_waited_for_half_of_the_limit()
    {
        await using var host = await EngineHost.StartAsync(o => (o.PingInterval, o.PingTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)));
        var client = await host.PollAsync();
        host.Time.Advance(TimeSpan.FromSeconds(4));
        // Its answer is a sign of life: from here on it counts.
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("4hello")).StatusCode);

        var drain = host.Server.DrainAsync(session => session.Close(), Limit, CancellationToken.None);
        host.Time.Advance(TimeSpan.FromMilliseconds(20));
        await Eventually.TrueAsync(() => !host.Session(client.Sid).IsOpen);
        host.Time.Advance(Limit / 2 - TimeSpan.FromMilliseconds(40));
        Assert.False(host.Session(client.Sid).IsAbsentFor(Limit / 2));
        Assert.False(drain.IsCompleted);
        host.Time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.True(host.Session(client.Sid).IsAbsentFor(Limit / 2));

        await AdvanceUntilAsync(host, () => drain.IsCompleted);
        Assert.Equal(0, host.Server.SessionCount);
        Assert.InRange(host.Time.GetUtcNow() - host.Time.Start, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(13));
    }

    [Fact]
    public async Task Who_waits_for_an_answer_or_upgrades_is_there()
    {
        await using var host = await EngineHost.StartAsync(
            o => (o.PingInterval, o.PingTimeout, o.UpgradeTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)));
        var client = await host.PollAsync();
        var poll = await client.PendAsync();
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(host.Session(client.Sid).IsAbsentFor(Limit));

        host.Session(client.Sid).TrySend(EngineHost.Message("answer"));
        Assert.Equal("4answer", await (await poll).Content.ReadAsStringAsync());
        // The server may be done with the answer a moment after the client has it.
        await Eventually.TrueAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            return host.Session(client.Sid).IsAbsentFor(Limit);
        });

        Assert.True(host.Session(client.Sid).Upgrade!.TryReserve());
        Assert.False(host.Session(client.Sid).IsAbsentFor(Limit));
    }

    [Fact]
    public async Task An_empty_server_is_drained_at_once()
    {
        await using var host = await EngineHost.StartAsync();

        await host.Server.DrainAsync(_ => { }, Limit, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Who_is_in_a_hurry_waits_for_nobody()
    {
        await using var host = await EngineHost.StartAsync();
        await host.PollAsync();
        using var hurry = new CancellationTokenSource();

        var drain = host.Server.DrainAsync(session => session.Close(), Limit, hurry.Token);
        await hurry.CancelAsync();

        await drain.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_peer_that_never_answers_the_close_frame_is_cut_off_with_the_limit()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        var drain = host.Server.DrainAsync(session => session.Close(), TimeSpan.FromSeconds(1), CancellationToken.None);
        await AdvanceUntilAsync(host, () => drain.IsCompleted);

        Assert.Equal([0x88, 0], await client.ReadAsync(2));
        Assert.Empty(await client.ReadToEndAsync());
    }

    private static void LetGo(EngineSocket session, ref int count)
    {
        Interlocked.Increment(ref count);
        session.Close(discard: true);
    }

    private static Task AdvanceUntilAsync(EngineHost host, Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        host.Time.Advance(TimeSpan.FromMilliseconds(20));
        return condition();
    });
}
