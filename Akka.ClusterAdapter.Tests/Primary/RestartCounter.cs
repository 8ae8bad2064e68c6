using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The instruments of a primary, and what they say.</summary>
internal sealed class RestartCounter : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterRecorder _seen;

    public RestartCounter()
    {
        _seen = new(_services);
        Metrics = new(_services.GetRequiredService<IMeterFactory>(), () => Ready(), new Guard(NullLogger.Instance));
    }

    public PrimaryMetrics Metrics { get; }

    /// <summary>How many workers serve.</summary>
    public Func<int> Ready { get; set; } = static () => 0;

    /// <summary>Workers that serve, those that took the place of a dead one, those that took a living one's.</summary>
    public (double Workers, double Died, double Reloaded) Numbers =>
        (_seen.Look()["socketio.primary.workers"], _seen["socketio.primary.restarts{reason=died}"], _seen["socketio.primary.restarts{reason=reload}"]);

    public void Dispose()
    {
        Metrics.Dispose();
        _seen.Dispose();
        _services.Dispose();
    }
}
