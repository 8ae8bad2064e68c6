using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Testing;

/// <summary>
/// What a server of a test has logged as a warning or worse, and which events nobody handles: a test that waits in vain shows it.
/// </summary>
internal sealed class ServerLog : ILoggerProvider
{
    private const string Library = "Akka.ClusterAdapter";
    private const string Unhandled = "handled by nobody";
    private const int Kept = 10;
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName.StartsWith(Library, StringComparison.Ordinal));

    /// <summary>Adds it to the logs of an application.</summary>
    public void AddTo(ILoggingBuilder logging) => logging.AddProvider(this).AddFilter<ServerLog>(Library, LogLevel.Debug);

    public void Dispose()
    {
    }

    private void Add(string line)
    {
        _lines.Enqueue(line);
        while (_lines.Count > Kept)
            _lines.TryDequeue(out _);
    }

    private sealed class Logger(ServerLog log, bool isOurs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning || (isOurs && logLevel == LogLevel.Debug);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var line = formatter(state, exception);
            if (logLevel >= LogLevel.Warning || line.Contains(Unhandled, StringComparison.Ordinal))
                log.Add(exception is null ? line : $"{line} {exception.GetType().Name}: {exception.Message}");
        }
    }
}
