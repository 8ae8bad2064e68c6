using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Registers the notice to a process manager where there is one.</summary>
internal static class ReadyNoticeRegistration
{
    /// <summary>
    /// For a process that pm2 (or another of Node.js) has started. A primary's worker tells its primary instead: a channel that it inherited is not its own.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="waitUntilReady">Waits for a while; true when this process takes clients.</param>
    public static void AddReadyNotice(this IServiceCollection services, Func<IServiceProvider, Func<CancellationToken, ValueTask<bool>>> waitUntilReady)
    {
        if (NodeChannel.Take() is not { } channel || WorkerEnvironment.IsSet)
            return;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IHostedService>(provider => new ReadyNotice(
            channel,
            waitUntilReady(provider),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ReadyNotice>>()));
    }
}
