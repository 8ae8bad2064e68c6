using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Runs the pool for as long as the host lives, and ends the host when the pool cannot go on.</summary>
internal sealed class PrimaryService(IOptions<PrimaryOptions> options, IHostApplicationLifetime application, ILoggerFactory loggers, TimeProvider time)
    : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PrimaryOutput _output = new(options.Value);
    private Task _run = Task.CompletedTask;

    // Begun only when the host has started: a host that is stopped while it starts ends with an exception instead of a line.
    public Task StartAsync(CancellationToken cancellationToken)
    {
        application.ApplicationStarted.Register(() => _run = Task.Run(RunAsync));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

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
    }

    private async Task RunPoolAsync()
    {
        // The supervisor starts slowly enough that a wrong port should be told before.
        var listen = ListenPort.Check(options.Value.Address, options.Value.Port);
        await using var node = SupervisorNode.Start(options.Value, loggers);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var pool = new WorkerPool(options.Value, node, listen, time).RunAsync(ending.Token);
        await Task.WhenAny(pool, node.Terminated).ConfigureAwait(false);
        var lostMember = !pool.IsCompleted;
        await ending.CancelAsync().ConfigureAwait(false);
        await pool.ConfigureAwait(false);
        if (lostMember)
            throw new PrimaryException("The primary's cluster member ended by itself; without it the workers cannot stay together.");
    }
}
