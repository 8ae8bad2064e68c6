using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>A gateway before real worker processes.</summary>
public sealed class GatewayTests
{
    private const string SystemName = "socketio";

    [Fact]
    public async Task Sessions_are_spread_evenly_and_those_of_a_killed_worker_too()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "3", "--cold", "--open-to-others");
        await using var gateway = await StartAsync(server);

        await NodeScenario.PassesAsync("a_gateway_spreads_sessions_evenly", [gateway.Url, .. server.Urls]);
    }

    [Fact]
    public async Task Each_request_goes_to_the_worker_that_owns_its_session()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--open-to-others", "--upgrade-timeout", "120000");
        await using var gateway = await StartAsync(server);

        await NodeScenario.PassesAsync("a_gateway_brings_each_request_to_its_owner", [gateway.Url, .. server.Urls]);
    }

    [Fact]
    public async Task Without_workers_the_answer_is_503_and_for_a_session_of_nobody_400()
    {
        await using var gateway = await GatewayHost.StartAsync(SystemName, member: null, workers: 0);
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };

        using var opened = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        using var polled = await http.GetAsync($"/socket.io/?EIO=4&transport=polling&sid={SessionId.Create(5)}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, opened.StatusCode);
        Assert.Equal("1", opened.Headers.RetryAfter?.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, polled.StatusCode);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await polled.Content.ReadAsStringAsync());
    }

    private static async Task<GatewayHost> StartAsync(TestServerProcess server)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(server.Urls[0] + "/control", new { op = "info" });
        var info = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return await GatewayHost.StartAsync(SystemName, info.GetProperty("worker").GetString()!.Split('#')[0], server.Urls.Count);
    }
}
