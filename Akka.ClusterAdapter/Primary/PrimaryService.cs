using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Runs the pool for as long as the host lives, ends the host when the pool cannot go on, and hears SIGHUP.</summary>
internal sealed class PrimaryService(
    IOptions<PrimaryOptions> options,
    SocketIOWorkers workers,
    IHostApplicationLifetime application,
    ILoggerFactory loggers,
    TimeProvider time,
    IMeterFactory? meters = null)
    : IHostedService, IDisposable
{
    private readonly Guard _guard = new(loggers.CreateLogger<PrimaryService>());
    private readonly CancellationTokenSource _stopping = new();
    private readonly PrimaryOutput _output = new(options.Value, new Guard(loggers.CreateLogger<PrimaryOutput>()));
    private readonly bool _hasTerminal = ControllingTerminal.Exists;
    private PosixSignalRegistration? _hangUp;
    private Task _run = Task.CompletedTask;

    // Begun only when the host has started: a host that is stopped while it starts ends with an exception instead of a line.
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _hangUp = _guard.OnSignal("SIGHUP", PosixSignal.SIGHUP, OnHangUp);
        _guard.Register("started", static me => me._run = Task.Run(me.RunAsync), this, application.ApplicationStarted);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        await _output.FlushAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _hangUp?.Dispose();
        _stopping.Dispose();
    }

    private void OnHangUp(PosixSignalContext context)
    {
        // Without this it would end the process at once.
        context.Cancel = true;
        if (_hasTerminal)
            application.StopApplication();
        else if (!application.ApplicationStopping.IsCancellationRequested)
            _guard.Observe("reload", ReloadAsync());
    }

    private async Task ReloadAsync()
    {
        try
        {
            await workers.ReloadAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException exception)
        {
            _output.Complain($"no reload: {exception.Message}");
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await RunPoolAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A reason that a person can act on is one line; anything else is our bug and needs its trace.
            _output.Complain(exception is PrimaryException ? exception.Message : exception.ToString());
            Environment.ExitCode = 1;
            application.StopApplication();
        }
        finally
        {
            workers.Serve(null);
        }
    }

    private async Task RunPoolAsync()
    {
        // The supervisor starts slowly enough that a wrong port should be told before.
        using var listen = ListenPort.Claim(options.Value.Address, options.Value.Port);
        await using var node = SupervisorNode.Start(options.Value, loggers);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var metrics = new PrimaryMetrics(meters, () => workers.ReadyCount, _guard);
        var pool = new WorkerPool(options.Value, node, listen.EndPoint, time, _output) { Metrics = metrics, EndOfReloads = application.ApplicationStopping };
        workers.Serve(pool);
        var running = pool.RunAsync(ending.Token);
        await Task.WhenAny(running, node.Terminated).ConfigureAwait(false);
        var lostMember = !running.IsCompleted;
        await ending.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        if (lostMember)
            throw new PrimaryException("The primary's cluster member ended by itself; without it the workers cannot stay together.");
    }
}
