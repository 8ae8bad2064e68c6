using System.Net;
using System.Net.WebSockets;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>How a session begins, and how it does not.</summary>
[Collection(ProtocolServers.Name)]
public sealed class EngineHandshakeTests(ProtocolServers servers)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Polling_opens_a_session()
    {
        using var session = await WirePolling.OpenAsync(await servers.PatientAsync());

        Assert.Equal('0', session.Open[0]);
        AssertOpen(session.Open[1..], "[\"websocket\"]");
    }

    [Fact]
    public async Task WebSocket_opens_a_session()
    {
        using var socket = await WireSocket.ConnectAsync(await servers.PatientAsync(), "EIO=4&transport=websocket");

        var open = await socket.RawTextAsync();

        Assert.Equal('0', open[0]);
        AssertOpen(open[1..], "[]");
    }

    [Theory]
    [InlineData("transport=polling")]
    [InlineData("EIO=abc&transport=polling")]
    [InlineData("EIO=3&transport=polling")]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    [InlineData("EIO=4&transport=websocket")]
    public async Task A_wrong_query_is_refused(string query)
    {
        using var answer = await Http.GetAsync($"{await servers.PatientAsync()}/engine.io/?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_wrong_method_is_refused(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{await servers.PatientAsync()}/engine.io/?EIO=4&transport=polling");

        using var answer = await Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    [InlineData("EIO=4&transport=websocket&sid=unknown")]
    public async Task A_wrong_WebSocket_is_refused(string query)
    {
        var url = await servers.PatientAsync();

        await Assert.ThrowsAsync<WebSocketException>(() => WireSocket.ConnectAsync(url, query));
    }

    [Fact]
    public async Task Pages_of_any_origin_may_connect()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{await servers.PatientAsync()}/engine.io/?EIO=4&transport=polling");
        request.Headers.Add("Origin", "https://elsewhere.example");

        using var answer = await Http.SendAsync(request);

        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    private static void AssertOpen(string json, string upgrades)
    {
        var open = JsonDocument.Parse(json).RootElement;
        Assert.Equal(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"], open.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[A-Za-z0-9_-]{20}$", open.GetProperty("sid").GetString());
        Assert.Equal(upgrades, open.GetProperty("upgrades").GetRawText());
        Assert.Equal(300, open.GetProperty("pingInterval").GetInt32());
        Assert.Equal(60_000, open.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(1_000_000, open.GetProperty("maxPayload").GetInt32());
    }
}
