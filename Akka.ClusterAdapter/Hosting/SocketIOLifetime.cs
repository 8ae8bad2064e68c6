using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Closes the server when the application begins to stop: before the web server waits for its connections, and before the worker leaves the cluster.</summary>
internal sealed class SocketIOLifetime(SocketIOServer server) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => server.CloseAsync().AsTask();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
