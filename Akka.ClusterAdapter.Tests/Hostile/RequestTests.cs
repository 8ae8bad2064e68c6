using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>HTTP requests that no honest client sends.</summary>
public class RequestTests(HostileServer server) : IClassFixture<HostileServer>
{
    private const string W = "/socket.io/?EIO=4&transport=websocket";

    public static TheoryData<string, string, string, int, string> Refused => new()
    {
        { "H01 no revision", "GET", "/socket.io/?transport=polling", 400, "5 Unsupported protocol version" },
        { "H02 revision 3", "GET", "/socket.io/?EIO=3&transport=polling", 400, "5 Unsupported protocol version" },
        { "H03 revision 5", "GET", "/socket.io/?EIO=5&transport=polling", 400, "5 Unsupported protocol version" },
        { "H03 revision 44", "GET", "/socket.io/?EIO=44&transport=polling", 400, "5 Unsupported protocol version" },
        { "H03 the last of two counts", "GET", "/socket.io/?EIO=4&EIO=3&transport=polling", 400, "5 Unsupported protocol version" },
        { "H04 unknown transport", "GET", "/socket.io/?EIO=4&transport=abc", 400, "0 Transport unknown" },
        { "H04 no transport", "GET", "/socket.io/?EIO=4", 400, "0 Transport unknown" },
        { "H04 no query", "GET", "/socket.io/", 400, "0 Transport unknown" },
        { "H04 webtransport", "GET", "/socket.io/?EIO=4&transport=webtransport", 400, "0 Transport unknown" },
        { "H04 other case", "GET", "/socket.io/?EIO=4&transport=Polling", 400, "0 Transport unknown" },
        { "H05 __proto__", "GET", "/socket.io/?EIO=4&transport=__proto__", 400, "0 Transport unknown" },
        { "H05 constructor", "GET", "/socket.io/?EIO=4&transport=constructor", 400, "0 Transport unknown" },
        { "H06 no upgrade", "GET", W, 400, "3 Bad request" },
        { "H08 POST", "POST", PollingPeer.Handshake, 400, "2 Bad handshake method" },
        { "H08 PUT", "PUT", PollingPeer.Handshake, 400, "2 Bad handshake method" },
        { "H08 OPTIONS", "OPTIONS", PollingPeer.Handshake, 400, "2 Bad handshake method" },
        { "H08 DELETE", "DELETE", PollingPeer.Handshake, 400, "2 Bad handshake method" },
        { "H10 unknown sid", "GET", PollingPeer.Handshake + "&sid=abc", 400, "1 Session ID unknown" },
        { "H10 __proto__", "GET", PollingPeer.Handshake + "&sid=__proto__", 400, "1 Session ID unknown" },
        { "H10 right length", "GET", PollingPeer.Handshake + "&sid=AAAAAAAAAAAAAAAAAAAA", 400, "1 Session ID unknown" },
        { "H10 POST", "POST", PollingPeer.Handshake + "&sid=AAAAAAAAAAAAAAAAAAAA", 400, "1 Session ID unknown" },
        { "H10 percent zero", "GET", PollingPeer.Handshake + "&sid=%00%0d%0a", 400, "1 Session ID unknown" },
        { "H10 7 kB", "GET", PollingPeer.Handshake + "&sid=" + new string('s', 7_000), 400, "1 Session ID unknown" },
        { "H32 another path", "GET", "/socket.ioX/?EIO=4&transport=polling", 404, "" },
        { "H32 nearly the path", "GET", "/socket.i/?EIO=4&transport=polling", 404, "" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task It_is_refused_like_the_original_does(string what, string method, string target, int status, string error)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);

        using var answer = await server.Http.SendAsync(request);

        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal((what, status), (what, (int)answer.StatusCode));
        Assert.Equal(error, body.Length == 0 ? "" : Text(body));
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("/socket.io?EIO=4&transport=polling")]
    [InlineData("/socket.io//?EIO=4&transport=polling")]
    [InlineData("/socket.io/../socket.io/?EIO=4&transport=polling")]
    [InlineData("/SOCKET.IO/?EIO=4&transport=polling")]
    [InlineData("/socket.io/any/thing?EIO=4&transport=polling")]
    public async Task H30_everything_under_the_path_is_served(string target)
    {
        using var answer = await server.Http.GetAsync(new Uri(target, UriKind.Relative));

        var body = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith("0{", body, StringComparison.Ordinal);
        await new PollingPeer(server.Http, JsonDocument.Parse(body.AsMemory(1)).RootElement.GetProperty("sid").GetString()!).PostAsync("1");
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("H14 control character", "Origin: \u0001evil\r\n", 400)]
    [InlineData("H14 delete character", "Origin: http://a\u007f\r\n", 400)]
    [InlineData("H14 line feed in a header", "Origin: http://a\nX: y\r\n", 400)]
    [InlineData("H34 101 headers", "many", 431)]
    [InlineData("H34 40 kB of headers", "large", 431)]
    public async Task Headers_that_break_rules_are_refused(string what, string headers, int status)
    {
        using var client = await RawSocket.DialAsync(server.Uri);
        headers = headers switch
        {
            "many" => string.Concat(Enumerable.Range(0, 2_500).Select(i => $"X-{i}: 1\r\n")),
            "large" => $"X: {new string('x', 40_000)}\r\n",
            _ => headers,
        };

        await client.SendAsciiAsync($"GET {PollingPeer.Handshake} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");

        var answer = Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.True(
            headers.Contains("X: y", StringComparison.Ordinal)
                ? !answer.Contains('\u0001')
                : answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal),
            what + answer);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        await EndOpenedAsync(answer);
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    public async Task H15_a_session_survives_methods_it_does_not_know(string method)
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        var (status, _) = await client.SendAsync(new HttpMethod(method));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        await AssertAliveAsync(client);
    }

    [Theory]
    [InlineData("H16 websocket without upgrade", "EIO=4&transport=websocket", "3 Bad request")]
    [InlineData("H17 another revision", "EIO=3&transport=polling", "3 Bad request")]
    [InlineData("H04 unknown transport", "EIO=4&transport=x", "0 Transport unknown")]
    public async Task A_session_survives_requests_that_do_not_fit(string what, string query, string error)
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        using var answer = await server.Http.GetAsync(new Uri($"/socket.io/?{query}&sid={client.Sid}", UriKind.Relative));

        Assert.Equal((what, HttpStatusCode.BadRequest), (what, answer.StatusCode));
        Assert.Equal(error, Text(await answer.Content.ReadAsStringAsync()));
        await AssertAliveAsync(client);
    }

    [Theory]
    [InlineData("H20 empty body", "", 200)]
    [InlineData("H21 no packet", "zzz", 200)]
    [InlineData("H22 ping in the wrong direction", "2", 200)]
    [InlineData("H23 separators", "sep", 200)]
    [InlineData("H28 close", "1", 200)]
    [InlineData("no base64", "b!!!", 400)]
    [InlineData("broken base64", "bAQ", 400)]
    [InlineData("H25 invalid UTF-8", "utf8", 400)]
    [InlineData("H25 invalid UTF-8 in a name", "utf8name", 400)]
    [InlineData("100,001 packets", "packets", 400)]
    [InlineData("H19 more than the limit", "large", 413)]
    public async Task A_body_that_is_no_payload_ends_the_session(string what, string body, int expected)
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        var (status, _) = await client.PostAsync(Body(body));

        Assert.Equal((what, expected), (what, (int)status));
        Assert.Empty(await client.PollToEndAsync());
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task H19c_an_endless_chunked_body_is_cut_at_the_limit()
    {
        var session = await PollingPeer.ConnectAsync(server.Http);
        using var client = await RawSocket.DialAsync(server.Uri);
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('4', 65_536) + "\r\n");
        await client.SendAsciiAsync($"POST {session.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");

        var answer = client.ReadToEndAsync();
        try
        {
            for (var sent = 0; sent < 2_000 && !answer.IsCompleted; sent++)
                await client.SendAsync(chunk);
        }
        catch (IOException)
        {
        }

        var text = Encoding.Latin1.GetString(await answer);
        Assert.True(text.Length == 0 || text.StartsWith("HTTP/1.1 413 ", StringComparison.Ordinal), text);
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("a lone line feed in a chunk's extension", "Transfer-Encoding: chunked\r\n\r\n2;a\nx\r\n40\r\n0\r\n\r\n")]
    [InlineData("two lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n40\r\n0\r\n\r\n")]
    [InlineData("two lengths, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n2\r\n40\r\n0\r\n\r\n")]
    [InlineData("the same length twice", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n40")]
    [InlineData("a negative length", "Content-Length: -2\r\n\r\n40")]
    [InlineData("chunked is not the last", "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n40\r\n0\r\n\r\n")]
    [InlineData("a chunk that is none", "Transfer-Encoding: chunked\r\n\r\nzz\r\n40\r\n0\r\n\r\n")]
    public async Task S1_a_body_whose_end_is_not_clear_is_refused_and_what_follows_is_no_request(string what, string rest)
    {
        var session = await PollingPeer.ConnectAsync(server.Http);
        using var client = await RawSocket.DialAsync(server.Uri);

        await client.SendAsciiAsync($"POST {session.Path} HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: text/plain\r\n{rest}GET {PollingPeer.Handshake} HTTP/1.1\r\nHost: localhost\r\n\r\n");

        var answers = Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.True(answers.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), what + answers);
        Assert.Equal(0, answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
        await session.PostAsync("1");
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task H43_a_body_that_comes_byte_by_byte_is_given_up()
    {
        var slow = await HostileServer.StartAsync(services: services => services.Configure<KestrelServerOptions>(kestrel =>
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(2))));
        var session = await PollingPeer.ConnectAsync(slow.Http);
        using var client = await RawSocket.DialAsync(slow.Uri);

        await client.SendAsciiAsync($"POST {session.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n4");

        Assert.StartsWith("HTTP/1.1 408 ", Encoding.Latin1.GetString(await client.ReadToEndAsync()), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => slow.Server.Engine.Counters.GetValueOrDefault("rejected.unreadable-body") == 1, "rejected.unreadable-body");
        await slow.AssertUnharmedAsync();
        await slow.DisposeAsync();
    }

    [Fact]
    public async Task H26_two_polls_at_once_end_the_session()
    {
        var client = await PollingPeer.ConnectAsync(server.Http);

        var polls = await Task.WhenAll(client.SendAsync(HttpMethod.Get), client.SendAsync(HttpMethod.Get));

        Assert.Contains((HttpStatusCode.OK, "1"), polls);
        Assert.Contains(polls, poll => poll.Status == HttpStatusCode.BadRequest);
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task H27_two_posts_at_once_end_the_session()
    {
        var session = await PollingPeer.ConnectAsync(server.Http);
        using var first = await RawSocket.DialAsync(server.Uri);
        await first.SendAsciiAsync(
            $"POST {session.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await first.ReadHeadAsync(), StringComparison.Ordinal);

        var (status, _) = await session.PostAsync("42[\"echo\"]");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Empty(await first.ReadToEndAsync());
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task H29_a_client_that_hangs_up_on_its_poll_ends_the_session()
    {
        var session = await PollingPeer.ConnectAsync(server.Http);
        var socket = server.Server.Of("/").Sockets.Values.Single();
        using (var client = await RawSocket.DialAsync(server.Uri))
        {
            await client.SendAsciiAsync($"GET {session.Path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await Eventually.TrueAsync(() => socket.Connection.IsWritable, "the poll waits");
        }

        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("H35 h2c", "GET", "EIO=4&transport=polling", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
    [InlineData("H35 nonsense", "GET", "EIO=4&transport=polling", "Connection: Upgrade\r\nUpgrade: nonsense\r\n")]
    public async Task An_upgrade_to_something_else_is_an_ordinary_poll(string what, string method, string query, string headers)
    {
        using var client = await RawSocket.DialAsync(server.Uri);

        await client.SendAsciiAsync($"{method} /socket.io/?{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

        var (head, body) = await client.ReadAnswerAsync();
        Assert.True(head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal), what + head);
        await new PollingPeer(server.Http, JsonDocument.Parse(body.AsMemory(1)).RootElement.GetProperty("sid").GetString()!).PostAsync("1");
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("H39 unknown sid", "GET", "EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", "", "400")]
    [InlineData("H39 short sid", "GET", "EIO=4&transport=websocket&sid=abc", "", "400")]
    [InlineData("H41 POST", "POST", "EIO=4&transport=websocket", "", "400")]
    [InlineData("H42 __proto__", "GET", "EIO=4&transport=__proto__", "", "400")]
    [InlineData("upgrade with the polling transport", "GET", "EIO=4&transport=polling", "", "400")]
    [InlineData("another revision", "GET", "EIO=3&transport=websocket", "", "400")]
    [InlineData("H47 blank protocol", "GET", "EIO=4&transport=websocket", "Sec-WebSocket-Protocol:    \r\n", "400")]
    [InlineData("H47 8 kB of blanks", "GET", "EIO=4&transport=websocket", "blanks", "400")]
    [InlineData("H14 illegal origin", "GET", "EIO=4&transport=websocket", "Origin: \u0001evil\r\n", "400")]
    public async Task An_upgrade_that_is_not_ours_is_refused(string what, string method, string query, string headers, string status)
    {
        using var client = await RawSocket.DialAsync(server.Uri);
        headers = headers == "blanks" ? $"Sec-WebSocket-Protocol:{new string(' ', 8_000)},\r\n" : headers;

        await client.SendAsciiAsync(RawSocket.Upgrade(query, headers, method));

        var answer = Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), what + answer);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("Sec-WebSocket-Extensions: constructor\r\n")]
    [InlineData("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")]
    [InlineData("deflate")]
    [InlineData("Sec-WebSocket-Protocol: chat, superchat\r\n")]
    [InlineData("Origin: https://evil.example\r\n")]
    [InlineData("Origin: https://evil.example\r\nCookie: session=1\r\n")]
    [InlineData("Origin: https://evil.example\r\nAuthorization: Basic eDp5\r\n")]
    [InlineData("Origin: null\r\nCookie: session=1\r\n")]
    public async Task H47_offers_nobody_takes_do_no_harm(string headers)
    {
        using var client = await RawSocket.DialAsync(server.Uri);
        headers = headers == "deflate" ? $"Sec-WebSocket-Extensions: {string.Concat(Enumerable.Repeat("permessage-deflate;", 210))}\r\n" : headers;

        await client.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket", headers));

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", head, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("0{", await client.NextAsync(), StringComparison.Ordinal);
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("xn--", "https://a.example")]
    [InlineData("a.xn--xample", "https://a.xn--xample")]
    [InlineData("xn--a:80", "https://xn--a")]
    [InlineData("[::1", "https://[::1]")]
    [InlineData("a.example", "https://a.xn--exaMpl\u00e7e:8443")]
    public async Task A_host_or_origin_that_is_no_name_is_not_the_other(string host, string origin)
    {
        using var client = await RawSocket.DialAsync(server.Uri);

        await client.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket", $"Origin: {origin}\r\nCookie: session=1\r\n")
            .Replace("Host: localhost", "Host: " + host, StringComparison.Ordinal));

        Assert.Matches("^HTTP/1.1 (101|400|403) ", await client.ReadHeadAsync());
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Fact]
    public async Task H38_bytes_that_are_no_frame_close_the_connection()
    {
        using var client = await RawSocket.DialAsync(server.Uri);

        await client.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket") + "test test");

        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        var frames = await client.ReadFramesToEndAsync();
        Assert.True(frames[^1] is "close:1002" or "cut", frames[^1]);
        client.Dispose();
        await server.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("GET")]
    public async Task H46_an_origin_nobody_allowed_gets_no_permission(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), PollingPeer.Handshake);
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");

        using var answer = await server.Http.SendAsync(request);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        await EndOpenedAsync(await answer.Content.ReadAsStringAsync());
        await server.AssertUnharmedAsync();
    }

    private static string Text(string json)
    {
        var root = JsonDocument.Parse(json).RootElement;
        return $"{root.GetProperty("code").GetInt32()} {root.GetProperty("message").GetString()}";
    }

    private static byte[] Body(string body) => body switch
    {
        "sep" => Encoding.ASCII.GetBytes(new string('\u001e', 1_000)),
        "utf8" => [.. "42[\"echo\",\""u8, 0xFF, 0xFE, 0xC0, 0x80, .. "\"]"u8],
        "utf8name" => [.. "42[\""u8, 0xED, 0xA0, 0x80, .. "\"]"u8],
        "packets" => Encoding.ASCII.GetBytes(string.Join('\u001e', Enumerable.Repeat("6", 100_001))),
        "large" => Encoding.ASCII.GetBytes(new string('4', 1_100_000)),
        _ => Encoding.ASCII.GetBytes(body),
    };

    /// <summary>Ends the session whose open packet is somewhere in an answer.</summary>
    private async Task EndOpenedAsync(string answer)
    {
        var at = answer.IndexOf("\"sid\":\"", StringComparison.Ordinal);
        if (at >= 0)
            await new PollingPeer(server.Http, answer.Substring(at + 7, 20)).PostAsync("1");
    }

    private async Task AssertAliveAsync(PollingPeer client)
    {
        await client.PostAsync("42[\"echo\",\"alive\"]");
        Assert.Equal("42[\"echo\",\"alive\"]", await client.PollAsync());
        await client.PostAsync("1");
        await server.AssertUnharmedAsync();
    }
}
