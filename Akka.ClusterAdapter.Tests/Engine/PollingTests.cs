using System.IO.Compression;
using System.Net;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class PollingTests
{
    [Fact]
    public async Task A_waiting_GET_is_answered_with_the_exact_headers_when_something_is_sent()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var poll = await client.PendAsync();

        host.Session(client.Sid).TrySend(EngineHost.Message("hi"));

        using var answer = await poll;
        Assert.Equal("4hi", await answer.Content.ReadAsStringAsync());
        Assert.Equal("text/plain; charset=UTF-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal(3, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Queued_packets_leave_with_one_answer_binary_as_base64()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var session = host.Session(client.Sid);

        session.TrySend(EngineHost.Message("€"));
        session.TrySend(EngineMessage.Text("x"u8, [new byte[] { 1, 2, 3, 4 }]));
        session.TrySend(EngineMessage.Binary([]));

        Assert.Equal("4€\u001e4x\u001ebAQIDBA==\u001eb", await client.PollAsync());
    }

    [Fact]
    public async Task POST_is_answered_ok_with_the_exact_headers()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4hello");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(2, answer.Content.Headers.ContentLength);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task A_payload_is_dispatched_in_order_text_and_binary()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4a\u001ebAQIDBA==\u001e4€");

        Assert.Equal([("a"u8.ToArray(), false), ([1, 2, 3, 4], true), ("€"u8.ToArray(), false)], host.Handler.Messages);
    }

    [Fact]
    public async Task A_chunked_body_is_read_to_its_end()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await host.ConnectAsync();

        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n4a\r\n");
        await raw.SendAsciiAsync("3\r\nbcd\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await raw.ReadHeadAsync());
        Assert.Equal(["abcd"], host.Handler.Texts);
    }

    [Theory]
    [InlineData("", CloseReason.ParseError)]
    [InlineData("zzz", CloseReason.ParseError)]
    [InlineData("9", CloseReason.ParseError)]
    [InlineData("2", CloseReason.TransportError)]
    [InlineData("1", CloseReason.TransportClose)]
    public async Task A_packet_that_ends_the_session_is_answered_ok(string body, CloseReason reason)
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync(body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
        Assert.Equal(reason, await host.EndAsync());
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public async Task A_thousand_separators_end_the_session_at_the_first_empty_packet()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync(new string('\u001e', 1_000));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(CloseReason.ParseError, await host.EndAsync());
    }

    [Fact]
    public async Task Packets_before_a_malformed_one_are_delivered_those_behind_it_are_not()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4a\u001ezzz\u001e4b");

        Assert.Equal(CloseReason.ParseError, await host.EndAsync());
        Assert.Equal(["a"], host.Handler.Texts);
    }

    [Fact]
    public async Task Invalid_base64_is_answered_400_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("bA*IDBA==");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(CloseReason.ParseError, await host.EndAsync());
    }

    [Fact]
    public async Task Invalid_UTF8_is_answered_400_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync([.. "42[\"echo\",\""u8, 0xFF, 0xFE, 0xC0, 0x80, .. "\"]"u8]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(CloseReason.ParseError, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task Too_many_packets_end_the_session()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPacketsPerPayload = 3);
        var client = await host.PollAsync();

        using var answer = await client.PostAsync("4a\u001e4b\u001e4c\u001e4d");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Equal(["a", "b", "c"], host.Handler.Texts);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_accepted()
    {
        await using var host = await EngineHost.StartAsync(o => o.MaxPayload = 100_000);
        var client = await host.PollAsync();

        using var answer = await client.PostAsync(new string('4', 100_000));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(99_999, host.Handler.Messages.Single().Data.Length);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_answered_413_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();

        using var answer = await client.PostAsync(new string('4', 1_100_000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task An_endless_chunked_body_is_answered_413_while_it_comes()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await host.ConnectAsync();

        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 16; i++)
            await raw.SendAsciiAsync("10000\r\n" + new string('4', 65_536) + "\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", await raw.ReadHeadAsync());
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    [Fact]
    public async Task Octet_stream_is_refused_and_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var content = new ByteArrayContent("4a"u8.ToArray());
        content.Headers.ContentType = new("application/octet-stream");

        using var answer = await host.SendAsync(HttpMethod.Post, client.Query, content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    [Fact]
    public async Task A_client_that_hangs_up_on_its_GET_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using (var raw = await host.ConnectAsync())
        {
            await raw.SendAsciiAsync($"GET /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await Eventually.TrueAsync(() => host.Session(client.Sid).IsWritable);
        }

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync()).StatusCode);
    }

    [Fact]
    public async Task A_client_that_hangs_up_on_its_POST_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using (var raw = await host.ConnectAsync())
        {
            await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
            await raw.ReadHeadAsync();
        }

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate, gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip;q=0, deflate", "deflate")]
    [InlineData("br", null)]
    [InlineData("gzip;q=0", null)]
    public async Task A_large_answer_is_compressed_as_the_client_can_read_it(string accept, string? encoding)
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        host.Session(client.Sid).TrySend(EngineHost.Message(new string('x', 1_023)));

        using var answer = await host.SendAsync(HttpMethod.Get, client.Query, null, ("Accept-Encoding", accept));

        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        var body = await answer.Content.ReadAsStreamAsync();
        await using var plain = encoding switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => body
        };
        Assert.Equal("4" + new string('x', 1_023), await new StreamReader(plain, Encoding.UTF8).ReadToEndAsync());
    }

    [Theory]
    [InlineData(1_022, true, 1_024)]
    [InlineData(1_023, false, 1_024)]
    [InlineData(1_023, true, null)]
    public async Task An_answer_is_not_compressed_when_small_or_unwanted_or_turned_off(int length, bool compress, int? threshold)
    {
        await using var host = await EngineHost.StartAsync(o => o.HttpCompressionThreshold = threshold);
        var client = await host.PollAsync();
        host.Session(client.Sid).TrySend(EngineHost.Message(new string('x', length)), compress: compress);

        using var answer = await host.SendAsync(HttpMethod.Get, client.Query, null, ("Accept-Encoding", "gzip"));

        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal(length + 1, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task What_the_handler_sends_when_opened_leaves_with_the_next_GET()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnOpened = socket => socket.TrySend(EngineHost.Message("welcome")));
        var client = await host.PollAsync();

        var body = await client.PollAsync();

        Assert.Equal("4welcome", body);
    }

    [Fact]
    public async Task The_initial_packet_comes_with_the_handshake()
    {
        await using var host = await EngineHost.StartAsync(o => o.InitialPacket = "faster!");

        var body = await host.Http.GetStringAsync("/engine.io/?EIO=4&transport=polling");

        Assert.EndsWith("}\u001e4faster!", body);
    }

    [Fact]
    public async Task Any_path_below_the_prefix_is_served()
    {
        await using var host = await EngineHost.StartAsync();

        var body = await host.Http.GetStringAsync("/engine.io/default/?EIO=4&transport=polling");

        Assert.StartsWith("0{", body);
    }
}
