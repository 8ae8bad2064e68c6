using System.Text;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>What one worker sends on to another arrives as it came, and a client's broken request is that client's affair.</summary>
public sealed class ForwardingTests
{
    private const string Poll = "/socket.io/?EIO=4&transport=polling";

    public static TheoryData<string, string> Odd => new()
    {
        { "Cookie", "name=Ren\xc3\xa9" },
        { "Cookie", "name=Ren\xe9" },
        { "X-Name", "Ren\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
        { "X-Name", "\xff\xfe" },
        { "X-Name", "\xc3" },
        { "X-Name", "\xed\xa0\x80" },
        { "X-Name", "a\x01\x1b\x7f" },
        { "Content-Type", "text/plain; name=Ren\xc3\xa9" },
        { "Referer", "http://localhost/Ren\xc3\xa9" },
    };

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task A_header_is_answered_as_its_owner_answers_it(string name, string value)
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var seen = Record(hosts.One, name);
        var straight = await PostAsync(hosts, hosts.One, name, value);

        var forwarded = await PostAsync(hosts, hosts.Two, name, value);

        Assert.Equal(straight, forwarded);
        Assert.Equal(straight == 200 ? 2 : 0, seen.Count);
        Assert.Single(seen.DefaultIfEmpty("").Distinct());
    }

    [Fact]
    public async Task An_application_that_reads_its_headers_as_Latin_1_gets_them_so_from_other_workers_too()
    {
        await using var hosts = await RoutedHosts.StartAsync(
            all: services => services.Configure<KestrelServerOptions>(kestrel => kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1));
        var seen = Record(hosts.One, "Cookie");

        Assert.Equal(200, await PostAsync(hosts, hosts.Two, "Cookie", "name=Ren\xe9\xff"));

        Assert.Equal(["name=Ren\xe9\xff"], seen);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("iso-8859-1")]
    public async Task A_header_of_the_answer_is_sent_as_its_owner_sends_it(string encoding)
    {
        await using var hosts = await RoutedHosts.StartAsync(
            all: services => services.Configure<KestrelServerOptions>(kestrel => kestrel.ResponseHeaderEncodingSelector = _ => Encoding.GetEncoding(encoding)));
        hosts.One.Server.Engine.Headers += context => context.Response.Headers["X-Name"] = "Ren\xe9";
        var sid = await hosts.OpenAsync(hosts.One);

        using var client = await RawRequest.SendAsync(hosts.Two.Uri, $"POST {Poll}&sid={sid}", "Content-Length: 2\r\n\r\n40");
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 200", head);
        Assert.Contains("X-Name: " + (encoding == "utf-8" ? "Ren\xc3\xa9" : "Ren\xe9") + "\r\n", head);
    }

    [Theory]
    [InlineData("?EIO=4&transport=polling&x=%C3%A9&y=%e9&z=%41%7e%2f")]
    [InlineData("?EIO=4&transport=polling&x=a+b%20c&y=&&z==/?:@!$'()*,;[]{}|\\^`\"<>")]
    [InlineData("?EIO=4&transport=polling&x=..%2f..%5c&y=/../")]
    [InlineData("?EIO=4&transport=polling&x=#y")]
    public async Task A_query_arrives_as_it_was(string query)
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var seen = new List<string?>();
        hosts.One.Server.Engine.Headers += context => seen.Add(context.Request.QueryString.Value);
        var sid = await hosts.OpenAsync(hosts.One);
        seen.Clear();
        foreach (var host in new[] { hosts.One, hosts.Two })
            Assert.Equal(200, await RawRequest.StatusAsync(host.Uri, $"POST /socket.io/{query}&sid={sid}", "Content-Length: 1\r\n\r\n6"));

        Assert.Equal([$"{query}&sid={sid}", $"{query}&sid={sid}"], seen);
    }

    [Fact]
    public async Task A_POST_with_broken_chunks_is_the_clients_fault()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);

        var status = await RawRequest.StatusAsync(hosts.Two.Uri, $"POST {Poll}&sid={sid}", "Transfer-Encoding: chunked\r\n\r\nno chunk\r\n");

        Assert.Equal(400, status);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end, as when it is sent straight");
    }

    [Fact]
    public async Task A_POST_without_end_is_read_no_further_than_its_owner_would()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);
        using var client = await RawRequest.SendAsync(hosts.Two.Uri, $"POST {Poll}&sid={sid}", "Transfer-Encoding: chunked\r\n\r\n");
        var answer = client.ReadHeadAsync();
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('4', 65_536) + "\r\n");

        var sent = 0L;
        try
        {
            // Some of it is on its way, in the buffers of both sides.
            for (; sent < 60_000_000 && !answer.IsCompleted; sent += chunk.Length)
                await client.SendAsync(chunk);
        }
        catch (IOException)
        {
        }

        Assert.StartsWith("HTTP/1.1 413", await answer);
        Assert.InRange(sent, 0, 20_000_000);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end, as when it is sent straight");
    }

    [Fact]
    public async Task A_POST_that_names_a_size_beyond_all_limits_is_answered_at_once_and_ends_the_session()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await hosts.OpenAsync(hosts.One);

        var status = await RawRequest.StatusAsync(hosts.Two.Uri, $"POST {Poll}&sid={sid}", "Content-Length: 900000000\r\n\r\n4");

        Assert.Equal(413, status);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the session's end, as when it is sent straight");
    }

    [Fact]
    public async Task A_body_that_only_the_owner_allows_gets_through()
    {
        await using var hosts = await RoutedHosts.StartAsync(
            services: services => services.Configure<Akka.ClusterAdapter.Server.SocketIOOptions>(o => o.MaxPayload = 40_000_000));
        var sid = await hosts.OpenAsync(hosts.One);

        using var answer = await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, "6" + new string('x', 35_000_000));

        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Clients_that_break_off_leave_no_line_in_the_log()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            var sid = await hosts.OpenAsync(hosts.One);
            var before = RoutedHosts.Forwarded(hosts.One, "received");
            using var client = await RawRequest.SendAsync(
                hosts.Two.Uri, $"POST {Poll}&sid={sid}", i % 2 == 0 ? "Content-Length: 99\r\n\r\n4" : "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
            if (i % 2 == 0)
                await Eventually.TrueAsync(() => RoutedHosts.Forwarded(hosts.One, "received") > before, "the request's arrival");
            else
                await client.ReadHeadAsync();
        }

        await Eventually.TrueAsync(() => hosts.One.Server.Engine.SessionCount == 0, "the sessions' ends");
        Assert.Empty(hosts.Two.Logs.Lines);
        Assert.Empty(hosts.One.Logs.Lines);
    }

    private static List<string?> Record(SocketIOTestHost host, string header)
    {
        var seen = new List<string?>();
        host.Server.Engine.Headers += context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
                seen.Add(context.Request.Headers[header]);
        };
        return seen;
    }

    private static async Task<int> PostAsync(RoutedHosts hosts, SocketIOTestHost host, string name, string value)
    {
        var sid = await hosts.OpenAsync(hosts.One);
        return await RawRequest.StatusAsync(host.Uri, $"POST {Poll}&sid={sid}", $"{name}: {value}\r\nContent-Length: 1\r\n\r\n6");
    }
}
