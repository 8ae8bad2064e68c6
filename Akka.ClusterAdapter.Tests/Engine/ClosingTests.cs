using System.Net;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class ClosingTests
{
    private static readonly byte[] EmptyClose = [0x88, 0];

    [Fact]
    public async Task Close_answers_a_waiting_GET_with_a_close_packet()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var poll = await client.PendAsync();

        host.Session(client.Sid).Close();

        Assert.Equal("1", await (await poll).Content.ReadAsStringAsync());
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task Close_without_a_waiting_GET_answers_the_next_with_noop_and_close()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        host.Session(client.Sid).Close();

        Assert.False(host.Session(client.Sid).IsOpen);
        Assert.Empty(host.Handler.Ends);
        Assert.Equal("6\u001e1", await client.PollAsync());
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task Close_reports_after_30_seconds_when_no_GET_comes()
    {
        await using var host = await EngineHost.StartAsync(o => (o.PingInterval, o.PingTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)));
        var client = await host.PollAsync();
        host.Session(client.Sid).Close();

        host.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, host.Server.SessionCount);
        host.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task Close_sends_what_is_queued_first()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var session = host.Session(client.Sid);
        session.TrySend(EngineHost.Message("last"));

        session.Close();

        Assert.False(session.TrySend(EngineHost.Message("too late")));
        Assert.Equal("4last", await client.PollAsync());
        Assert.Equal("6\u001e1", await client.PollAsync());
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task Close_with_discard_ends_at_once()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        host.Session(client.Sid).TrySend(EngineHost.Message("lost"));

        host.Session(client.Sid).Close(discard: true);

        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync()).StatusCode);
    }

    [Fact]
    public async Task Close_with_discard_ends_a_session_that_is_closing()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        host.Session(client.Sid).Close();

        host.Session(client.Sid).Close(discard: true);

        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task Close_on_WebSocket_flushes_then_sends_an_empty_close_frame()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        var session = host.Session(client.Sid);
        session.TrySend(EngineHost.Message("last"));

        session.Close();

        Assert.Equal("4last", await client.ReadTextAsync());
        Assert.Equal(EmptyClose, await client.ReadAsync(2));
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task A_peer_that_answers_the_close_frame_sees_the_connection_end()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        host.Session(client.Sid).Close();
        await client.ReadAsync(2);

        await client.SendFrameAsync(0x88, []);

        Assert.Empty(await client.ReadToEndAsync());
        await Eventually.TrueAsync(() => host.Server.Lingering.IsEmpty);
    }

    [Fact]
    public async Task A_peer_that_never_answers_the_close_frame_is_cut_off_within_5_seconds()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();
        host.Session(client.Sid).Close();
        Assert.Equal(EmptyClose, await client.ReadAsync(2));

        host.Advance(TimeSpan.FromSeconds(5));

        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_close_packet_on_polling_answers_the_waiting_GET_with_a_noop()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var poll = await client.PendAsync();

        using var ok = await client.PostAsync("1\u001e4ignored");

        Assert.Equal("6", await (await poll).Content.ReadAsStringAsync());
        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task A_close_packet_on_WebSocket_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("1");

        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
        Assert.Equal(EmptyClose, await client.ReadAsync(2));
    }

    [Theory]
    [InlineData(new byte[0], new byte[] { 0x88, 0 })]
    [InlineData(new byte[] { 0x03, 0xE8 }, new byte[] { 0x88, 2, 0x03, 0xE8 })]
    [InlineData(new byte[] { 0x03, 0xE9, (byte)'b', (byte)'y', (byte)'e' }, new byte[] { 0x88, 2, 0x03, 0xE9 })]
    public async Task A_close_frame_is_answered_and_ends_the_session(byte[] payload, byte[] answer)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendFrameAsync(0x88, payload);

        Assert.Equal(answer, await client.ReadToEndAsync());
        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
    }

    [Fact]
    public async Task A_lost_connection_ends_the_session_as_transport_close()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.WebSocketAsync();

        client.Dispose();

        Assert.Equal(CloseReason.TransportClose, await host.EndAsync());
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task Dispose_closes_every_session_and_refuses_new_ones()
    {
        await using var host = await EngineHost.StartAsync();
        var polling = await host.PollAsync();
        var poll = await polling.PendAsync();
        using var client = await host.WebSocketAsync();

        await host.Server.DisposeAsync();

        Assert.Equal([CloseReason.ForcedClose, CloseReason.ForcedClose], host.Handler.Ends);
        Assert.Equal("1", await (await poll).Content.ReadAsStringAsync());
        Assert.Equal(EmptyClose, await client.ReadAsync(2));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.GetAsync("EIO=4&transport=polling")).StatusCode);
        Assert.Equal(2, host.Server.Counters["closed.forced-close"]);
        Assert.Equal(0, host.Server.Counters["sessions"]);
    }

    [Fact]
    public async Task Closing_from_within_a_callback_is_reported_after_it()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, _) => socket.Close(discard: true));
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4a\u001e4b");

        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
        Assert.Equal(["opened", "message", "closed"], host.Handler.Calls);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.False(host.Handler.HasOverlapped);
    }

    [Fact]
    public async Task A_handler_that_throws_does_not_end_the_session()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (_, text) =>
        {
            if (text == "bad")
                throw new InvalidOperationException("handler");
        });
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4bad");
        await client.SendTextAsync("4good");

        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("good"));
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Fact]
    public async Task Close_cuts_off_an_unfinished_POST()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await host.ConnectAsync();
        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
        await raw.ReadHeadAsync();

        host.Session(client.Sid).Close();

        Assert.Empty(await raw.ReadToEndAsync());
    }
}
