using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What the application logs in a handler says whose handler it is, where that is wanted.</summary>
public sealed class LogScopeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_logged_in_handlers_has_their_socket_where_an_option_says_so(bool isWanted)
    {
        var lines = new ScopeRecorder();
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                var logger = lines.Factory.CreateLogger("application");
                io.OnConnection(_ => logger.LogInformation("connection"));
                io.OnConnection(socket => socket.OnDisconnect(_ => logger.LogInformation("disconnect")));
                io.On("hi", async () =>
                {
                    await Task.Yield();
                    logger.LogInformation("event");
                });
            },
            options => options.LogScopes = isWanted,
            services => services.AddSingleton<ILoggerFactory>(lines.Factory));
        string id, session;
        await using (var client = await host.ConnectAsync())
        {
            (id, session) = (client.SocketId, host.Server.Sockets.Sockets[client.SocketId].Connection.LogId);
            await client.SendAsync("42[\"hi\"]");
            await Eventually.TrueAsync(() => lines.Lines.Count == 2);
        }

        await Eventually.TrueAsync(() => lines.Lines.Count == 3, () => string.Join('\n', lines.Lines));

        var scope = isWanted ? $" SocketId={id} Namespace=/ SessionId={session} WorkerId=local" : "";
        Assert.Equal(["connection" + scope, "event" + scope, "disconnect" + scope], lines.Lines);
    }

    [Fact]
    public async Task A_log_that_throws_at_a_scope_costs_nobody_an_event()
    {
        using var loggers = new ThrowingLoggers();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.On("hi", () => 1), options => options.LogScopes = true, services => services.AddSingleton<ILoggerFactory>(loggers));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"hi\"]");

        await client.ExpectAsync("431[1]");
        Assert.Equal(2, host.Server.Counters["failed.BeginScope"]);
    }

    /// <summary>What was logged at Information, with its scopes.</summary>
    private sealed class ScopeRecorder : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public ScopeRecorder() =>
            Factory = LoggerFactory.Create(logging => logging.AddProvider(this).AddFilter("application", LogLevel.Information).AddFilter("", LogLevel.None));

        public ILoggerFactory Factory { get; }

        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception);
            _scopes.ForEachScope(
                (scope, _) =>
                {
                    foreach (var (key, value) in (IReadOnlyList<KeyValuePair<string, object?>>)scope!)
                        text += $" {key}={value}";
                },
                0);
            Lines.Enqueue(text);
        }

        public void Dispose()
        {
        }
    }

    private sealed class ThrowingLoggers : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => state is IEnumerable<KeyValuePair<string, object?>> values && values.Any(value => value.Key == "SocketId")
                ? throw new InvalidOperationException("on purpose")
                : null;

        public bool IsEnabled(LogLevel logLevel) => false;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
