using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Two WebSockets that want to be one session's transport.</summary>
public sealed class UpgradeCandidateTests
{
    [Fact]
    public async Task A_second_candidate_that_comes_as_the_first_is_given_up_has_its_time_limit_too()
    {
        await using var bench = new EngineBench();
        var session = bench.Handshake();
        var isFirst = true;
        var writer = new HookedWriter(() =>
        {
            // While the timer closes the first one, and before it is done with it.
            if (!isFirst)
                return;
            isFirst = false;
            Assert.True(session.Upgrade!.TryReserve() && session.Upgrade.TryBegin(bench.WebSocket()));
            session.Upgrade!.EndReservation();
        });
        var first = new WebSocketTransport(bench.Server, Stream.Null, writer, new HttpRequestLifetimeFeature(), null);
        Assert.True(session.Upgrade!.TryReserve() && session.Upgrade.TryBegin(first));
        session.Upgrade!.EndReservation();

        bench.Time.Advance(bench.Server.Options.UpgradeTimeout);
        Assert.False(isFirst);
        Assert.True(session.IsUpgrading);

        bench.Time.Advance(bench.Server.Options.UpgradeTimeout);
        Assert.False(session.IsUpgrading);
    }

    [Fact]
    public async Task A_second_candidate_is_none_when_the_first_one_completes_the_upgrade_late_and_before_it()
    {
        await using var bench = new EngineBench();
        var session = bench.Handshake();
        var (first, second) = (bench.WebSocket(), bench.WebSocket());
        Assert.True(session.Upgrade!.TryReserve() && session.Upgrade.TryBegin(first));
        session.Upgrade!.EndReservation();
        await session.Upgrade.ReceiveAsync(first, "2probe"u8.ToArray(), isBinary: false);
        bench.Time.Advance(bench.Server.Options.UpgradeTimeout);

        Assert.True(session.Upgrade.TryReserve());
        await session.Upgrade.ReceiveAsync(first, "5"u8.ToArray(), isBinary: false);

        Assert.False(session.Upgrade.TryBegin(second));
        session.Upgrade.EndReservation();
        Assert.Same(first, session.Context.Transport);
        Assert.False(session.IsUpgrading);
    }

    [Fact]
    public async Task The_first_of_two_WebSockets_is_the_candidate_however_late_the_server_comes_back_to_it()
    {
        var second = new TaskCompletionSource();
        await using var host = await EngineHost.StartAsync(use: app => app.Use((context, next) =>
        {
            if (context.Request.Query.ContainsKey("first") && context.Features.Get<IHttpUpgradeFeature>() is { } upgrade)
                context.Features.Set<IHttpUpgradeFeature>(new LateUpgrade(upgrade, second.Task));
            return next(context);
        }));
        var polling = await host.PollAsync();
        using var first = await host.UpgradeAsync($"EIO=4&transport=websocket&sid={polling.Sid}&first");

        using var other = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);
        Assert.Equal([0x88, 0], await other.ReadAsync(2));
        second.SetResult();

        await first.SendTextAsync("2probe");
        Assert.Equal("3probe", await first.ReadTextAsync());
        await first.SendTextAsync("5");
        await Eventually.TrueAsync(() => host.Session(polling.Sid).TransportName == "websocket");
    }

    /// <summary>The client has its 101, and the server is busy with something else.</summary>
    private sealed class LateUpgrade(IHttpUpgradeFeature inner, Task until) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync()
        {
            var stream = await inner.UpgradeAsync();
            await until;
            return stream;
        }
    }
}
