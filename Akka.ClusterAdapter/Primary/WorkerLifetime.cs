using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// Lifetime of a worker process: only its primary ends it. The terminal sends SIGINT, SIGQUIT and SIGHUP to all processes at once, so a worker
/// ignores them; SIGTERM stops it in order, or a line on its standard input where there are no signals; the end of that, a pipe from the primary, means that the primary is gone.
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
    public WorkerLifetime(IHostApplicationLifetime application, WorkerSignals signals, Func<CancellationToken, Task> waitUntilReady)
    {
        _application = application;
        _waitUntilReady = waitUntilReady;
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        signals.OnStopLine = application.StopApplication;
        _started = application.ApplicationStarted.Register(() => _ = TellWhenReadyAsync());
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
        private readonly PosixSignalRegistration[] _ignored =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => context.Cancel = true),
        ];

        /// <summary>What to do when the primary asks for the end.</summary>
        public Action? OnStopLine { get; set; }

        // A thread of its own: it must notice the end even when the pool's threads are all busy.
        public WorkerSignals() => new Thread(WaitForPrimary) { IsBackground = true, Name = "primary watch" }.Start();

        private void WaitForPrimary()
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            while (input.ReadLine() is { } line)
            {
                if (line == StopLine)
                    OnStopLine?.Invoke();
            }

            GC.KeepAlive(_ignored);
            // Nobody listens for the last words, and an orderly leave needs the primary; a handler that hangs must not keep the process.
            new Thread(() => Environment.Exit(Orphaned)) { IsBackground = true, Name = "orphan exit" }.Start();
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
