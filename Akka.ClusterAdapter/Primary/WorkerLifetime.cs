using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// Lifetime of a worker process: only its primary ends it. The terminal sends SIGINT, SIGQUIT and SIGHUP to all processes at once, so a worker
/// ignores them; SIGTERM stops it in order; the end of its standard input, a pipe from the primary, means that the primary is gone.
/// </summary>
internal sealed class WorkerLifetime : IHostLifetime, IDisposable
{
    /// <summary>What a worker writes as a line of its own to tell its primary that it serves.</summary>
    public const string ReadyLine = "::socketio-worker-ready::";

    private const int Orphaned = 1;

    private readonly IHostApplicationLifetime _application;
    private readonly Func<CancellationToken, ValueTask<bool>> _waitUntilReady;
    private readonly PosixSignalRegistration _term;
    private readonly CancellationTokenRegistration _started;

    /// <param name="application">The worker's application.</param>
    /// <param name="waitUntilReady">Completes when the other workers have confirmed this one, or will not be waited for.</param>
    public WorkerLifetime(IHostApplicationLifetime application, Func<CancellationToken, ValueTask<bool>> waitUntilReady)
    {
        _application = application;
        _waitUntilReady = waitUntilReady;
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
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
        if (await _waitUntilReady(_application.ApplicationStopping).ConfigureAwait(false))
            TellReady();
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

        // A thread of its own: it must notice the end even when the pool's threads are all busy.
        public WorkerSignals() => new Thread(WaitForPrimary) { IsBackground = true, Name = "primary watch" }.Start();

        private void WaitForPrimary()
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
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
