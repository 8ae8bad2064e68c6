using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Limits of how often clients may send an event.</summary>
public class EventRateLimitTests
{
    private const string Window = "{\"error\":{\"message\":\"rate limited\",\"code\":\"rate_limited\",\"data\":{\"retryAfter\":";

    [Fact]
    public async Task Each_socket_may_send_an_event_so_often_and_is_told_when_more_is_refused()
    {
        var said = 0;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.On("say", [EventRateLimit(2, Seconds = 3_600)] (string text) => Interlocked.Increment(ref said));
            io.On("other", () => "free");
        });
        await using var ada = await host.ConnectAsync();
        await using var bob = await host.ConnectAsync();

        for (var id = 1; id <= 2; id++)
        {
            await ada.SendAsync($"42{id}[\"say\",\"x\"]");
            await ada.ExpectAsync($"43{id}[{id}]");
        }

        await ada.SendAsync("423[\"say\",\"x\"]");
        Assert.StartsWith("433[" + Window, await ada.ReceiveAsync(), StringComparison.Ordinal);
        await ada.SendAsync("42[\"say\",\"nobody waits\"]");
        await ada.SendAsync("424[\"other\"]");
        await ada.ExpectAsync("434[\"free\"]");
        await bob.SendAsync("421[\"say\",\"x\"]");
        await bob.ExpectAsync("431[3]");
        Assert.Equal((3, 2), (said, host.Server.Counters["rejected.rate-limited"]));
    }

    [Fact]
    public async Task A_window_passes()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("say", [EventRateLimit(1, Seconds = 0.001)] () => 1));
        await using var client = await host.ConnectAsync();

        // Refused or not: after a window the next one is let in.
        await client.SendAsync("421[\"say\"]");
        await client.ExpectAsync("431[1]");
        await Eventually.TrueAsync(
            async () =>
            {
                await client.SendAsync("422[\"say\"]");
                return await client.ReceiveAsync() == "432[1]";
            },
            () => "it is let in again");
    }

    [Fact]
    public async Task Each_method_of_a_class_has_a_limit_of_its_own()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.MapHandler<Limited>());
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"one\"]");
        await client.ExpectAsync("431[1]");
        await client.SendAsync("422[\"two\"]");
        await client.ExpectAsync("432[2]");
        await client.SendAsync("423[\"one\"]");
        Assert.StartsWith("433[" + Window, await client.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limiter_of_the_application_decides_by_whatever_it_wants_and_its_lease_lasts_as_long_as_the_handler()
    {
        var go = new TaskCompletionSource();
        await using var limiter = PartitionedRateLimiter.Create<EventContext, string>(context =>
            RateLimitPartition.GetConcurrencyLimiter(context.Name, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 }));
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of("/a").AddRateLimiter(limiter);
            io.Of("/a").On("wait", async () => await go.Task);
            io.Of("/a").On("free", () => 1);
            io.Of("/b").On("wait", () => 2);
        });
        await using var client = await host.ConnectAsync("/a");
        await using var other = await host.ConnectAsync("/b");

        await client.SendAsync("42/a,1[\"wait\"]");
        await client.SendAsync("42/a,2[\"wait\"]");
        await client.ExpectAsync("43/a,2[{\"error\":{\"message\":\"rate limited\",\"code\":\"rate_limited\"}}]");
        await client.SendAsync("42/a,3[\"free\"]");
        await client.ExpectAsync("43/a,3[1]");
        await other.SendAsync("42/b,1[\"wait\"]");
        await other.ExpectAsync("43/b,1[2]");
        go.SetResult();
        await client.ExpectAsync("43/a,1[]");
        await Eventually.TrueAsync(
            async () =>
            {
                await client.SendAsync("42/a,4[\"wait\"]");
                return await client.ReceiveAsync() == "43/a,4[]";
            },
            () => "the lease is given back");
    }

    [Fact]
    public void What_limits_nothing_or_everything_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventRateLimitAttribute(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventRateLimitAttribute(1) { Seconds = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventRateLimitAttribute(1) { Seconds = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventRateLimitAttribute(1) { Seconds = 100_000 });
    }

    [EventRateLimit(1, Seconds = 3_600)]
    public sealed class Limited : SocketHandler
    {
        [On]
        public int One() => Socket.Rooms.Count;

        [On]
        public int Two() => Socket.Rooms.Count + 1;
    }
}
