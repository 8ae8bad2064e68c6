using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Lets the clients of all servers go when the application begins to stop: before the web server waits for its connections, and before the worker leaves the
/// cluster. Stops the application when the cluster has given this worker up.
/// </summary>
internal sealed partial class SocketIOLifetime(
    SocketIOServers servers,
    IHostApplicationLifetime application,
    IServiceProvider services,
    IOptions<HostOptions> host,
    ILogger<SocketIOLifetime> logger,
    SharedPort? sharedPort = null) : IHostedLifecycleService
{
    /// <summary>What the web server and the cluster need after the clients are gone.</summary>
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(5);

    private readonly List<IDisposable> _metrics = [];
    private bool _isGivenUp;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers.All)
            server.Shutdown.Draining += LeavePort;
        // A host that is less patient than its own drain would cut it off.
        var drain = servers.All.Max(static server => server.Adapters.DrainTimeout);
        var least = drain + AfterDrain;
        if (host.Value.ShutdownTimeout < least && host.Value.ShutdownTimeout != Timeout.InfiniteTimeSpan)
        {
            Log.MorePatient(logger, host.Value.ShutdownTimeout, drain, least);
            host.Value.ShutdownTimeout = least;
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var cluster in servers.ByCluster)
        {
            cluster.First().Guard.When("terminated", cluster.Key.Terminated, static me => me.OnEnd(), this);
            _metrics.Add(cluster.Key.ShowMetrics(services.GetService<IMeterFactory>()));
        }

        return Task.CompletedTask;
    }

    /// <summary>Also where there is no web server, which would have been asked before.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        servers.Check(MappedEndpoints.Of(services));
        return Task.CompletedTask;
    }

    /// <summary>Readiness off and the others told, then the sockets. What is broadcast meanwhile still arrives.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        servers.IsStopping = true;
        return Task.WhenAll(servers.All.Select(server => server.DrainAsync(cancellationToken)));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        // The host may have stopped for the same reason, and main return, before the continuation has run.
        OnEnd();
        foreach (var metrics in _metrics)
            metrics.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A server that ends alone leaves the port to the others of this process.</summary>
    private void LeavePort()
    {
        if (servers.All.All(static server => server.Engine.IsDraining))
            sharedPort?.Leave();
    }

    private void OnEnd()
    {
        foreach (var cluster in servers.ByCluster)
        {
            if (cluster.Key.Terminated is not { IsCompletedSuccessfully: true, Result: { IsFailure: true } end })
                continue;
            if (Interlocked.Exchange(ref _isGivenUp, true))
                return;
            Log.GivenUp(logger, end.Reason);
            GivenUpExit.Set();
            application.StopApplication();
            return;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Critical,
            "{Reason} Its clients are let go and the process stops, so that whoever watches it starts a new one.",
            EventName = "WorkerGivenUp")]
        public static partial void GivenUp(ILogger logger, string reason);

        [LoggerMessage(4002, LogLevel.Information,
            "HostOptions.ShutdownTimeout was {Configured}; letting clients go may take {Drain}, so it is {Actual} now.",
            EventName = "ShutdownTimeoutRaised")]
        public static partial void MorePatient(ILogger logger, TimeSpan configured, TimeSpan drain, TimeSpan actual);
    }
}
