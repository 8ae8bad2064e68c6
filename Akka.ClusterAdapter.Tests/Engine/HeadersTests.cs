using System.Collections.Concurrent;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class HeadersTests
{
    [Theory]
    [InlineData("default", "io=SID; Path=/; HttpOnly; SameSite=Lax")]
    [InlineData("bare", "sid=SID")]
    [InlineData("full", "io=SID; Max-Age=90; Domain=example.com; Path=/a; HttpOnly; Secure; SameSite=Strict")]
    public async Task The_polling_handshake_sets_the_cookie(string kind, string expected)
    {
        await using var host = await EngineHost.StartAsync(o => o.Cookie = kind switch
        {
            "bare" => new() { Name = "sid", Path = null, IsHttpOnly = false, SameSite = SameSiteMode.Unspecified },
            "full" => new() { Path = "/a", IsSecure = true, SameSite = SameSiteMode.Strict, Domain = "example.com", MaxAge = TimeSpan.FromSeconds(90) },
            _ => new(),
        });

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        var sid = PollingClient.SidIn(await answer.Content.ReadAsStringAsync());
        Assert.Equal(expected.Replace("SID", sid), answer.Headers.GetValues("Set-Cookie").Single());
    }

    [Fact]
    public async Task Later_answers_and_WebSockets_get_no_cookie()
    {
        await using var host = await EngineHost.StartAsync(o => o.Cookie = new());
        var client = await host.PollAsync();
        using var raw = await host.ConnectAsync();

        using var ok = await client.PostAsync("4x");
        await raw.SendUpgradeAsync("EIO=4&transport=websocket");

        Assert.False(ok.Headers.Contains("Set-Cookie"));
        Assert.DoesNotContain("Set-Cookie", await raw.ReadHeadAsync());
    }

    [Fact]
    public async Task Header_events_come_initial_first_and_not_for_refusals()
    {
        var events = new ConcurrentQueue<string>();
        await using var host = await EngineHost.StartAsync(observe: server =>
        {
            server.InitialHeaders += _ => events.Enqueue("initial");
            server.Headers += context =>
            {
                events.Enqueue("headers");
                context.Response.Headers["x-test"] = "123";
            };
        });
        using var handshake = await host.GetAsync("EIO=4&transport=polling");
        var sid = PollingClient.SidIn(await handshake.Content.ReadAsStringAsync());

        using var ok = await host.SendAsync(HttpMethod.Post, "EIO=4&transport=polling&sid=" + sid, EngineHost.Text("4x"));
        using var refused = await host.GetAsync("EIO=4&transport=abc");

        Assert.Equal(["initial", "headers", "headers"], events);
        Assert.Equal("123", ok.Headers.GetValues("x-test").Single());
        Assert.False(refused.Headers.Contains("x-test"));
    }

    [Fact]
    public async Task A_101_carries_the_headers_of_the_event()
    {
        await using var host = await EngineHost.StartAsync(observe: server => server.Headers += context => context.Response.Headers["x-test"] = "123");
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket");

        Assert.Contains("x-test: 123\r\n", await client.ReadHeadAsync());
    }

    [Fact]
    public async Task Old_Internet_Explorers_get_their_header()
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.SendAsync(
            HttpMethod.Get, "EIO=4&transport=polling", null, ("User-Agent", "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko"));

        Assert.Equal("0", answer.Headers.GetValues("X-XSS-Protection").Single());
    }

    [Fact]
    public async Task The_first_request_is_kept()
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.SendAsync(HttpMethod.Get, "EIO=4&transport=polling&a=1&a=2", null, ("X-Custom", "one"), ("X-Custom", "two"));

        var request = host.Session(PollingClient.SidIn(await answer.Content.ReadAsStringAsync())).Request;
        Assert.Equal("2", request.Query["a"]);
        Assert.Equal("4", request.Query["EIO"]);
        Assert.Equal("one, two", request.Headers["x-custom"]);
        Assert.Equal("/engine.io/?EIO=4&transport=polling&a=1&a=2", request.Url);
        Assert.True(System.Net.IPAddress.IsLoopback(request.RemoteAddress!));
        Assert.Equal(host.Time.GetUtcNow(), request.Time);
    }

    [Fact]
    public async Task CORS_headers_stay_on_refusals_and_an_unlisted_origin_gets_none()
    {
        await using var host = await CorsHostAsync(policy => policy.WithOrigins("https://good.example").AllowCredentials());

        using var listed = await host.SendAsync(HttpMethod.Get, "EIO=4&transport=abc", null, ("Origin", "https://good.example"));
        using var unlisted = await host.SendAsync(HttpMethod.Get, "EIO=4&transport=abc", null, ("Origin", "https://evil.example"));

        Assert.Equal("https://good.example", listed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("true", listed.Headers.GetValues("Access-Control-Allow-Credentials").Single());
        Assert.False(unlisted.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("", "101")]
    [InlineData("Origin: https://evil.example", "101")]
    [InlineData("Cookie: a=b", "101")]
    [InlineData("Origin: http://localhost|Cookie: a=b", "101")]
    [InlineData("Origin: https://evil.example|Cookie: a=b", "403")]
    [InlineData("Origin: https://evil.example|Authorization: Bearer x", "403")]
    [InlineData("Origin: null|Cookie: a=b", "403")]
    public async Task Without_a_policy_a_foreign_page_may_not_bring_credentials(string headers, string status)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket", headers.Split('|', StringSplitOptions.RemoveEmptyEntries));

        Assert.StartsWith("HTTP/1.1 " + status, await client.ReadHeadAsync());
    }

    [Theory]
    [InlineData("Origin: https://good.example|Cookie: a=b", "101")]
    [InlineData("Origin: https://evil.example", "403")]
    [InlineData("Origin: http://localhost|Cookie: a=b", "101")]
    [InlineData("Cookie: a=b", "101")]
    public async Task With_a_policy_that_decides(string headers, string status)
    {
        await using var host = await CorsHostAsync(policy => policy.WithOrigins("https://good.example").AllowCredentials());
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket", headers.Split('|', StringSplitOptions.RemoveEmptyEntries));

        Assert.StartsWith("HTTP/1.1 " + status, await client.ReadHeadAsync());
    }

    [Theory]
    [InlineData("Origin: https://evil.example", "101")]
    [InlineData("Origin: https://evil.example|Cookie: a=b", "403")]
    public async Task A_policy_for_any_origin_allows_no_credentials_and_nobody_here_can_take_them_away(string headers, string status)
    {
        await using var host = await CorsHostAsync(policy => policy.AllowAnyOrigin());
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket", headers.Split('|'));

        Assert.StartsWith("HTTP/1.1 " + status, await client.ReadHeadAsync());
    }

    [Fact]
    public async Task A_foreign_origin_is_counted_and_reported()
    {
        var errors = new ConcurrentQueue<EngineError>();
        await using var host = await EngineHost.StartAsync(observe: server => server.ConnectionError += (_, error) => errors.Enqueue(error));
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket", "Origin: https://evil.example", "Cookie: a=b");

        Assert.Equal("Forbidden", (await client.ReadAnswerAsync()).Body);
        Assert.Equal("FOREIGN_ORIGIN", errors.Single().Details["name"]);
        Assert.Equal(1, host.Server.Counters["refused.foreign-origin"]);
    }

    private static Task<EngineHost> CorsHostAsync(Action<CorsPolicyBuilder> policy) => EngineHost.StartAsync(
        build: builder => builder.Services.AddCors(cors => cors.AddPolicy("p", policy)),
        use: app => app.UseCors(),
        map: endpoint => endpoint.RequireCors("p"));
}
