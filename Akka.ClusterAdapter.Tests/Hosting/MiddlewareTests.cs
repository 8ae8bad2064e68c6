using System.Net;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>The middleware that applications usually have around the endpoint (issue 16, A8).</summary>
public class MiddlewareTests
{
    private static readonly Dictionary<string, (Action<IServiceCollection> Services, Action<WebApplication> Use)> Set = new()
    {
        ["nothing"] = (_ => { }, _ => { }
        ),
        ["output cache"] = (services => services.AddOutputCache(cache => cache.AddBasePolicy(policy => policy.Cache())), app => app.UseOutputCache()),
        ["output cache that expires"] = (
            services => services.AddOutputCache(cache => cache.AddBasePolicy(policy => policy.Expire(TimeSpan.FromDays(1)))), app => app.UseOutputCache()),
        ["response caching"] = (services => services.AddResponseCaching(), app =>
        {
            app.Use((context, next) =>
            {
                context.Response.Headers.CacheControl = "public, max-age=1000";
                return next(context);
            });
            app.UseResponseCaching();
        }
        ),
        ["response compression"] = (
            services => services.AddResponseCompression(compression => compression.EnableForHttps = true), app => app.UseResponseCompression()),
        ["request decompression"] = (services => services.AddRequestDecompression(), app => app.UseRequestDecompression()),
        ["exception handler"] = (services => services.AddProblemDetails(), app => app.UseExceptionHandler()),
        ["developer exception page"] = (_ => { }, app => app.UseDeveloperExceptionPage()),
        ["status code pages"] = (_ => { }, app => app.UseStatusCodePages()),
        ["status code pages, executed again"] = (_ => { }, app => app.UseStatusCodePagesWithReExecute("/error/{0}")
            .UseRouting().UseEndpoints(endpoints => endpoints.Map("/error/{0}", () => "a page"))),
        ["status code pages, redirected"] = (_ => { }, app => app.UseStatusCodePagesWithRedirects("/error/{0}")),
        ["WebSockets"] = (_ => { }, app => app.UseWebSockets()),
        ["HTTP logging with bodies"] = (
            services => services.AddHttpLogging(logging => logging.LoggingFields = HttpLoggingFields.All), app => app.UseHttpLogging()),
        ["request time-outs"] = (
            services => services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = TimeSpan.FromMilliseconds(1) }),
            app => app.UseRequestTimeouts()),
        ["rate limiter"] = (services => services.AddRateLimiter(limiter => limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
            _ => RateLimitPartition.GetConcurrencyLimiter("all", _ => new() { PermitLimit = 100 }))), app => app.UseRateLimiter()),
        ["host filtering"] = (services => services.AddHostFiltering(filter => filter.AllowedHosts = ["localhost", "127.0.0.1"]), app => app.UseHostFiltering()),
        ["forwarded headers"] = (
            _ => { }, app => app.UseForwardedHeaders(new() { ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.All })),
        ["session and antiforgery"] = (services =>
        {
            services.AddDistributedMemoryCache().AddSession();
            services.AddAntiforgery();
        }, app => app.UseSession().UseRouting().UseAntiforgery()),
        ["static files and a fallback"] = (_ => { }, app =>
        {
            app.UseStaticFiles();
            app.MapFallback(() => "the single page");
        }
        ),
        ["HTTP method override and HSTS"] = (_ => { }, app => app.UseHttpMethodOverride().UseHsts()),
        ["a buffer around the answer"] = (_ => { }, app => app.Use(BufferAsync)),
        ["a buffer around the request"] = (_ => { }, app => app.Use((context, next) =>
        {
            context.Request.EnableBuffering();
            return next(context);
        })),
        ["a path base"] = (_ => { }, app => app.UsePathBase("/base").UseRouting()),
        ["MVC and Razor pages"] = (services => services.AddRazorPages(), app => app.MapRazorPages()),
    };

    public static TheoryData<string> Names => [.. Set.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Polling_and_upgrade_work_with(string middleware)
    {
        var (services, use) = Set[middleware];
        await using var host = await SocketIOTestHost.StartAsync(SetUp, services: services, use: use);
        using var http = new HttpClient { BaseAddress = host.Uri };

        var first = await PollingPeer.ConnectAsync(http);
        var second = await PollingPeer.ConnectAsync(http);
        Assert.Equal((HttpStatusCode.OK, "ok"), await first.PostAsync("421[\"echo\",\"by polling\"]"));
        Assert.Equal("431[\"by polling\"]", await first.PollAsync());
        Assert.Equal((HttpStatusCode.OK, "ok"), await first.PostAsync("422[\"echo\",\"again\"]"));
        Assert.Equal("432[\"again\"]", await first.PollAsync());
        await UpgradeAsync(host, second);
        await using var third = await host.ConnectAsync();
        await using var fourth = await host.ConnectAsync();
        await third.SendAsync("423[\"echo\",\"third\"]");
        await fourth.SendAsync("424[\"echo\",\"fourth\"]");

        await third.ExpectAsync("433[\"third\"]");
        await fourth.ExpectAsync("434[\"fourth\"]");
        Assert.NotEqual(first.Sid, second.Sid);
        await AssertRefusalsAreTheEnginesAsync(http);
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("")]
    public async Task A_group_and_a_path_base_only_move_the_path(string group)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UsePathBase("/base");
        app.UseRouting();
        app.MapGroup(group).MapSocketIO(SetUp);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        var open = await http.GetStringAsync($"/base{group}/socket.io/?EIO=4&transport=polling");

        Assert.StartsWith("0{", open, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caching_that_the_endpoint_was_told_to_do_has_no_effect_and_a_warning_says_so()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            SetUp,
            services: services => services.AddOutputCache(),
            use: app => app.UseOutputCache(),
            map: endpoint => endpoint.CacheOutput().WithMetadata(new Microsoft.AspNetCore.OutputCaching.OutputCacheAttribute { Duration = 1_000 }));
        using var http = new HttpClient { BaseAddress = host.Uri };

        var first = await PollingPeer.OpenAsync(http);
        var second = await PollingPeer.OpenAsync(http);

        Assert.NotEqual(first.Sid, second.Sid);
        Assert.Contains(host.Logs.Lines, line => line.Contains("OutputCache has no effect on Socket.IO", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_filter_of_MVC_on_the_endpoint_stops_the_application_at_its_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => SocketIOTestHost.StartAsync(SetUp, map: endpoint => endpoint.WithMetadata(new Microsoft.AspNetCore.Mvc.RequireHttpsAttribute())));

        Assert.Contains("[RequireHttps] on Socket.IO is a filter of MVC", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_filters_and_hosts_are_honoured()
    {
        await using var filtered = await SocketIOTestHost.StartAsync(
            SetUp, map: endpoint => endpoint.AddEndpointFilter((context, next) => new(Results.StatusCode(418))));
        await using var hosted = await SocketIOTestHost.StartAsync(SetUp, map: endpoint => endpoint.RequireHost("chat.example"));
        using var http = new HttpClient { BaseAddress = filtered.Uri };
        using var other = new HttpClient { BaseAddress = hosted.Uri };

        using var teapot = await http.GetAsync(PollingPeer.Handshake);
        using var nowhere = await other.GetAsync(PollingPeer.Handshake);

        Assert.Equal((418, 404), ((int)teapot.StatusCode, (int)nowhere.StatusCode));
    }

    private static void SetUp(SocketIOServer io) => io.OnConnection(socket => socket.On("echo", (string text) => new ValueTask<string>(text)));

    /// <summary>As they left it, and not to be kept by anybody.</summary>
    private static async Task AssertRefusalsAreTheEnginesAsync(HttpClient http)
    {
        foreach (var (method, target, body) in new[]
        {
            ("GET", PollingPeer.Handshake + "&sid=unknown", "{\"code\":1,\"message\":\"Session ID unknown\"}"),
            ("POST", PollingPeer.Handshake, "{\"code\":2,\"message\":\"Bad handshake method\"}"),
            ("GET", "/socket.io/?EIO=3&transport=polling", "{\"code\":5,\"message\":\"Unsupported protocol version\"}"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), target);
            using var answer = await http.SendAsync(request);

            Assert.Equal((target, 400, body), (target, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.True(answer.Headers.CacheControl is { NoStore: true }, target);
        }
    }

    private static async Task UpgradeAsync(SocketIOTestHost host, PollingPeer client)
    {
        using var raw = await RawSocket.DialAsync(host.Uri);
        await raw.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket&sid=" + client.Sid));
        Assert.StartsWith("HTTP/1.1 101 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        await raw.SendPacketAsync("2probe");
        Assert.Equal("3probe", await raw.NextAsync());
        await raw.SendPacketAsync("5");
        await raw.SendPacketAsync("425[\"echo\",\"upgraded\"]");
        Assert.Equal("435[\"upgraded\"]", await raw.NextAsync());
    }

    private static async Task BufferAsync(HttpContext context, RequestDelegate next)
    {
        var body = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        await next(context);
        context.Response.Body = body;
        buffer.Position = 0;
        await buffer.CopyToAsync(body);
    }
}
