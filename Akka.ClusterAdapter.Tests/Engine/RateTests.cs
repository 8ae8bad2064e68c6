using System.Net;
using Akka.ClusterAdapter.Engine.Limits;
using Microsoft.Extensions.Time.Testing;



namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>How fast clients may send, and how many may come from one address.</summary>
public sealed class RateTests
{
    [Fact]
    public void A_bucket_refills_with_time_and_never_beyond_its_burst()
    {
        var time = new FakeTimeProvider();
        var bucket = new TokenBucket(10, 20, time);

        Assert.Equal(TimeSpan.Zero, bucket.Spend(20));
        Assert.Equal(TimeSpan.FromSeconds(0.5), bucket.Spend(5));
        Assert.False(bucket.TryTake());
        time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(bucket.IsFull);
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.Spend(30));
    }

    [Fact]
    public async Task A_fast_WebSocket_is_read_on_when_its_messages_are_covered()
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxPacketsPerSecond, o.MaxPacketBurst) = (2, 4));
        using var client = await host.WebSocketAsync();
        for (var i = 1; i <= 8; i++)
            await client.SendTextAsync($"4{i}");
        await Eventually.TrueAsync(() => host.Server.Counters.ContainsKey("throttled.packets"));

        // Four at once; the fifth is handled and then paid for, half a second each.
        Assert.Equal(["1", "2", "3", "4", "5"], host.Handler.Texts);
        for (var i = 6; i <= 8; i++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(0.5));
            await Eventually.TrueAsync(() => host.Server.Counters["throttled.packets"] == i - 4);
            Assert.Equal(i, host.Handler.Texts.Count());
        }

        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8"], host.Handler.Texts);
        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task A_POST_is_answered_when_its_bytes_are_covered()
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxBytesPerSecond, o.MaxPayload) = (1_000, 1_500));
        var client = await host.PollAsync();
        using (var first = await client.PostAsync("4" + new string('a', 1_399)))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        var second = client.PostAsync("4" + new string('b', 1_099));
        await Eventually.TrueAsync(() => host.Server.Counters.ContainsKey("throttled.bytes"));

        Assert.Equal(2, host.Handler.Texts.Count());
        Assert.False(second.IsCompleted);
        host.Time.Advance(TimeSpan.FromSeconds(1.1));
        using var answer = await second.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task A_session_that_ends_while_it_waits_is_not_waited_for()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPacketsPerSecond = 1);
        var client = await host.PollAsync();
        var post = client.PostAsync(string.Join('\u001e', Enumerable.Repeat("4x", 1_000)));
        await Eventually.TrueAsync(() => host.Server.Counters.ContainsKey("throttled.packets"));

        host.Session(client.Sid).Close(discard: true);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        using var answer = await post.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_with_all_its_sessions_is_answered_429_until_one_ends()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxSessionsPerAddress = 2);
        var first = await host.PollAsync();
        using var second = await host.WebSocketAsync();

        using var refused = await host.GetAsync("EIO=4&transport=polling");
        using var upgrade = await host.ConnectAsync();
        await upgrade.SendUpgradeAsync("EIO=4&transport=websocket");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues("Retry-After")));
        Assert.StartsWith("HTTP/1.1 429 ", await upgrade.ReadHeadAsync());
        Assert.Equal(2, host.Server.Counters["refused.address-sessions"]);
        host.Session(first.Sid).Close(discard: true);
        await host.PollAsync();
    }

    [Fact]
    public async Task An_address_that_knocks_too_often_is_answered_429()
    {
        await using var host = await EngineHost.StartAsync(o => (o.MaxHandshakesPerSecond, o.MaxHandshakeBurst) = (1, 2));
        await host.PollAsync();
        await host.PollAsync();

        using var refused = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(1, host.Server.Counters["refused.address-handshakes"]);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.PollAsync();
    }

    [Fact]
    public async Task A_hook_that_throws_takes_no_place()
    {
        var isBroken = true;
        await using var host = await EngineHost.StartAsync(
            o => o.MaxSessionsPerAddress = 1,
            observe: server => server.InitialHeaders += _ =>
            {
                if (isBroken)
                    throw new InvalidOperationException("a hook");
            });

        using (await host.GetAsync("EIO=4&transport=polling"))
        {
        }

        using var upgrade = await host.ConnectAsync();
        await upgrade.SendUpgradeAsync("EIO=4&transport=websocket");
        await upgrade.ReadHeadAsync();
        // Where the hook's failure does not cost the session, that has a place.
        foreach (var session in host.Handler.Sockets.Values)
            session.Close(discard: true);
        isBroken = false;

        await host.PollAsync();
    }

    [Fact]
    public async Task A_hook_that_changes_the_address_gives_back_the_place_that_was_taken()
    {
        await using var host = await EngineHost.StartAsync(
            o => o.MaxSessionsPerAddress = 1,
            observe: server => server.Headers += context => context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.1"));
        var first = await host.PollAsync();

        host.Session(first.Sid).Close(discard: true);

        await host.PollAsync();
    }

    [Fact]
    public void Machines_are_told_apart_and_a_machine_is_not_many()
    {
        var admission = new Admission(new() { MaxSessionsPerAddress = 1 }, new FakeTimeProvider());

        var first = admission.TryEnter(IPAddress.Parse("192.0.2.1")).Place;
        Assert.NotNull(first);
        Assert.Null(admission.TryEnter(IPAddress.Parse("::ffff:192.0.2.1")).Place);
        Assert.NotNull(admission.TryEnter(IPAddress.Parse("192.0.2.2")).Place);
        Assert.NotNull(admission.TryEnter(IPAddress.Parse("2001:db8:0:1::1")).Place);
        Assert.Null(admission.TryEnter(IPAddress.Parse("2001:db8:0:1:ffff::2")).Place);
        Assert.NotNull(admission.TryEnter(IPAddress.Parse("2001:db8:0:2::1")).Place);
        Assert.NotNull(admission.TryEnter(null).Place);
        Assert.NotNull(admission.TryEnter(null).Place);
        first.Leave();
        first.Leave();
        Assert.NotNull(admission.TryEnter(IPAddress.Parse("192.0.2.1")).Place);
        Assert.Null(admission.TryEnter(IPAddress.Parse("192.0.2.1")).Place);
    }

    [Fact]
    public void Addresses_that_only_knocked_are_forgotten()
    {
        var time = new FakeTimeProvider();
        var admission = new Admission(new() { MaxHandshakesPerSecond = 1 }, time);
        for (var i = 0; i < 100_000; i++)
        {
            var entered = admission.TryEnter(new IPAddress(i + 1L));
            Assert.NotNull(entered.Place);
            entered.Place.Leave();
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(admission.Count, 1, 2_048);
    }
}
