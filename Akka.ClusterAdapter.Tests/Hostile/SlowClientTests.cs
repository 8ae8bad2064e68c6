using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Clients that let a server wait, and clients that come in masses. The clock is the test's.</summary>
public class SlowClientTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task W01_a_client_that_says_nothing_is_closed()
    {
        var server = await StartAsync();
        using var client = await RawSocket.OpenAsync(server.Uri);

        Advance(TimeSpan.FromSeconds(46));

        Assert.Contains("close:", await client.ReadFramesToEndAsync());
        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task W01_a_client_that_only_pongs_is_closed_after_the_connect_time_out()
    {
        var server = await StartAsync(options => options.PingTimeout = TimeSpan.FromHours(1));
        using var client = await RawSocket.OpenAsync(server.Uri);

        Advance(TimeSpan.FromSeconds(46));

        Assert.Equal(["close:"], (await client.ReadFramesToEndAsync()).Where(frame => frame != "2"));
        await Eventually.TrueAsync(() => server.Server.Counters.GetValueOrDefault("rejected.connect-timeout") == 1, "rejected.connect-timeout");
        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task Attachments_that_never_come_close_the_connection()
    {
        var server = await StartAsync(options => options.PingTimeout = TimeSpan.FromHours(1));
        using var client = await RawSocket.ConnectAsync(server.Uri);
        await client.SendPacketAsync("42[\"echo\",1]");
        Assert.Equal("42[\"echo\",1]", await client.NextAsync());
        await client.SendPacketAsync("452-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        await client.SendPacketAsync("bin:01");
        await Eventually.TrueAsync(
            () => server.Server.Engine.Sessions.Values.All(session => ((Client)session.State!).IsPending), "the packet waits for its second attachment");

        Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(["close:"], (await client.ReadFramesToEndAsync()).Where(frame => frame != "2"));
        await Eventually.TrueAsync(() => server.Server.Counters.GetValueOrDefault("rejected.slow-packet") == 1, "rejected.slow-packet");
        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task Packets_that_wait_for_attachments_hold_so_much_and_no_more_together()
    {
        // The limit is four times MaxPayload: five packets, and the frame that is being read, whole or in parts.
        var server = await StartAsync(options => (options.MaxPayload, options.MaxIncompleteBytes) = (16_384, 1));
        var clients = new List<RawSocket>();
        var attachment = "bin:" + new string('0', 2 * 12_000);
        for (var i = 0; i <= 5; i++)
        {
            clients.Add(await RawSocket.ConnectAsync(server.Uri));
            await clients[i].SendPacketAsync("452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
            await clients[i].SendPacketAsync(attachment);
            await Eventually.TrueAsync(() => server.Server.Engine.Incomplete.Bytes / 12_000 == Math.Min(i + 1, 5));
        }

        Assert.Contains("close:", await clients[0].ReadFramesToEndAsync());
        await Eventually.TrueAsync(() => server.Server.Engine.Counters.GetValueOrDefault("rejected.incomplete-bytes") == 1, "it is counted");
        await clients[5].SendPacketAsync("bin:01");
        await Eventually.TrueAsync(() => server.Server.Engine.Incomplete.Bytes / 12_000 == 4);
        clients.ForEach(client => client.Dispose());
        await EndAsync(server);
        Assert.Equal(0, server.Server.Engine.Incomplete.Bytes);
    }

    [Fact]
    public async Task Attachments_that_come_in_time_are_fine_however_often()
    {
        var server = await StartAsync(options => options.PingTimeout = TimeSpan.FromHours(1));
        using var client = await RawSocket.ConnectAsync(server.Uri);

        for (var i = 0; i < 5; i++)
        {
            await client.SendPacketAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
            await Eventually.TrueAsync(
                () => server.Server.Engine.Sessions.Values.All(session => ((Client)session.State!).IsPending), "the packet waits for its attachment");
            Advance(TimeSpan.FromSeconds(20));
            await client.SendPacketAsync("bin:01");
            Assert.Equal("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", await client.NextAsync());
            Assert.Equal("bin:01", await client.NextAsync());
        }

        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task H44_ten_thousand_handshakes_without_a_second_request_are_reaped()
    {
        var server = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 1_250; i++)
                await PollingPeer.OpenAsync(server.Http);
        }));
        Assert.Equal(10_000, server.Server.Engine.SessionCount);

        Advance(TimeSpan.FromSeconds(80));

        await EndAsync(server);
    }

    [Fact]
    public async Task Wclose_a_peer_that_does_not_answer_our_close_frame_is_cut_off()
    {
        var server = await StartAsync();
        using var client = await RawSocket.ConnectAsync(server.Uri);
        await client.SendPacketAsync("42{}");
        Assert.Equal("close:", await client.NextAsync());

        Advance(TimeSpan.FromSeconds(6));

        Assert.Empty(await client.ReadToEndAsync());
        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task H43_a_handshake_of_a_WebSocket_message_that_takes_for_ever_is_cut_off()
    {
        var server = await StartAsync(options => options.PingTimeout = TimeSpan.FromHours(1));
        using var client = await RawSocket.ConnectAsync(server.Uri);
        await client.SendFrameAsync(0x01, "42[\"ec"u8.ToArray());

        // The server may not have begun to read when the clock moves on: go on until it has.
        await Eventually.TrueAsync(() =>
        {
            Advance(TimeSpan.FromSeconds(5));
            return server.Server.Engine.SessionCount == 0;
        }, "the slow message is given up");

        client.Dispose();
        await EndAsync(server);
    }

    [Fact]
    public async Task Wread_a_client_that_stops_reading_is_disconnected_and_others_are_served()
    {
        var server = await StartAsync();
        using var slow = await RawSocket.ConnectAsync(server.Uri, receiveBuffer: 4_096);
        await using var fast = await server.Host.ConnectAsync();
        var payload = new string('x', 100_000);

        for (var i = 0; i < 1_000 && server.Server.Of("/").Sockets.Count > 1; i++)
        {
            await server.Server.EmitAsync("bulk", i, payload);
            Assert.Equal($"42[\"bulk\",{i},\"{payload}\"]", await fast.ReceiveAsync());
        }

        await Eventually.TrueAsync(() => server.Server.Of("/").Sockets.Count == 1, "the slow client is disconnected");
        Assert.Equal(1, server.Server.Engine.Counters["dropped.overflow"]);
        slow.Dispose();
        await fast.CloseAsync();
        await EndAsync(server);
    }

    private async Task<HostileServer> StartAsync(Action<SocketIOOptions>? options = null) =>
        await HostileServer.StartAsync(options, services => services.AddSingleton<TimeProvider>(_time));

    private void Advance(TimeSpan span)
    {
        for (var rest = span; rest > TimeSpan.Zero; rest -= TimeSpan.FromMilliseconds(500))
            _time.Advance(TimeSpan.FromMilliseconds(500));
    }

    private static async Task EndAsync(HostileServer server)
    {
        await server.AssertUnharmedAsync();
        await server.DisposeAsync();
    }
}
