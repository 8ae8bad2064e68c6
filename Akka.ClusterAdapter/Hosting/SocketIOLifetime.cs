using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Closes the server when the application begins to stop: before the web server waits for its connections, and before the worker leaves the cluster.
/// Stops the application when the cluster has given this worker up.
/// </summary>
internal sealed partial class SocketIOLifetime(
    SocketIOServer server, IAdapterFactory adapters, IHostApplicationLifetime application, ILogger<SocketIOLifetime> logger) : IHostedLifecycleService
{
    private const int GivenUp = 1;
    private readonly ClusterAdapterExtension? _cluster = (adapters as AkkaClusterAdapterFactory)?.Extension;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _cluster?.Terminated.ContinueWith(ended => OnEnd(ended.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Readiness off and the others told, then the sockets. What is broadcast meanwhile still arrives.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_cluster is not null)
            await _cluster.DrainAsync(cancellationToken).ConfigureAwait(false);
        await server.CloseAsync().ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnEnd(WorkerEnd end)
    {
        if (!end.IsFailure)
            return;
        Log.GivenUp(logger, end.Reason);
        Environment.ExitCode = GivenUp;
        application.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "{Reason} Its clients are let go and the process stops, so that whoever watches it starts a new one.")]
        public static partial void GivenUp(ILogger logger, string reason);
    }
}
