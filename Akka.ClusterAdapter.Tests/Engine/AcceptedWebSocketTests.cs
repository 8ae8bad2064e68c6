using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>WebSockets that somebody else accepts, because the connection is not to be had: what holds for ours holds for them.</summary>
public sealed class AcceptedWebSocketTests
{
    [Fact]
    public async Task Text_and_bytes_go_both_ways()
    {
        await using var host = await StartAsync(
            handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineMessage.Text("echo"u8, [new byte[] { 1, 2 }])));
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4hello");
        await client.SendBinaryAsync(3, 4);

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("4echo", await client.ReadTextAsync());
            Assert.Equal([1, 2], (await client.ReadFrameAsync()).Payload);
        }

        Assert.Equal([3, 4], host.Handler.Messages.Last().Data);
    }

    [Fact]
    public async Task A_session_that_polls_upgrades()
    {
        await using var host = await StartAsync();
        var polling = await host.PollAsync();
        using var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid);

        await client.SendTextAsync("2probe");
        Assert.Equal("3probe", await client.ReadTextAsync());
        await client.SendTextAsync("5");
        host.Session(polling.Sid).TrySend(EngineHost.Message("here"));

        Assert.Equal("4here", await client.ReadTextAsync());
    }

    [Fact]
    public async Task A_message_that_is_too_large_ends_it()
    {
        await using var host = await StartAsync(o => o.MaxPayload = 100);
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4" + new string('x', 100));

        Assert.Equal([0x88, 2, 0x03, 0xF1], await client.ReadAsync(4));
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("rejected.message-too-large") == 1, "rejected.message-too-large");
    }

    [Fact]
    public async Task A_message_that_takes_too_long_cuts_it()
    {
        await using var host = await StartAsync();
        using var client = await host.WebSocketAsync();
        await client.SendFrameAsync(0x01, "4begun"u8.ToArray());
        await Eventually.TrueAsync(() => host.Server.Incomplete.Bytes > 0);

        await AdvanceUntilAsync(host, "rejected.slow-message");

        await client.ReadToEndAsync();
    }

    [Fact]
    public async Task Who_does_not_answer_pings_is_gone()
    {
        await using var host = await StartAsync();
        using var client = await host.WebSocketAsync();

        host.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2", await client.ReadTextAsync());
        host.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(CloseReason.PingTimeout, await host.EndAsync());
        Assert.Equal([0x88, 2, 0x03, 0xE8], await client.ReadAsync(4));
    }

    [Fact]
    public async Task Who_does_not_read_is_gone_and_cut_off()
    {
        await using var host = await StartAsync(o => o.MaxOutboundBytes = int.MaxValue);
        using var client = await host.WebSocketAsync();
        var session = host.Session(client.Sid);
        for (var i = 0; i < 200; i++)
            session.TrySend(EngineHost.Message(new string('x', 200_000)));
        await Eventually.TrueAsync(() => !session.IsWritable);

        // It speaks, so that a ping that it cannot read is not what ends it.
        host.Advance(TimeSpan.FromSeconds(30));
        await client.SendTextAsync("4still here");
        await Eventually.TrueAsync(() => host.Handler.Texts.Any());
        host.Advance(TimeSpan.FromSeconds(16));

        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("rejected.slow-reader") == 1, "rejected.slow-reader");
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        host.Advance(TimeSpan.FromSeconds(10));
        await client.ReadToEndAsync();
        await Eventually.TrueAsync(() => host.Server.Lingering.IsEmpty);
    }

    [Fact]
    public async Task The_client_s_close_is_answered()
    {
        await using var host = await StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(0x88, [0x0F, 0xA0]);

        Assert.Equal([0x88, 2, 0x0F, 0xA0], await client.ReadAsync(4));
        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
    }

    [Fact]
    public async Task A_server_behind_UseWebSockets_that_leaves_the_connection_alone_takes_it_itself()
    {
        await using var host = await EngineHost.StartAsync(use: app => app.UseWebSockets());
        using var client = await host.WebSocketAsync();

        host.Session(client.Sid).Close();

        // Without a status: that is our own close frame.
        Assert.Equal([0x88, 0], await client.ReadAsync(2));
    }

    private static Task<EngineHost> StartAsync(
        Action<EngineOptions>? configure = null, Action<RecordingHandler>? handle = null) => EngineHost.StartAsync(configure, handle, use: app =>
    {
        app.UseWebSockets();
        app.Use((context, next) =>
        {
            // Read before the connection is taken away, as a middleware would that keeps it to itself.
            _ = context.WebSockets.IsWebSocketRequest;
            context.Features.Set<IHttpUpgradeFeature>(null);
            return next(context);
        });
    });

    private static Task AdvanceUntilAsync(EngineHost host, string counter) => Eventually.TrueAsync(() =>
    {
        host.Advance(TimeSpan.FromSeconds(1));
        return host.Server.Counters.ContainsKey(counter);
    });
}
