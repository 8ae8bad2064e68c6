using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Lets the server's clients go when the application begins to stop: before the web server waits for its connections, and before the worker leaves the cluster.
/// Stops the application when the cluster has given this worker up.
/// </summary>
internal sealed partial class SocketIOLifetime(
    SocketIOServer server,
    IAdapterFactory adapters,
    IHostApplicationLifetime application,
    IOptions<HostOptions> host,
    ILogger<SocketIOLifetime> logger,
    SharedPort? sharedPort = null) : IHostedLifecycleService
{
    private const int GivenUp = 1;

    /// <summary>What the web server and the cluster need after the clients are gone.</summary>
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(5);
    private readonly ClusterAdapterExtension? _cluster = (adapters as AkkaClusterAdapterFactory)?.Extension;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (sharedPort is not null)
            server.Shutdown.Draining += sharedPort.Leave;
        // A host that is less patient than its own drain would cut it off.
        var least = adapters.DrainTimeout + AfterDrain;
        if (host.Value.ShutdownTimeout < least && host.Value.ShutdownTimeout != Timeout.InfiniteTimeSpan)
        {
            Log.MorePatient(logger, host.Value.ShutdownTimeout, adapters.DrainTimeout, least);
            host.Value.ShutdownTimeout = least;
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_cluster is not null)
            server.Guard.When("terminated", _cluster.Terminated, static me => me.OnEnd(), this);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Readiness off and the others told, then the sockets. What is broadcast meanwhile still arrives.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => server.DrainAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnEnd()
    {
        if (_cluster is not { Terminated: { IsCompletedSuccessfully: true, Result: { IsFailure: true } end } })
            return;
        Log.GivenUp(logger, end.Reason);
        Environment.ExitCode = GivenUp;
        application.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "{Reason} Its clients are let go and the process stops, so that whoever watches it starts a new one.")]
        public static partial void GivenUp(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Information, "HostOptions.ShutdownTimeout was {Configured}; letting clients go may take {Drain}, so it is {Actual} now.")]
        public static partial void MorePatient(ILogger logger, TimeSpan configured, TimeSpan drain, TimeSpan actual);
    }
}
