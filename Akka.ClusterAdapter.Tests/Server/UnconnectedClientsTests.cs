using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Connections that join nothing, as clients see them.</summary>
public sealed class UnconnectedClientsTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task One_address_that_opens_all_it_can_and_joins_nothing_keeps_nobody_else_out()
    {
        await using var host = await StartAsync(most: 20);
        using var http = new HttpClient { BaseAddress = host.Uri };
        var seen = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
            seen.Add(await OpenAsync(http, "203.0.113.66"));

        for (var i = 1; i <= 10; i++)
            Assert.Equal(HttpStatusCode.OK, await OpenAsync(http, $"198.51.100.{i}"));

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.OK, 20).Concat(Enumerable.Repeat(HttpStatusCode.TooManyRequests, 20)), seen);
        await Eventually.TrueAsync(
            () => host.Server.Engine.Counters.GetValueOrDefault("rejected.unconnected") == 10 && host.Server.Engine.SessionCount == 20, "ten gave way");
        Assert.Equal(20, host.Server.Engine.Counters["refused.address-unconnected"]);
        await Eventually.TrueAsync(
            () => host.Logs.Lines.Any(line => line.Contains("203.0.113.66") && line.Contains("MaxUnconnectedClients") && line.Contains("UseForwardedHeaders")),
            "it is told");
    }

    [Fact]
    public async Task One_that_was_kept_waiting_by_nobody_joins_as_always_while_another_opens_all_it_can()
    {
        await using var host = await StartAsync(most: 20);
        using var http = new HttpClient { BaseAddress = host.Uri };
        for (var i = 0; i < 20; i++)
            await OpenAsync(http, "203.0.113.66");

        await using var honest = await host.ConnectAsync();

        for (var i = 0; i < 40; i++)
            await OpenAsync(http, "203.0.113.66");
        await honest.SendAsync("42[\"x\"]");
        Assert.True(host.Server.Engine.Sessions[honest.EngineId].IsOpen);
    }

    [Fact]
    public async Task One_that_breaks_the_protocol_keeps_no_place_by_that()
    {
        await using var host = await StartAsync(most: 20);
        using var http = new HttpClient { BaseAddress = host.Uri };
        for (var i = 0; i < 20; i++)
            await OpenAsync(http, "203.0.113.66");
        foreach (var sid in host.Server.Engine.Sessions.Keys)
        {
            using var body = new StringContent("4!garbage");
            using var answer = await http.PostAsync(new Uri($"{Handshake}&sid={sid}", UriKind.Relative), body);
        }

        for (var i = 1; i <= 10; i++)
            Assert.Equal(HttpStatusCode.OK, await OpenAsync(http, $"198.51.100.{i}"));

        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount <= 20, () => $"{host.Server.Engine.SessionCount} sessions");
    }

    private static Task<SocketIOTestHost> StartAsync(int most) => SocketIOTestHost.StartAsync(
        _ => { },
        o => o.MaxUnconnectedClients = most,
        use: app => app.Use((context, next) =>
        {
            if (IPAddress.TryParse(context.Request.Headers["X-Test-Address"], out var address))
                context.Connection.RemoteIpAddress = address;
            return next(context);
        }));

    private static async Task<HttpStatusCode> OpenAsync(HttpClient http, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake);
        request.Headers.Add("X-Test-Address", address);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
