using Akka.ClusterAdapter.Primary;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Tells the process manager when this process takes clients, so that it goes on with the next.</summary>
/// <param name="channel">The way to it.</param>
/// <param name="waitUntilReady">Waits for a while; true when this process takes clients.</param>
/// <param name="application">The application.</param>
/// <param name="time">Its clock.</param>
/// <param name="logger">Its log.</param>
internal sealed partial class ReadyNotice(
    NodeChannel channel, Func<CancellationToken, ValueTask<bool>> waitUntilReady,
    IHostApplicationLifetime application, TimeProvider time, ILogger<ReadyNotice> logger)
    : IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private Task _telling = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not awaited: the application has started, and the manager may wait for longer than a start may take.
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _telling = TellAsync(application.ApplicationStopping);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _telling;

    private async Task TellAsync(CancellationToken stopping)
    {
        try
        {
            while (!await waitUntilReady(stopping).ConfigureAwait(false))
                await Task.Delay(Interval, time, stopping).ConfigureAwait(false);
            channel.TellReady();
        }
        catch (OperationCanceledException)
        {
            // It stops before it was ready.
        }
        catch (IOException exception)
        {
            Log.NotTold(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4031, LogLevel.Warning,
            "The process manager that started this process cannot be told that it is ready.",
            EventName = "ReadinessNotTold")]
        public static partial void NotTold(ILogger logger, Exception exception);
    }
}
