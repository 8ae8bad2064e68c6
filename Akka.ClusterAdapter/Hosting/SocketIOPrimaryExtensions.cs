using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the primary, which runs worker processes, and what a worker process needs to be run by it.</summary>
public static class SocketIOPrimaryExtensions
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>
        /// Makes this process a primary: it starts worker processes, restarts those that die, forwards their output and ends them with itself. It replaces
        /// them one after the other (<see cref="SocketIOWorkers.ReloadAsync"/>) on SIGHUP; where it was started from a terminal, SIGHUP means that the
        /// terminal is gone and stops it. <c>MapSocketIOReload</c> offers the same over HTTP. A worker is the same program unless told otherwise; there
        /// <see cref="WorkerEnvironment.Current"/> is not null. When the workers cannot be kept running, one line on standard error says why, and the host
        /// stops with <see cref="Environment.ExitCode"/> 1. A primary that was started by one of Node.js with a channel (<c>NODE_CHANNEL_FD</c>; pm2 does
        /// so) tells it "ready" when all its workers serve.
        /// </summary>
        public IHostApplicationBuilder AddSocketIOWorkers(Action<PrimaryOptions>? configure = null)
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddSingleton<IValidateOptions<PrimaryOptions>, PrimaryOptionsValidator>();
            builder.Services.AddOptions<PrimaryOptions>().Configure(configure ?? (_ => { })).ValidateOnStart();
            // The host must outlive the slowest worker.
            builder.Services.AddOptions<HostOptions>().Configure<IOptions<PrimaryOptions>>((host, primary) =>
                host.ShutdownTimeout = TimeSpan.FromTicks(Math.Max(host.ShutdownTimeout.Ticks, (primary.Value.StopTimeout + TimeSpan.FromSeconds(10)).Ticks)));
            builder.Services.TryAddSingleton(new SocketIOWorkers());
            builder.Services.AddHostedService<PrimaryService>();
            builder.Services.AddReadyNotice(AreAllReady);
            return builder;
        }

        /// <summary>
        /// Makes this process a worker of the primary that started it: it listens where it was told and, when the workers share that port, on a free one of
        /// 127.0.0.1 for what other workers forward; it ignores SIGINT and SIGHUP, stops on SIGTERM, and ends
        /// within a second when the primary vanishes. The cluster side is <c>WithSocketIOWorker</c>.
        /// </summary>
        /// <param name="worker"><see cref="WorkerEnvironment.Current"/>.</param>
        public IHostApplicationBuilder AddSocketIOWorker(WorkerEnvironment worker)
        {
            ArgumentNullException.ThrowIfNull(worker);
            builder.Services.AddSingleton(WorkerLifetime.Attach());
            builder.Services.AddSingleton(worker);
            builder.Services.AddSingleton<IHostLifetime>(services => new WorkerLifetime(
                services.GetRequiredService<IHostApplicationLifetime>(),
                services.GetRequiredService<WorkerLifetime.WorkerSignals>(),
                ct => ProcessReadiness.WaitUntilListeningAsync(services, ct),
                services.GetRequiredService<ILogger<WorkerLifetime>>()));
            if (worker.IsPortShared)
                return builder.AddSocketIOSharedPort(worker.Listen);
            builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(worker.Listen));
            return builder;
        }
    }

    private static Func<CancellationToken, ValueTask<bool>> AreAllReady(IServiceProvider services)
    {
        var workers = services.GetRequiredService<SocketIOWorkers>();
        var wanted = services.GetRequiredService<IOptions<PrimaryOptions>>().Value.Workers;
        return _ => ValueTask.FromResult(workers.ReadyCount >= wanted);
    }
}
