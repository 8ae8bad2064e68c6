using System.Net;
using System.Text.Json;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>Nothing that one client sends takes the workers from the others.</summary>
public sealed class GatewayFaultTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task What_becomes_of_requests_and_which_workers_take_sessions_is_measured()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        await using var gateway = await hosts.GatewayAsync();
        using var seen = new MeterRecorder(gateway.Services);
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };

        var open = await http.GetStringAsync(Handshake);
        var sid = JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString();
        using (var connect = new StringContent("40"))
            Assert.Equal(HttpStatusCode.OK, (await http.PostAsync($"{Handshake}&sid={sid}", connect)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{Handshake}&sid=nobodys")).StatusCode);
        seen.Look();

        Assert.Equal((2, 0), (seen["socketio.gateway.workers{state=open}"], seen["socketio.gateway.workers{state=closed}"]));
        Assert.Equal(
            (1, 1, 1),
            (
                seen["socketio.gateway.requests{kind=new,outcome=answered}"], seen["socketio.gateway.requests{kind=session,outcome=answered}"],
                seen["socketio.gateway.requests{kind=session,outcome=nobody}"]));
    }

    [Theory]
    [InlineData("GET", "Cookie: name=Ren\xc3\xa9\r\n\r\n", 200)]
    [InlineData("GET", "Cookie: name=Ren\xe9\r\n\r\n", 400)]
    [InlineData("GET", "X-Name: \xc3\xa9\r\n\r\n", 200)]
    [InlineData("GET", "Transfer-Encoding: chunked\r\n\r\nno chunk\r\n", 200)]
    [InlineData("GET", "Content-Length: 5\r\n\r\nhello", 200)]
    [InlineData("GET", "Content-Type: text/plain\r\n\r\n", 200)]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n\r\nno chunk\r\n", 400)]
    [InlineData("POST", "Content-Length: 5\r\n\r\nhello", 400)]
    [InlineData("BREW", "\r\n", 400)]
    public async Task A_request_with_a_fault_is_answered_and_nobody_else_notices(string method, string headers, int status)
    {
        await using var hosts = await RoutedHosts.StartAsync();
        await using var gateway = await hosts.GatewayAsync();

        Assert.Equal(status, await RawRequest.StatusAsync(new Uri(gateway.Url), $"{method} {Handshake}", headers));

        Assert.Equal(2, gateway.OpenWorkers);
        Assert.Equal(status, await RawRequest.StatusAsync(hosts.One.Uri, $"{method} {Handshake}", headers));
    }

    [Fact]
    public async Task An_applications_503_for_one_client_is_passed_on_as_it_is()
    {
        await using var hosts = await RoutedHosts.StartAsync(use: app => app.Use(async (context, next) =>
        {
            if (!context.Request.Headers.ContainsKey("X-Refuse"))
            {
                await next(context);
                return;
            }

            // Naming our mark does not make it ours.
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "77";
            await context.Response.WriteAsync("too many of you");
        }));
        await using var gateway = await hosts.GatewayAsync();
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };

        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake) { Headers = { { "X-Refuse", "1" }, { BusyMark.Header, "1" } } };
        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("77", answer.Headers.RetryAfter?.ToString());
        Assert.Equal("too many of you", await answer.Content.ReadAsStringAsync());
        Assert.Equal(2, gateway.OpenWorkers);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Handshake)).StatusCode);
    }

    [Fact]
    public async Task A_worker_that_says_it_is_full_is_passed_over_and_its_word_stays_among_us()
    {
        await using var hosts = await RoutedHosts.StartAsync(services: services => services.Configure<SocketIOOptions>(o => o.MaxSessions = 1));
        await using var gateway = await hosts.GatewayAsync();
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        await using var joined = await hosts.One.ConnectAsync();

        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Handshake)).StatusCode);
        using var straight = await hosts.SendAsync(hosts.One, HttpMethod.Get);
        using var claimed = await hosts.SendAsync(
            hosts.One, HttpMethod.Get, null, null, (ForwardHeader.Name, new ForwardHeader("guess", ForwardedBy.Gateway, null, 0, "http").ToText()));
        using var proven = await hosts.SendAsync(
            hosts.One, HttpMethod.Get, null, null,
            (ForwardHeader.Name, new ForwardHeader(hosts.Extension(hosts.One).ForwardToken, ForwardedBy.Gateway, null, 0, "http").ToText()));

        Assert.Equal(10, hosts.Two.Server.Engine.SessionCount);
        Assert.Equal([503, 503, 503], new[] { straight, claimed, proven }.Select(answer => (int)answer.StatusCode));
        Assert.Equal([false, false, true], new[] { straight, claimed, proven }.Select(answer => answer.Headers.Contains(BusyMark.Header)));
    }

    [Fact]
    public async Task The_word_of_a_full_worker_does_not_reach_the_client_where_all_are_full()
    {
        await using var hosts = await RoutedHosts.StartAsync(all: services => services.Configure<SocketIOOptions>(o => o.MaxSessions = 1));
        await using var gateway = await hosts.GatewayAsync();
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        await using var one = await hosts.One.ConnectAsync();
        await using var two = await hosts.Two.ConnectAsync();

        using var answer = await http.GetAsync(Handshake);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
        Assert.False(answer.Headers.Contains(BusyMark.Header));
    }

    [Fact]
    public async Task A_client_whose_connections_the_application_cuts_takes_no_worker_from_the_others()
    {
        await using var hosts = await RoutedHosts.StartAsync(use: app => app.Use((context, next) =>
        {
            if (!context.Request.Headers.ContainsKey("X-Cut"))
                return next(context);
            context.Abort();
            return Task.CompletedTask;
        }));
        await using var gateway = await hosts.GatewayAsync();

        Assert.Equal(503, await RawRequest.StatusAsync(new Uri(gateway.Url), $"GET {Handshake}", "X-Cut: 1\r\n\r\n"));

        Assert.Equal(2, gateway.OpenWorkers);
    }

    [Fact]
    public async Task One_address_that_has_all_places_at_a_worker_takes_it_from_nobody()
    {
        await using var hosts = await RoutedHosts.StartAsync(
            use: app => app.Use((context, next) =>
            {
                if (IPAddress.TryParse(context.Request.Headers["X-Test-Address"], out var address))
                    context.Connection.RemoteIpAddress = address;
                return next(context);
            }),
            all: services => services.Configure<SocketIOOptions>(o => o.MaxUnconnectedClients = 10));
        await using var gateway = await hosts.GatewayAsync();
        var url = new Uri(gateway.Url);
        var seen = new List<int>();
        for (var i = 0; i < 40; i++)
            seen.Add(await RawRequest.StatusAsync(url, $"GET {Handshake}", "X-Test-Address: 203.0.113.66\r\n\r\n"));

        Assert.Equal(20, seen.Count(status => status == 200));
        Assert.Equal(20, seen.Count(status => status == 429));
        Assert.Equal(2, gateway.OpenWorkers);
        for (var i = 1; i <= 10; i++)
            Assert.Equal(200, await RawRequest.StatusAsync(url, $"GET {Handshake}", $"X-Test-Address: 198.51.100.{i}\r\n\r\n"));
    }

    [Fact]
    public async Task A_worker_that_cannot_be_reached_is_passed_over()
    {
        await using var hosts = await RoutedHosts.StartAsync("akka.cluster-adapter.advertised-url = \"http://127.0.0.1:1\"");
        await using var gateway = await hosts.GatewayAsync();
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };

        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Handshake)).StatusCode);

        Assert.Contains(gateway.Logs.Lines, line => line.Contains("cannot be reached at http://127.0.0.1:1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_header_that_the_gateway_cannot_send_costs_itself_alone(bool isTold)
    {
        await using var hosts = await RoutedHosts.StartAsync(
            all: services => services.Configure<KestrelServerOptions>(kestrel => kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8));
        foreach (var host in new[] { hosts.One, hosts.Two })
            host.Server.Engine.Headers += context => (context.Response.Headers["X-Name"], context.Response.Headers["X-Plain"]) = ("Ren\xe9", "plain");
        foreach (var host in new[] { hosts.One, hosts.Two })
            host.Server.Engine.Headers += context => (context.Response.Headers.Location, context.Response.Headers["Content-Disposition"]) =
                ("/gr\u00f6\u00dfe", "inline; filename=gr\u00f6\u00dfe");
        await using var gateway = await hosts.GatewayAsync(kestrel =>
        {
            if (isTold)
                kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.UTF8;
        });

        using var client = await RawRequest.SendAsync(new Uri(gateway.Url), $"GET {Handshake}", "\r\n");
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 200", head);
        Assert.Contains("X-Plain: plain", head);
        Assert.Equal(isTold, head.Contains("X-Name: Ren\xc3\xa9\r\n", StringComparison.Ordinal));
        Assert.Equal(isTold, head.Contains("Location: /gr\xc3\xb6\xc3\x9f" + "e\r\n", StringComparison.Ordinal));
        Assert.Equal(isTold, head.Contains("Content-Disposition: ", StringComparison.Ordinal));
        Assert.Equal(!isTold, gateway.Logs.Lines.Any(line => line.Contains("X-Name") && line.Contains("ResponseHeaderEncodingSelector")));
    }

    [Fact]
    public async Task A_POST_without_end_is_read_no_further_than_its_owner_would()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        await using var gateway = await hosts.GatewayAsync();
        var sid = await hosts.OpenAsync(hosts.One);

        var status = await RawRequest.StatusAsync(new Uri(gateway.Url), $"POST {Handshake}&sid={sid}", "Content-Length: 900000000\r\n\r\n4");

        Assert.Equal(413, status);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end");
    }
}
