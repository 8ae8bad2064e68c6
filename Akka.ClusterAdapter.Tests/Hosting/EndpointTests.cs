using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Hostile;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SocketIOTestHost = Akka.ClusterAdapter.Tests.Server.SocketIOTestHost;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Socket.IO is an endpoint like any other: what is required of it applies to each of its requests.</summary>
public class EndpointTests
{
    private const string Poll = "/socket.io/?EIO=4&transport=polling";
    private const string Upgrade = "EIO=4&transport=websocket";

    [Fact]
    public async Task RequireAuthorization_refuses_strangers_over_both_transports()
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireAuthorization());
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var poll = await http.GetAsync(Poll);
        var upgrade = await UpgradeAsync(host, "");

        Assert.Equal(HttpStatusCode.Unauthorized, poll.StatusCode);
        Assert.StartsWith("HTTP/1.1 401 ", upgrade, StringComparison.Ordinal);
        Assert.Equal(0, host.Server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_limit_of_the_size_of_its_requests_holds()
    {
        await using var host = await StartAsync(endpoint => endpoint.WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(100)));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var client = await PollingPeer.OpenAsync(http);

        using var small = await http.PostAsync(client.Path, new StringContent("40"));
        using var large = await http.PostAsync(client.Path, new StringContent("42[\"x\",\"" + new string('x', 200) + "\"]"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge), (small.StatusCode, large.StatusCode));
    }

    [Fact]
    public async Task The_user_of_the_first_request_is_the_socket_s()
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireAuthorization());
        using var raw = await RawSocket.DialAsync(host.Uri);
        await raw.SendAsciiAsync(RawSocket.Upgrade(Upgrade, "Authorization: Test alice\r\n"));
        Assert.StartsWith("HTTP/1.1 101 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        await raw.NextAsync();

        await raw.SendPacketAsync("40");
        await raw.NextAsync();
        await raw.SendPacketAsync("421[\"who\"]");

        Assert.Equal("431[\"alice\"]", await raw.NextAsync());
    }

    [Fact]
    public async Task A_later_request_of_a_session_is_authorized_too()
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireAuthorization());
        using var http = new HttpClient { BaseAddress = host.Uri };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Test alice");
        var client = await PollingPeer.OpenAsync(http);
        using var stranger = new HttpClient { BaseAddress = host.Uri };

        using var refused = await stranger.GetAsync(client.Path);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await client.PostAsync("40");
        Assert.StartsWith("40{", await client.PollAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireRateLimiting_counts_requests()
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireRateLimiting("two"));
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var first = await http.GetAsync(Poll);
        var second = await UpgradeAsync(host, "");
        using var third = await http.GetAsync(Poll);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.StartsWith("HTTP/1.1 101 ", second, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
    }

    [Theory]
    [InlineData("https://friend.example", "https://friend.example")]
    [InlineData("https://evil.example", null)]
    public async Task RequireCors_answers_preflights_and_lets_the_listed_origin_read_even_errors(string origin, string? allowed)
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireCors("friends"));

        foreach (var (method, target, status) in new[]
        {
            ("OPTIONS", Poll, 204), ("GET", Poll, 200), ("GET", "/socket.io/?EIO=4&transport=x", 400), ("POST", Poll + "&sid=unknown", 400),
        })
        {
            using var http = new HttpClient { BaseAddress = host.Uri };
            using var request = new HttpRequestMessage(new HttpMethod(method), target);
            request.Headers.Add("Origin", origin);
            if (method == "OPTIONS")
                request.Headers.Add("Access-Control-Request-Method", "POST");

            using var answer = await http.SendAsync(request);

            Assert.Equal((method, target, status), (method, target, (int)answer.StatusCode));
            Assert.Equal(allowed, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
        }
    }

    [Theory]
    [InlineData("https://friend.example", "101")]
    [InlineData("https://evil.example", "403")]
    public async Task RequireCors_decides_about_WebSockets_with_cookies_too(string origin, string status)
    {
        await using var host = await StartAsync(endpoint => endpoint.RequireCors("friends"));

        var head = await UpgradeAsync(host, $"Origin: {origin}\r\nCookie: a=b\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_framework_s_own_WebSockets_middleware_does_no_harm()
    {
        await using var host = await SocketIOTestHost.StartAsync(SetUp, use: app => app.UseWebSockets());

        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"who\"]");
        await client.ExpectAsync("431[null]");
    }

    private static void SetUp(SocketIOServer io) =>
        io.OnConnection(socket => socket.On("who", () => new ValueTask<string?>(socket.User.Identity?.Name)));

    private static Task<SocketIOTestHost> StartAsync(Action<IEndpointConventionBuilder> require) => SocketIOTestHost.StartAsync(
        SetUp,
        services: services =>
        {
            services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, NameIsEnough>("Test", null);
            services.AddAuthorization();
            services.AddCors(
                cors => cors.AddPolicy("friends", policy => policy.WithOrigins("https://friend.example").AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
            services.AddRateLimiter(limiter =>
            {
                limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                limiter.AddPolicy("two", _ => RateLimitPartition.GetTokenBucketLimiter("all", _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = 2,
                    TokensPerPeriod = 2,
                    ReplenishmentPeriod = TimeSpan.FromDays(1),
                    AutoReplenishment = false,
                }));
            });
        },
        use: app => app.UseRouting().UseCors().UseAuthentication().UseAuthorization().UseRateLimiter(),
        map: require);

    private static async Task<string> UpgradeAsync(SocketIOTestHost host, string headers)
    {
        using var raw = await RawSocket.DialAsync(host.Uri);
        await raw.SendAsciiAsync(RawSocket.Upgrade(Upgrade, headers));
        return await raw.ReadHeadAsync();
    }

    private sealed class NameIsEnough(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers.Authorization.ToString().Split(' ') is not ["Test", var name])
                return Task.FromResult(AuthenticateResult.NoResult());
            var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)));
        }
    }
}
