using System.Net;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Heartbeat, upgrade and the end of a session.</summary>
[Collection(ProtocolServers.Name)]
public sealed class EngineLifeTests(ProtocolServers servers)
{
    [Fact]
    public async Task Pings_come_again_after_each_pong_over_polling()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await session.ReadAsync());
            await session.PostAsync("3");
        }
    }

    [Fact]
    public async Task Pings_come_again_after_each_pong_over_WebSocket()
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync());

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("2", await socket.RawTextAsync());
            await socket.SendAsync("3");
        }
    }

    [Fact]
    public async Task A_missing_pong_ends_a_polling_session()
    {
        using var session = await WirePolling.OpenAsync(await servers.WantsPongsAsync());

        await Eventually.TrueAsync(async () =>
        {
            using var answer = await session.GetAsync();
            return answer.StatusCode == HttpStatusCode.BadRequest;
        });
    }

    [Fact]
    public async Task A_missing_pong_ends_a_WebSocket()
    {
        using var socket = await WireSocket.OpenAsync(await servers.WantsPongsAsync());

        await socket.IsClosedAsync(pong: false);
    }

    [Fact]
    public async Task A_close_packet_ends_a_polling_session_and_its_poll()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());
        Assert.Equal("2", await session.ReadAsync());
        var poll = session.GetAsync();

        await session.PostAsync("1");

        // Two requests of one client: nobody knows which the server takes up first.
        using var answer = await poll;
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest || await answer.Content.ReadAsStringAsync() == "6");
        await session.IsGoneAsync();
    }

    [Fact]
    public async Task A_close_packet_ends_a_WebSocket()
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync());

        await socket.SendAsync("1");

        await socket.IsClosedAsync();
    }

    [Fact]
    public async Task A_probe_is_answered_and_the_waiting_poll_ends_with_a_noop()
    {
        var url = await servers.PatientAsync();
        using var session = await WirePolling.OpenAsync(url);
        Assert.Equal("2", await session.ReadAsync());
        var poll = session.ReadAsync();
        using var socket = await UpgradeAsync(url, session);

        await socket.SendAsync("2probe");

        Assert.Equal("3probe", await socket.RawTextAsync());
        Assert.Equal("6", await poll);
    }

    [Fact]
    public async Task After_the_upgrade_messages_use_the_WebSocket()
    {
        var url = await servers.PatientAsync();
        using var session = await WirePolling.OpenAsync(url);
        using var socket = await UpgradedAsync(url, session);

        await socket.SendAsync("4hello");

        Assert.Equal("4hello", await socket.TextAsync());
    }

    [Fact]
    public async Task After_the_upgrade_polling_is_refused_and_the_session_goes_on()
    {
        var url = await servers.PatientAsync();
        using var session = await WirePolling.OpenAsync(url);
        using var socket = await UpgradedAsync(url, session);
        await socket.SendAsync("4first");
        Assert.Equal("4first", await socket.TextAsync());

        using var answer = await session.GetAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await socket.SendAsync("4second");
        Assert.Equal("4second", await socket.TextAsync());
    }

    [Fact]
    public async Task After_the_upgrade_another_WebSocket_is_closed_and_the_session_goes_on()
    {
        var url = await servers.PatientAsync();
        using var session = await WirePolling.OpenAsync(url);
        using var socket = await UpgradedAsync(url, session);
        await socket.SendAsync("4first");
        Assert.Equal("4first", await socket.TextAsync());

        using var intruder = await UpgradeAsync(url, session);

        await intruder.IsClosedAsync();
        await socket.SendAsync("4second");
        Assert.Equal("4second", await socket.TextAsync());
    }

    private static Task<WireSocket> UpgradeAsync(string url, WirePolling session) =>
        WireSocket.ConnectAsync(url, $"EIO=4&transport=websocket&sid={session.Sid}");

    private static async Task<WireSocket> UpgradedAsync(string url, WirePolling session)
    {
        var socket = await UpgradeAsync(url, session);
        await socket.SendAsync("2probe");
        Assert.Equal("3probe", await socket.RawTextAsync());
        await socket.SendAsync("5");
        return socket;
    }
}
