using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Whoever asks why a client does not come in, or why it went, finds a line; no line gives a session id away.</summary>
public sealed class LoggingTests
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    [Theory]
    [InlineData("EIO=4&transport=pigeon", "transport-unknown, code 0 (transport pigeon)")]
    [InlineData("EIO=4&transport=polling&sid=SECRETsecretSECRETse", "sid-unknown, code 1 (sid SECRET…)")]
    [InlineData("EIO=4&transport=websocket", "bad-request, code 3 (name TRANSPORT_HANDSHAKE_ERROR)")]
    [InlineData("EIO=4&transport=polling&refuse", "forbidden, code 4 (message not you)")]
    public async Task A_refused_request_is_told_with_address_and_reason(string query, string reason)
    {
        await using var host = await StartAsync(o => o.AllowRequest = context => new(context.Request.Query.ContainsKey("refuse") ? "not you" : null));

        using var answer = await host.GetAsync(query);

        await ExpectAsync(LogLevel.Debug, "GET", "from 127.0.0.1 was refused: " + reason);
    }

    [Theory]
    [InlineData("EIO=3&transport=polling", "revision 3")]
    [InlineData("transport=polling", "revision none")]
    public async Task A_client_of_Socket_IO_2_is_told_with_the_remedy(string query, string revision)
    {
        await using var host = await StartAsync();

        using var answer = await host.GetAsync(query);

        await ExpectAsync(LogLevel.Warning, revision, "127.0.0.1", "Update the client library");
    }

    [Fact]
    public async Task A_handshake_that_is_put_off_is_told_with_its_reason()
    {
        await using var host = await StartAsync(o => o.MaxSessions = 1);
        await host.PollAsync();

        using var answer = await host.GetAsync("EIO=4&transport=polling");

        await ExpectAsync(LogLevel.Debug, "polling", "127.0.0.1", "503: max-sessions");
    }

    [Fact]
    public async Task A_session_is_told_from_its_beginning_over_its_upgrade_to_its_end()
    {
        await using var host = await StartAsync();
        var polling = await host.PollAsync();
        await ExpectAsync(LogLevel.Debug, polling.Sid[..6], "127.0.0.1 begins, by polling");

        using (var lost = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid))
            await lost.SendTextAsync("4no");
        await ExpectAsync(LogLevel.Debug, polling.Sid[..6], "did not become its transport");

        using (var client = await host.UpgradeAsync("EIO=4&transport=websocket&sid=" + polling.Sid))
        {
            await client.SendTextAsync("5");
            await ExpectAsync(LogLevel.Debug, polling.Sid[..6], "from polling to WebSocket");
        }

        await ExpectAsync(LogLevel.Debug, polling.Sid[..6], "has ended, by websocket: TransportClose");
        Assert.DoesNotContain(_lines, line => line.Text.Contains(polling.Sid, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_does_not_answer_pings_is_told()
    {
        await using var host = await StartAsync();
        using var client = await host.WebSocketAsync();

        host.Advance(TimeSpan.FromSeconds(50));

        await ExpectAsync(LogLevel.Debug, client.Sid[..6], "has not answered a ping within 00:00:20");
    }

    [Fact]
    public async Task A_large_upload_by_polling_is_told_with_the_remedy()
    {
        await using var host = await StartAsync();
        var polling = await host.PollAsync();

        using var answer = await polling.PostAsync("4" + new string('x', 5_000_000));

        await ExpectAsync(LogLevel.Warning, polling.Sid[..6], "127.0.0.1", "MaxPayload (1000000 bytes)", "raise MaxPayload");
    }

    [Fact]
    public async Task A_large_WebSocket_message_is_told_with_the_remedy()
    {
        await using var host = await StartAsync(o => o.MaxPayload = 100);
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("4" + new string('x', 200));

        await ExpectAsync(LogLevel.Warning, client.Sid[..6], "MaxPayload (100 bytes)");
    }

    [Fact]
    public async Task Whatever_else_ends_a_session_is_told_by_the_name_it_is_counted_under()
    {
        await using var host = await StartAsync();
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("2");

        await ExpectAsync(LogLevel.Debug, client.Sid[..6], "for what its client did: ping-direction");
    }

    [Fact]
    public async Task A_client_that_is_read_more_slowly_is_told()
    {
        await using var host = await StartAsync(o => o.MaxPacketsPerSecond = 1);
        using var client = await host.WebSocketAsync();

        await client.SendTextAsync("41");
        await client.SendTextAsync("42");

        await ExpectAsync(LogLevel.Debug, client.Sid[..6], "more slowly", "(packets)");
    }

    private Task<EngineHost> StartAsync(Action<EngineOptions>? configure = null) => EngineHost.StartAsync(configure, loggers: new EngineLog(_lines));

    private Task ExpectAsync(LogLevel level, params string[] parts) => Eventually.TrueAsync(
        () => _lines.Any(line => line.Level == level && parts.All(part => line.Text.Contains(part, StringComparison.Ordinal))),
        $"a line at {level} with {string.Join(" and ", parts)}");

    private sealed class EngineLog(ConcurrentQueue<(LogLevel Level, string Text)> lines) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
