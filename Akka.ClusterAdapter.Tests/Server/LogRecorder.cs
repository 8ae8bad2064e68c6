using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Keeps what was logged at warning or above, unless told otherwise.</summary>
internal sealed class LogRecorder(LogLevel least = LogLevel.Warning) : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
    }

    public void Dispose()
    {
    }
}
