using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// Lifetime of a worker process: only its primary ends it. The terminal sends SIGINT, SIGQUIT and SIGHUP to all processes at once, so a worker
/// ignores them; SIGTERM stops it in order, or a line on its standard input where there are no signals; the end of that, a pipe
/// from the primary, means that the primary is gone.
/// </summary>
internal sealed class WorkerLifetime : IHostLifetime, IDisposable
{
    /// <summary>What a worker writes as a line of its own to tell its primary that it serves.</summary>
    public const string ReadyLine = "::socketio-worker-ready::";

    /// <summary>What the primary writes as a line of its own to stop a worker in order where there are no signals.</summary>
    public const string StopLine = "::socketio-worker-stop::";

    private const int Orphaned = 1;

    private readonly IHostApplicationLifetime _application;
    private readonly Func<CancellationToken, Task> _waitUntilReady;
    private readonly PosixSignalRegistration _term;
    private readonly CancellationTokenRegistration _started;

    /// <param name="application">The worker's application.</param>
    /// <param name="signals">What <see cref="Attach"/> gave.</param>
    /// <param name="waitUntilReady">Completes when this worker serves clients.</param>
    /// <param name="logger">Where to log.</param>
    public WorkerLifetime(
        IHostApplicationLifetime application, WorkerSignals signals, Func<CancellationToken, Task> waitUntilReady, ILogger<WorkerLifetime> logger)
    {
        var guard = signals.Guard = new(logger);
        _application = application;
        _waitUntilReady = waitUntilReady;
        _term = guard.OnSignal("SIGTERM", PosixSignal.SIGTERM, Stop);
        signals.OnStopLine = application.StopApplication;
        _started = guard.Register(
            "started", static it => it.guard.Observe("ready", it.Me.TellWhenReadyAsync()), (guard, Me: this), application.ApplicationStarted);
    }

    /// <summary>Makes the process deaf to the terminal's signals and end with its primary; called as early as possible.</summary>
    public static WorkerSignals Attach() => new();

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _term.Dispose();
        _started.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _application.StopApplication();
    }

    private async Task TellWhenReadyAsync()
    {
        try
        {
            await _waitUntilReady(_application.ApplicationStopping).ConfigureAwait(false);
            TellReady();
        }
        catch (OperationCanceledException)
        {
            // It stops before it has ever served.
        }
    }

    private static void TellReady()
    {
        using var output = Console.OpenStandardOutput();
        output.Write(System.Text.Encoding.ASCII.GetBytes(ReadyLine + "\n"));
        output.Flush();
    }

    /// <summary>What <see cref="Attach"/> registered; lives as long as the process.</summary>
    internal sealed class WorkerSignals
    {
        private readonly PosixSignalRegistration[] _ignored;

        // A thread of its own: it must notice the end even when the pool's threads are all busy.
        public WorkerSignals()
        {
            _ignored = [Ignore(PosixSignal.SIGINT), Ignore(PosixSignal.SIGHUP), Ignore(PosixSignal.SIGQUIT)];
            Guard.StartThread("primary watch", WaitForPrimary);
        }

        /// <summary>The worker's, as soon as it has a log.</summary>
        public Guard Guard { get; set; } = new(NullLogger.Instance);

        /// <summary>What to do when the primary asks for the end.</summary>
        public Action? OnStopLine { get; set; }

        private PosixSignalRegistration Ignore(PosixSignal signal) => Guard.OnSignal("terminal", signal, static context => context.Cancel = true);

        private void Listen()
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            while (input.ReadLine() is { } line)
            {
                if (line == StopLine)
                    Guard.Run("stop line", static stop => stop?.Invoke(), OnStopLine);
            }
        }

        private void WaitForPrimary()
        {
            // A pipe that breaks is an end too.
            Guard.Run("primary watch", static me => me.Listen(), this);
            GC.KeepAlive(_ignored);
            // Nobody listens for the last words, and an orderly leave needs the primary; a handler that hangs must not keep the process.
            Guard.StartThread("orphan exit", static () => Environment.Exit(Orphaned));
            KillAfterGrace();
        }

        private static void KillAfterGrace()
        {
            using var grace = new ManualResetEventSlim();
            grace.Wait(TimeSpan.FromMilliseconds(700));
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        }
    }
}
