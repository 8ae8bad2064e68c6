using System.Collections.Concurrent;
using System.Net;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Hosting;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class AdmissionTests
{
    private const string UnknownTransport = """{"code":0,"message":"Transport unknown"}""";
    private const string UnknownSid = """{"code":1,"message":"Session ID unknown"}""";
    private const string BadMethod = """{"code":2,"message":"Bad handshake method"}""";
    private const string BadRequest = """{"code":3,"message":"Bad request"}""";
    private const string Unsupported = """{"code":5,"message":"Unsupported protocol version"}""";

    [Theory]
    [InlineData("GET", "transport=polling", Unsupported)]
    [InlineData("GET", "EIO=3&transport=polling", Unsupported)]
    [InlineData("GET", "EIO=5&transport=polling", Unsupported)]
    [InlineData("GET", "EIO=abc&transport=polling", Unsupported)]
    [InlineData("GET", "EIO=4&transport=abc", UnknownTransport)]
    [InlineData("GET", "EIO=4", UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=webtransport", UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=__proto__", UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=constructor", UnknownTransport)]
    [InlineData("GET", "EIO=3&transport=abc", UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=polling&transport=abc", UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=websocket", BadRequest)]
    [InlineData("POST", "EIO=4&transport=polling", BadMethod)]
    [InlineData("PUT", "EIO=4&transport=polling", BadMethod)]
    [InlineData("OPTIONS", "EIO=4&transport=polling", BadMethod)]
    [InlineData("POST", "EIO=3&transport=polling", BadMethod)]
    [InlineData("GET", "EIO=4&transport=polling&sid=abc", UnknownSid)]
    [InlineData("GET", "EIO=4&transport=polling&sid=__proto__", UnknownSid)]
    [InlineData("GET", "EIO=4&transport=polling&sid=aaaaaaaaaaaaaaaaaaaa", UnknownSid)]
    [InlineData("POST", "EIO=4&transport=polling&sid=abc", UnknownSid)]
    public async Task A_request_that_is_not_admitted_is_answered_400_with_code_and_message(string method, string query, string body)
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.SendAsync(new(method), query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task A_sid_of_ten_kilobytes_is_unknown()
    {
        await using var host = await EngineHost.StartAsync(build: b => b.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestLineSize = 20_000));

        using var answer = await host.GetAsync("EIO=4&transport=polling&sid=" + new string('a', 10_000));

        Assert.Equal(UnknownSid, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("EIO=4&transport=abc", "Transport unknown")]
    [InlineData("EIO=4&transport=__proto__", "Transport unknown")]
    [InlineData("EIO=4&transport=websocket&sid=abc", "Session ID unknown")]
    [InlineData("EIO=4&transport=polling", "Bad request")]
    [InlineData("EIO=3&transport=websocket", "Unsupported protocol version")]
    public async Task An_upgrade_that_is_not_admitted_is_answered_in_plain_text_before_any_101(string query, string body)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync(query);

        var answer = await client.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer.Head);
        Assert.Contains("Connection: close\r\n", answer.Head);
        Assert.Contains("Content-Type: text/html\r\n", answer.Head);
        Assert.Equal(body, answer.Body);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("POST /engine.io/?EIO=4&transport=websocket HTTP/1.1", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData("GET /engine.io/?EIO=4&transport=websocket HTTP/1.1", "Sec-WebSocket-Version: 13")]
    [InlineData("GET /engine.io/?EIO=4&transport=websocket HTTP/1.1", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short")]
    [InlineData("GET /engine.io/?EIO=4&transport=websocket HTTP/1.1", "Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData(
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a b")]
    public async Task A_malformed_WebSocket_handshake_is_answered_400(string requestLine, string headers)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsciiAsync($"{requestLine}\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{headers}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync());
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Extensions: constructor")]
    [InlineData("Sec-WebSocket-Extensions: permessage-deflate;permessage-deflate;permessage-deflate;;;;;=;=;")]
    public async Task Strange_extensions_are_ignored(string header)
    {
        await using var host = await EngineHost.StartAsync(o => o.PerMessageDeflate = true);

        using var client = await host.UpgradeAsync("EIO=4&transport=websocket", header);

        Assert.StartsWith("0{", await client.ReadTextAsync());
    }

    [Fact]
    public async Task The_first_subprotocol_is_chosen()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket", "Sec-WebSocket-Protocol: chat, other");

        Assert.Contains("Sec-WebSocket-Protocol: chat\r\n", await client.ReadHeadAsync());
    }

    [Fact]
    public async Task An_upgrade_to_something_else_is_an_ordinary_poll()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsciiAsync("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadAsync());
    }

    [Fact]
    public async Task An_illegal_origin_is_refused_and_never_reflected()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsciiAsync("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nOrigin: \u0001evil\r\n\r\n");

        var answer = await client.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer.Head);
        Assert.DoesNotContain("evil", answer.Head);
        Assert.Equal(BadRequest, answer.Body);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Other_methods_of_a_session_are_answered_400_and_it_goes_on(string method)
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await host.SendAsync(new(method), client.Query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(0, answer.Content.Headers.ContentLength);
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Theory]
    [InlineData("EIO=4&transport=websocket&sid=")]
    [InlineData("EIO=3&transport=polling&sid=")]
    [InlineData("transport=polling&sid=")]
    public async Task A_request_that_does_not_fit_its_session_is_refused_and_the_session_goes_on(string query)
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await host.GetAsync(query + client.Sid);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(BadRequest, await answer.Content.ReadAsStringAsync());
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Theory]
    [InlineData("eio=4&Transport=polling", 400)]
    [InlineData("EIO=4&transport=polling&TRANSPORT=x&eio=3&SID=abc", 200)]
    [InlineData("%45IO=%34&tr%61nsport=poll%69ng", 200)]
    [InlineData("EIO=3&transport=x&EIO=4&transport=polling&&&=&x", 200)]
    public async Task Names_of_the_query_are_told_apart_by_their_case(string query, int status)
    {
        await using var host = await EngineHost.StartAsync();

        using var answer = await host.GetAsync(query);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_plain_request_for_a_WebSocket_session_is_refused(string transport)
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.WebSocketAsync();

        using var answer = await host.GetAsync($"EIO=4&transport={transport}&sid={client.Sid}");

        Assert.Equal(BadRequest, await answer.Content.ReadAsStringAsync());
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Theory]
    [InlineData("members only \"ü\"", """{"code":4,"message":"members only \"ü\""}""")]
    [InlineData("", """{"code":4,"message":"Forbidden"}""")]
    public async Task AllowRequest_refuses_with_403_and_its_own_text(string text, string body)
    {
        await using var host = await EngineHost.StartAsync(o => o.AllowRequest = _ => new(text));

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AllowRequest_refuses_an_upgrade_with_400_and_its_own_text()
    {
        await using var host = await EngineHost.StartAsync(o => o.AllowRequest = _ => new("members only"));
        using var client = await host.ConnectAsync();

        await client.SendUpgradeAsync("EIO=4&transport=websocket");

        var answer = await client.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer.Head);
        Assert.Equal("members only", answer.Body);
    }

    [Fact]
    public async Task AllowRequest_is_not_asked_about_requests_with_a_sid()
    {
        var asked = 0;
        await using var host = await EngineHost.StartAsync(o => o.AllowRequest = _ => new(Interlocked.Increment(ref asked) > 1 ? "no" : null));
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4x");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task An_AllowRequest_that_throws_refuses()
    {
        await using var host = await EngineHost.StartAsync(o => o.AllowRequest = _ => throw new InvalidOperationException("secret"));

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("""{"code":4,"message":"Forbidden"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Every_refusal_is_an_event_with_the_default_message()
    {
        var errors = new ConcurrentQueue<EngineError>();
        await using var host = await EngineHost.StartAsync(
            o => o.AllowRequest = _ => new("go away"), observe: s => s.ConnectionError += (_, error) => errors.Enqueue(error));

        using var first = await host.GetAsync("EIO=4&transport=abc");
        using var second = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal([0, 4], errors.Select(error => error.Code));
        Assert.Equal(["Transport unknown", "Forbidden"], errors.Select(error => error.Message));
        Assert.Equal(["abc", "go away"], [errors.First().Details["transport"], errors.Last().Details["message"]]);
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        await using var host = await EngineHost.StartAsync();

        using var first = await host.GetAsync("EIO=4&transport=abc");
        using var second = await host.GetAsync("EIO=4&transport=polling&sid=abc");

        Assert.Equal(1, host.Server.Counters["refused.transport-unknown"]);
        Assert.Equal(1, host.Server.Counters["refused.sid-unknown"]);
    }

    [Fact]
    public async Task A_worker_that_is_not_ready_answers_503_with_Retry_After()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.Ready = _ => new(false));

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task A_handshake_waits_until_the_worker_is_ready()
    {
        var ready = new TaskCompletionSource<bool>();
        var isAsked = false;
        await using var host = await EngineHost.StartAsync(handle: h => h.Ready = _ => { isAsked = true; return new(ready.Task); });

        var answer = host.GetAsync("EIO=4&transport=polling");
        await Eventually.TrueAsync(() => isAsked);
        Assert.False(answer.IsCompleted);
        ready.SetResult(true);

        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    [Fact]
    public async Task A_client_that_hangs_up_while_the_worker_gets_ready_leaves_no_session()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.Ready = async ct =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return true;
        });
        using (var client = await host.ConnectAsync())
            await client.SendAsciiAsync("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n");

        await Eventually.TrueAsync(() => host.Server.Counters.ContainsKey("refused.gone"));

        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task Beyond_MaxSessions_handshakes_are_answered_503()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxSessions = 1);
        await host.PollAsync();

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(1, host.Server.Counters["refused.max-sessions"]);
    }

    [Fact]
    public async Task A_transport_that_is_not_configured_is_unknown()
    {
        await using var host = await EngineHost.StartAsync(o => o.Transports = ["websocket"]);

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        Assert.Equal(UnknownTransport, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Two_thousand_headers_are_answered_431_by_the_server()
    {
        await using var host = await EngineHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsciiAsync("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n"
            + string.Concat(Enumerable.Range(0, 2_000).Select(i => $"A{i}: b\r\n")) + "\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", await client.ReadHeadAsync());
    }
}
