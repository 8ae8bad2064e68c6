using System.Net;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>The application's own rate limiter beside polls, which are many requests of one client; the ways that the documentation names.</summary>
public sealed class RateLimiterTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task A_global_limiter_counts_every_poll()
    {
        await using var host = await StartAsync(_ => RateLimitPartition.GetFixedWindowLimiter("all", Three));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = await OpenAsync(http);

        Assert.Equal("200, 200, 429, 429", await PostAsync(http, sid, 4));
    }

    [Fact]
    public async Task An_endpoint_without_rate_limiting_is_limited_by_its_own_settings_alone()
    {
        await using var host = await StartAsync(
            _ => RateLimitPartition.GetFixedWindowLimiter("all", Three), map => map.DisableRateLimiting(),
            o => (o.MaxHandshakesPerSecond, o.MaxHandshakeBurst) = (1, 2));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = await OpenAsync(http);

        Assert.Equal("200, 200, 200, 200, 200, 200", await PostAsync(http, sid, 6));
        await OpenAsync(http);
        using var refused = await http.GetAsync(Handshake);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task A_partition_of_their_own_lets_requests_of_sessions_pass_and_counts_handshakes()
    {
        await using var host = await StartAsync(context =>
            context.Request.Path.StartsWithSegments("/socket.io") && context.Request.Query.ContainsKey("sid")
                ? RateLimitPartition.GetNoLimiter("socket.io")
                : RateLimitPartition.GetFixedWindowLimiter($"{context.Connection.RemoteIpAddress}", Three));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var sid = await OpenAsync(http);

        Assert.Equal("200, 200, 200, 200, 200, 200", await PostAsync(http, sid, 6));
        await OpenAsync(http);
        await OpenAsync(http);
        using var refused = await http.GetAsync(Handshake);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    private static FixedWindowRateLimiterOptions Three(string key) => new() { PermitLimit = 3, Window = TimeSpan.FromHours(1) };

    private static Task<SocketIOTestHost> StartAsync(
        Func<HttpContext, RateLimitPartition<string>> partition, Action<IEndpointConventionBuilder>? map = null,
        Action<Akka.ClusterAdapter.Server.SocketIOOptions>? options = null) =>
        SocketIOTestHost.StartAsync(
            _ => { },
            options,
            services => services.AddRateLimiter(limiter =>
            {
                limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                limiter.GlobalLimiter = PartitionedRateLimiter.Create(partition);
            }),
            app => app.UseRateLimiter(),
            map: map);

    private static async Task<string> OpenAsync(HttpClient http)
    {
        var open = await http.GetStringAsync(Handshake);
        return System.Text.Json.JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!;
    }

    private static async Task<string> PostAsync(HttpClient http, string sid, int count)
    {
        var seen = new int[count];
        for (var i = 0; i < count; i++)
        {
            using var answer = await http.PostAsync($"{Handshake}&sid={sid}", new StringContent("6"));
            seen[i] = (int)answer.StatusCode;
        }

        return string.Join(", ", seen);
    }
}
