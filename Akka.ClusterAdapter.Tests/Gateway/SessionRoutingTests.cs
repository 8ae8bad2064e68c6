using System.Net;
using System.Net.WebSockets;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Forwarding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>Any worker serves any session.</summary>
public sealed class SessionRoutingTests
{
    private const string Unknown = """{"code":1,"message":"Session ID unknown"}""";

    [Fact]
    public async Task Every_request_of_a_polling_session_may_reach_another_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);

        await hosts.PostAsync(hosts.Two, sid, "40");
        var connected = await hosts.PollAsync(hosts.Two, sid);
        await hosts.PostAsync(hosts.Two, sid, "421[\"echo\",\"hello\"]");
        var echoed = await hosts.PollAsync(hosts.Two, sid);

        Assert.StartsWith("40{", connected, StringComparison.Ordinal);
        Assert.Equal("431[\"hello\"]", echoed);
        Assert.Equal(4, RoutedHosts.Forwarded(hosts.Two, "sent"));
        Assert.Equal(4, RoutedHosts.Forwarded(hosts.One, "received"));
        Assert.Equal(0, RoutedHosts.Forwarded(hosts.One, "sent"));
        Assert.Equal(0, hosts.Two.Server.Engine.SessionCount);
    }

    [Fact]
    public async Task A_poll_that_waits_at_another_worker_is_answered_when_there_is_something()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        await hosts.PostAsync(hosts.One, sid, "40");
        await hosts.PollAsync(hosts.One, sid);
        var poll = hosts.PollAsync(hosts.Two, sid);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].HasPoll, "the poll's arrival at the owner");

        await hosts.Two.Server.EmitAsync("news", 1);

        Assert.Equal("42[\"news\",1]", await poll);
    }

    [Fact]
    public async Task A_client_that_gives_up_its_poll_at_another_worker_has_left()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        using var http = new HttpClient();
        using var leave = new CancellationTokenSource();
        var poll = http.GetAsync(new Uri(hosts.Two.Uri, $"/socket.io/?EIO=4&transport=polling&sid={sid}"), leave.Token);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].HasPoll, "the poll's arrival at the owner");

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end");
    }

    [Fact]
    public async Task An_upgrade_may_reach_another_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        await hosts.PostAsync(hosts.One, sid, "40");
        await hosts.PollAsync(hosts.One, sid);

        using var socket = await RoutedHosts.UpgradeAsync(hosts.Two, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        await RoutedHosts.SendAsync(socket, "5");
        await RoutedHosts.SendAsync(socket, "427[\"echo\",\"over the socket\"]");

        Assert.Equal("437[\"over the socket\"]", await RoutedHosts.ReceiveAsync(socket));
        Assert.Equal(TransportNames.WebSocket, hosts.One.Server.Engine.Sessions[sid].TransportName);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end");
    }

    [Fact]
    public async Task Who_knows_a_session_s_id_upgrades_it_whatever_a_proxy_made_of_the_host()
    {
        await using var hosts = await RoutedHosts.StartAsync();

        foreach (var worker in new[] { hosts.One, hosts.Two })
        {
            var sid = await hosts.OpenAsync(hosts.One);
            using var socket = await RoutedHosts.UpgradeAsync(worker, sid, ("Origin", "https://page.example"), ("Cookie", "a=b"));
            await RoutedHosts.SendAsync(socket, "2probe");

            Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));
        }
    }

    [Fact]
    public async Task A_session_of_nobody_is_unknown()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var tag = Enumerable.Range(1, 3).First(tag => tag != hosts.One.Server.Engine.Tag && tag != hosts.Two.Server.Engine.Tag);

        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Get, SessionId.Create(tag)));
        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Post, SessionId.Create(hosts.Two.Server.Engine.Tag), "40"));
        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Get, SessionId.Create(hosts.One.Server.Engine.Tag)));

        Assert.Equal(1, RoutedHosts.Forwarded(hosts.Two, "sent"));
    }

    [Fact]
    public async Task A_session_whose_owner_does_not_answer_is_unknown()
    {
        await using var hosts = await RoutedHosts.StartAsync("akka.cluster-adapter.advertised-url = \"http://127.0.0.1:1\"");
        var sid = await hosts.OpenAsync(hosts.One);

        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Get, sid));
        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, "40"));
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => RoutedHosts.UpgradeAsync(hosts.Two, sid));

        Assert.Contains("400", refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, RoutedHosts.Forwarded(hosts.Two, "failed"));
    }

    [Fact]
    public async Task A_worker_that_is_told_to_forward_to_itself_does_so_once()
    {
        var port = FreePorts.Take(1)[0];
        await using var hosts = await RoutedHosts.StartAsync($"akka.cluster-adapter.advertised-url = \"http://127.0.0.1:{port}\"");
        await using var mirror = new Mirror(port, hosts.Two.Uri);
        var sid = await hosts.OpenAsync(hosts.One);

        await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Get, sid));

        Assert.Equal(1, mirror.Connections);
        Assert.Equal(0, RoutedHosts.Forwarded(hosts.Two, "received"));
    }

    [Fact]
    public async Task Who_only_claims_to_forward_is_served_like_anybody_and_forwarded_never()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        var foreign = ForwardHeaderOf(hosts.Extension(hosts.Two).ForwardToken);

        foreach (var header in new[] { "x", ForwardHeaderOf("guess"), foreign, ForwardHeaderOf("") })
        {
            using (var own = await hosts.SendAsync(hosts.One, HttpMethod.Post, sid, "3", (ForwardHeader.Name, header)))
                Assert.Equal("ok", await own.Content.ReadAsStringAsync());
            await AssertUnknownAsync(await hosts.SendAsync(hosts.Two, HttpMethod.Get, sid, null, (ForwardHeader.Name, header == foreign ? "x" : header)));
        }

        Assert.Equal(0, RoutedHosts.Forwarded(hosts.One, "received"));
        Assert.Equal(0, RoutedHosts.Forwarded(hosts.Two, "sent"));
    }

    [Fact]
    public async Task The_owners_pipeline_does_not_run_again_and_the_client_keeps_its_address()
    {
        var seen = new List<string>();
        await using var hosts = await RoutedHosts.StartAsync(use: app => app.Use((context, next) =>
        {
            if (context.Request.Query.ContainsKey("sid"))
                lock (seen)
                    seen.Add(context.Request.Host.Port.ToString()!);
            return next(context);
        }));
        var addresses = new List<string>();
        hosts.One.Server.Engine.Headers += context => addresses.Add(Describe(context));
        var sid = await hosts.OpenAsync(hosts.One);
        addresses.Clear();

        await hosts.PostAsync(hosts.Two, sid, "40");
        var header = new ForwardHeader(hosts.Extension(hosts.One).ForwardToken, ForwardedBy.Worker, IPAddress.Parse("2001:db8::9"), 77, "https");
        using var direct = await hosts.SendAsync(hosts.One, HttpMethod.Get, sid, null, (ForwardHeader.Name, header.ToText()));

        Assert.Equal([hosts.Two.Uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)], seen);
        Assert.StartsWith("127.0.0.1 ", addresses[0], StringComparison.Ordinal);
        Assert.EndsWith(" http False", addresses[0], StringComparison.Ordinal);
        Assert.Equal("2001:db8::9 77 https False", addresses[1]);
    }

    [Fact]
    public async Task What_a_gateway_forwards_goes_through_the_pipeline_with_its_clients_address()
    {
        var seen = new List<string>();
        await using var hosts = await RoutedHosts.StartAsync(use: app => app.Use((context, next) =>
        {
            seen.Add(Describe(context));
            return next(context);
        }));
        var header = new ForwardHeader(hosts.Extension(hosts.One).ForwardToken, ForwardedBy.Gateway, IPAddress.Parse("2001:db8::9"), 77, "https");

        using var answer = await hosts.SendAsync(hosts.One, HttpMethod.Get, null, null, (ForwardHeader.Name, header.ToText()));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["2001:db8::9 77 https False"], seen);
        Assert.Equal(IPAddress.Parse("2001:db8::9"), hosts.One.Server.Engine.Sessions.Single().Value.Request.RemoteAddress);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_through_another_worker_too()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);

        using var answer = await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, new string('x', 1_100_000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task WebSocket_first_clients_are_never_forwarded()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        await using var here = await hosts.One.ConnectAsync();
        await using var there = await hosts.Two.ConnectAsync();

        await there.SendAsync("421[\"echo\",\"x\"]");
        await there.ExpectAsync("431[\"x\"]");

        Assert.DoesNotContain(
            hosts.One.Server.Engine.Counters.Keys.Concat(hosts.Two.Server.Engine.Counters.Keys),
            name => name.StartsWith("forwarded.", StringComparison.Ordinal));
    }

    private static string Describe(HttpContext context) =>
        $"{context.Connection.RemoteIpAddress} {context.Connection.RemotePort} {context.Request.Scheme} "
        + $"{context.Request.Headers.ContainsKey(ForwardHeader.Name)}";

    private static string ForwardHeaderOf(string token) => new ForwardHeader(token, ForwardedBy.Worker, IPAddress.Loopback, 1, "http").ToText();

    private static async Task AssertUnknownAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal(Unknown, await answer.Content.ReadAsStringAsync());
        }
    }
}
