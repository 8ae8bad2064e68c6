using System.Net;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Messages there and back, over both transports.</summary>
[Collection(ProtocolServers.Name)]
public sealed class EngineMessageTests(ProtocolServers servers)
{
    [Fact]
    public async Task A_posted_message_comes_back_with_a_poll()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        await session.PostAsync("4hello");

        Assert.Equal("4hello", await session.PollAsync());
    }

    [Fact]
    public async Task Several_messages_travel_in_one_body()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        await session.PostAsync($"4test1{WirePolling.Separator}4test2{WirePolling.Separator}4test3");

        Assert.Equal($"4test1{WirePolling.Separator}4test2{WirePolling.Separator}4test3", await ReadAllAsync(session, 3));
    }

    [Fact]
    public async Task Text_beyond_ASCII_comes_back_over_polling()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        await session.PostAsync("4€ 汉 😀");

        Assert.Equal("4€ 汉 😀", await session.PollAsync());
    }

    [Fact]
    public async Task Bytes_travel_as_Base64_over_polling()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        await session.PostAsync("bAQIDBA==");

        Assert.Equal("bAQIDBA==", await session.PollAsync());
    }

    [Fact]
    public async Task A_body_that_is_no_packet_ends_the_session()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        using var refused = await session.TryPostAsync("abc");

        await session.IsGoneAsync();
    }

    [Fact]
    public async Task A_second_poll_ends_the_session_and_tells_the_first()
    {
        using var session = await QuietAsync();

        var answers = await Task.WhenAll(session.GetAsync(), session.GetAsync());

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], answers.Select(answer => answer.StatusCode).Order());
        Assert.Equal("1", await answers.Single(answer => answer.IsSuccessStatusCode).Content.ReadAsStringAsync());
        await session.IsGoneAsync();
    }

    [Fact]
    public async Task An_abandoned_poll_ends_the_session()
    {
        using var session = await QuietAsync();

        // A client of the framework may give a request up before it was sent.
        await session.AbandonPollAsync();

        await Eventually.TrueAsync(() => IsGoneAsync(session), "the session's end");
    }

    [Fact]
    public async Task A_text_comes_back_over_WebSocket()
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync());

        await socket.SendAsync("4hello €");

        Assert.Equal("4hello €", await socket.TextAsync());
    }

    [Fact]
    public async Task Bytes_come_back_over_WebSocket()
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync());

        await socket.SendAsync(1, 2, 3, 4);

        Assert.Equal([1, 2, 3, 4], await socket.BinaryAsync());
    }

    [Fact]
    public async Task A_frame_that_is_no_packet_ends_the_connection()
    {
        using var socket = await WireSocket.OpenAsync(await servers.PatientAsync());

        await socket.SendAsync("abc");

        await socket.IsClosedAsync();
    }

    /// <summary>A session whose ping was taken and not answered: no poll ends by itself for as long as the server waits for the pong.</summary>
    private async Task<WirePolling> QuietAsync()
    {
        var session = await WirePolling.OpenAsync(await servers.PatientAsync());
        Assert.Equal("2", await session.ReadAsync());
        return session;
    }

    /// <summary>Asked with a noop: what is answered would go out with a poll that still waits.</summary>
    private static async Task<bool> IsGoneAsync(WirePolling session)
    {
        using var answer = await session.TryPostAsync("6");
        return answer.StatusCode == HttpStatusCode.BadRequest;
    }

    /// <summary>The answers may come in one body or in several.</summary>
    private static async Task<string> ReadAllAsync(WirePolling session, int packets)
    {
        var all = await session.PollAsync();
        while (all.Split(WirePolling.Separator).Length < packets)
            all += WirePolling.Separator + await session.PollAsync();
        return all;
    }
}
