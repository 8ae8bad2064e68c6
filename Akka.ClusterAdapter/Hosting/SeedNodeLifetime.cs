using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Stops the application of a seed node as a failure when its actor system ends although nobody has told it to.</summary>
internal sealed partial class SeedNodeLifetime(ActorSystem system, IHostApplicationLifetime application, ILogger<SeedNodeLifetime> logger) : IHostedService
{
    private readonly Guard _guard = new(logger);
    private bool _isGivenUp;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Akka.Hosting stops the application too, but as if all were well.
        _guard.When("terminated", system.WhenTerminated, static me => me.OnEnd(), this);
        return Task.CompletedTask;
    }

    // The host may stop for the same reason, and main return, before the continuation has run.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        OnEnd();
        return Task.CompletedTask;
    }

    private void OnEnd()
    {
        if (CoordinatedShutdown.Get(system).ShutdownReason is not { ExitCode: not 0 } reason || Interlocked.Exchange(ref _isGivenUp, true))
            return;
        Log.GivenUp(logger, reason.GetType().Name);
        GivenUpExit.Set();
        application.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(4011, LogLevel.Critical,
            "This seed node is no member of the cluster any more, or could not become one ({Reason}). The process stops, "
            + "so that whoever watches it starts a new one.",
            EventName = "SeedNodeGivenUp")]
        public static partial void GivenUp(ILogger logger, string reason);
    }
}
