using Akka.ClusterAdapter.Clustering;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Makes the emitter say what this member is when the application starts: workers that start meanwhile would wait for it.</summary>
internal sealed class EmitterAnnouncement : IHostedService
{
    // The service asks for it; nothing else is needed.
    public EmitterAnnouncement(SocketIOEmitter emitter) => ArgumentNullException.ThrowIfNull(emitter);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
