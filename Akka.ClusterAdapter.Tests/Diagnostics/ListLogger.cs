using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger(LogLevel least = LogLevel.Debug, Action? writing = null) : ILogger, ILoggerFactory
{
    private readonly List<LoggedLine> _lines = [];

    public IReadOnlyList<LoggedLine> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        writing?.Invoke();
        lock (_lines)
            _lines.Add(new(logLevel, eventId, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>> ?? [], exception));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}

internal sealed record LoggedLine(LogLevel Level, EventId Id, string Text, IReadOnlyList<KeyValuePair<string, object?>> Values, Exception? Exception);
