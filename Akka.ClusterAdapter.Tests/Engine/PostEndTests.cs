using System.Net;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>POSTs that never become complete, at a real web server.</summary>
public sealed class PostEndTests
{
    private static readonly string[] Ends = ["close", "discard", "overlap", "upgrade", "client ends", "client crashes"];

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var end in Ends)
        {
            cases.Add(end, true);
            cases.Add(end, false);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_unfinished_POST_that_ends_fills_no_log(string end, bool isChunked)
    {
        using var log = new Provider();
        await using (var host = await EngineHost.StartAsync(build: builder => builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)))
        {
            var client = await host.PollAsync();
            using var raw = await SendPostAsync(host, client, isChunked);
            await Eventually.TrueAsync(() => log.Lines.Any(line => line.Id.Name is "RequestBodyStart"), "the body is being read");

            await EndAsync(host, client, raw, end);

            await Eventually.TrueAsync(() => end is "close" or "upgrade" || !host.Handler.Ends.IsEmpty);
            Assert.Equal(0, host.Server.Guard.Failures);
        }

        // The web server has stopped: all requests are over.
        Assert.Contains(log.Lines, line => line.Id.Name is "ConnectionStop");
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_session_that_upgrades_survives_its_own_unfinished_POST()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await BeginPostAsync(host, client, isChunked: false);

        using var socket = await UpgradeAsync(host, client);
        Assert.Empty(await raw.ReadToEndAsync());
        await socket.SendTextAsync("4after");

        await Eventually.TrueAsync(() => host.Handler.Texts.Contains("after"));
        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Fact]
    public async Task A_session_that_is_closed_gently_with_an_unfinished_POST_still_says_goodbye()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await BeginPostAsync(host, client, isChunked: false);

        host.Session(client.Sid).Close();
        Assert.Empty(await raw.ReadToEndAsync());

        Assert.Equal("6\u001e1", await client.PollAsync());
        Assert.Equal(CloseReason.ForcedClose, await host.EndAsync());
    }

    [Fact]
    public async Task The_next_request_of_a_kept_connection_is_not_cut_off_by_the_end_of_the_session_before()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var raw = await host.ConnectAsync();
        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n4x");
        Assert.Equal("ok", (await raw.ReadAnswerAsync()).Body);
        var other = await host.PollAsync();
        await raw.SendAsciiAsync($"GET /engine.io/?{other.Query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await Eventually.TrueAsync(() => host.Session(other.Sid).HasPoll);

        host.Session(client.Sid).Close(discard: true);
        host.Session(other.Sid).TrySend(EngineHost.Message("hello"));

        Assert.Equal("4hello", (await raw.ReadAnswerAsync()).Body);
    }

    /// <summary>Head and half of the body at once, as clients send it that do not ask first.</summary>
    private static async Task<WireClient> SendPostAsync(EngineHost host, PollingClient client, bool isChunked)
    {
        var raw = await host.ConnectAsync();
        var length = isChunked ? "Transfer-Encoding: chunked\r\n\r\n3\r\n4a" : "Content-Length: 10\r\n\r\n4a";
        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\n{length}");
        return raw;
    }

    private static async Task<WireClient> BeginPostAsync(EngineHost host, PollingClient client, bool isChunked)
    {
        var raw = await host.ConnectAsync();
        var length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 10";
        await raw.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\n{length}\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await raw.ReadHeadAsync());
        await raw.SendAsciiAsync(isChunked ? "3\r\n4a" : "4a");
        return raw;
    }

    private static async Task<WireClient> UpgradeAsync(EngineHost host, PollingClient client)
    {
        var socket = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + client.Sid);
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.ReadTextAsync());
        await socket.SendTextAsync("5");
        return socket;
    }

    private static async Task EndAsync(EngineHost host, PollingClient client, WireClient raw, string end)
    {
        var session = host.Session(client.Sid);
        switch (end)
        {
            case "client ends":
                raw.EndInput();
                break;
            case "client crashes":
                raw.Reset();
                return;
            case "overlap":
                Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("4b")).StatusCode);
                break;
            case "upgrade":
                using (await UpgradeAsync(host, client))
                    Assert.Empty(await raw.ReadToEndAsync());
                return;
            default:
                session.Close(discard: end == "discard");
                break;
        }

        await raw.ReadToEndAsync();
        raw.Dispose();
    }

    private sealed class Provider : ILoggerProvider
    {
        private readonly ListLogger _log = new();

        public IReadOnlyList<LoggedLine> Lines => _log.Lines;

        public ILogger CreateLogger(string categoryName) => _log;

        public void Dispose() => _log.Dispose();
    }
}
