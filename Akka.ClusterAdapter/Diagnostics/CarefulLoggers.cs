using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// Loggers of an application, for use by a server that strangers talk to: <see cref="CarefulLogger"/>. All of the library's loggers come from here.
/// </summary>
internal sealed class CarefulLoggers(ILoggerFactory inner, TimeProvider time) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new CarefulLogger(inner.CreateLogger(categoryName), time);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The application's loggers are the application's.</summary>
    public void Dispose()
    {
    }

    /// <summary>The same loggers, made careful unless they are.</summary>
    public static ILoggerFactory Of(ILoggerFactory loggers, TimeProvider time) => loggers as CarefulLoggers ?? new CarefulLoggers(loggers, time);
}
