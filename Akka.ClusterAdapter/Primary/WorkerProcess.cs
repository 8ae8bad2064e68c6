using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Primary;

/// <summary>One running worker process, seen from the primary.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _output;

    private WorkerProcess(Process process, WorkerEnvironment environment, PrimaryOutput output)
    {
        _process = process;
        Environment = environment;
        Id = process.Id;
        process.Exited += (_, _) => _exited.TrySetResult(process.ExitCode);
        process.EnableRaisingEvents = true;
        _output = Task.WhenAll(
            output.CopyAsync(environment.Number, process.StandardOutput, isError: false, IsReadyLine),
            output.CopyAsync(environment.Number, process.StandardError, isError: true, _ => false));
    }

    public WorkerEnvironment Environment { get; }

    public int Id { get; }

    /// <summary>Completes when the worker says that it serves.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Its exit code; 128 + n when signal n killed it.</summary>
    public Task<int> Exited => _exited.Task;

    public static WorkerProcess Start(WorkerCommand command, WorkerEnvironment environment, PrimaryOutput output)
    {
        try
        {
            var process = Process.Start(command.StartInfo(environment));
            return new(process!, environment, output);
        }
        catch (Win32Exception exception)
        {
            throw new PrimaryException($"\"{command.Program}\" cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Waits until what the dead worker had still to say is copied. A child of its own may hold the pipe open, hence the limit.</summary>
    public async Task DrainOutputAsync(TimeSpan limit, TimeProvider time)
    {
        try
        {
            await _output.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException)
        {
            // What is still in the pipe is lost with its reader.
        }
    }

    /// <summary>Asks the worker to end, waits, and kills it when it does not.</summary>
    public async Task StopAsync(TimeSpan limit, TimeProvider time)
    {
        if (!_process.HasExited)
            AskToEnd();
        try
        {
            await Exited.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await Exited.ConfigureAwait(false);
        }
    }

    public void Dispose() => _process.Dispose();

    private void AskToEnd()
    {
        // Without signals the end of its standard input tells the worker that nobody wants it any more.
        if (OperatingSystem.IsWindows())
            _process.StandardInput.Close();
        else
            _ = SendSignal(Id, SigTerm);
    }

    private bool IsReadyLine(string line) => line == WorkerLifetime.ReadyLine && (_ready.TrySetResult() || true);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}
