using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>The logs of a named server: their categories end with its name.</summary>
internal sealed class ServerLoggers(ILoggerFactory loggers, string server) : ILoggerFactory
{
    /// <summary>Those of a server; the application's own for the unnamed one.</summary>
    public static ILoggerFactory Of(ILoggerFactory loggers, string server) => server.Length == 0 ? loggers : new ServerLoggers(loggers, server);

    public ILogger CreateLogger(string categoryName) => loggers.CreateLogger($"{categoryName}.{server}");

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>Does nothing: the application's end with the application.</summary>
    public void Dispose()
    {
    }
}
