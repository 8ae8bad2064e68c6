using System.Net;
using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Nothing that an engine answers may be kept by anybody on the way (issue 16, A8).</summary>
public class NoStoreTests
{
    [Fact]
    public async Task It_stands_on_every_answer_to_a_request()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options =>
        {
            options.MaxHandshakesPerSecond = 1;
            options.MaxHandshakeBurst = 2;
            options.AllowRequest = context => new(context.Request.Query.ContainsKey("no") ? "no" : null);
        });
        using var http = new HttpClient { BaseAddress = host.Uri };
        using var open = await http.GetAsync(PollingPeer.Handshake);
        var client = await PollingPeer.OpenAsync(http);
        using var refused = await http.GetAsync(PollingPeer.Handshake + "&no=1");
        using var tooMany = await http.GetAsync(PollingPeer.Handshake);
        using var posted = await http.PostAsync(client.Path, new StringContent("40"));
        using var polled = await http.GetAsync(client.Path);
        using var put = await http.PutAsync(client.Path, new StringContent("40"));
        using var large = await http.PostAsync(client.Path, new StringContent(new string('x', 2_000_000)));
        using var unknown = await http.GetAsync(client.Path);

        Assert.All(
            new[] { (open, 200), (refused, 403), (tooMany, 429), (posted, 200), (polled, 200), (put, 400), (large, 413), (unknown, 400) },
            row => Assert.Equal((row.Item2, "no-store"), ((int)row.Item1.StatusCode, row.Item1.Headers.CacheControl?.ToString())));
    }

    [Fact]
    public async Task It_stands_on_every_answer_to_an_upgrade()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        foreach (var (query, status) in new[]
        {
            ("EIO=4&transport=websocket", "101"),
            ("EIO=4&transport=polling", "400"),
            ("EIO=4&transport=websocket&sid=unknown", "400"),
            ("EIO=3&transport=websocket", "400"),
        })
        {
            using var raw = await RawSocket.DialAsync(host.Uri);
            await raw.SendAsciiAsync(RawSocket.Upgrade(query));
            var head = await raw.ReadHeadAsync();

            Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
            Assert.Contains("Cache-Control: no-store", head, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task It_stands_once_on_what_another_worker_answers()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        using var posted = await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, "40");
        using var polled = await hosts.SendAsync(hosts.Two, HttpMethod.Get, sid);
        using var ended = await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, "1");
        using var unknown = await hosts.SendAsync(hosts.Two, HttpMethod.Get, sid);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.BadRequest), (posted.StatusCode, polled.StatusCode, unknown.StatusCode));
        Assert.All(new[] { posted, polled, ended, unknown }, answer => Assert.Equal("no-store", answer.Headers.GetValues("Cache-Control").Single()));
    }
}
