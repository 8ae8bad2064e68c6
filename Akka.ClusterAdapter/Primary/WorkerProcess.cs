using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>One running worker process, seen from the primary.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int SigTerm = 15;
    private const int Unknown = -1;

    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<WorkerProcess> _announce;
    private readonly Task _output;

    private WorkerProcess(Process process, WorkerEnvironment environment, PrimaryOutput output, long startedAt, Action<WorkerProcess> announce)
    {
        _process = process;
        _announce = announce;
        StartedAt = startedAt;
        Environment = environment;
        Id = process.Id;
        process.Exited += (_, _) => _exited.TrySetResult(ExitCodeOf(process));
        process.EnableRaisingEvents = true;
        _output = Task.WhenAll(
            output.CopyAsync(environment.Number, process.StandardOutput, isError: false, IsReadyLine),
            output.CopyAsync(environment.Number, process.StandardError, isError: true, _ => false));
    }

    public WorkerEnvironment Environment { get; }

    public int Id { get; }

    /// <summary>When it was started, a timestamp of the pool's clock.</summary>
    public long StartedAt { get; }

    /// <summary>Completes when the worker says that it serves.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Its exit code; 128 + n when signal n killed it.</summary>
    public Task<int> Exited => _exited.Task;

    /// <param name="command">What to run.</param>
    /// <param name="environment">What to tell it.</param>
    /// <param name="output">Where its lines go.</param>
    /// <param name="startedAt">Now, on the pool's clock.</param>
    /// <param name="announce">Called when it says that it serves.</param>
    /// <exception cref="PrimaryException">The program cannot be started.</exception>
    public static WorkerProcess Start(
        WorkerCommand command, WorkerEnvironment environment, PrimaryOutput output, long startedAt, Action<WorkerProcess> announce)
    {
        try
        {
            var process = Process.Start(command.StartInfo(environment));
            return new(process!, environment, output, startedAt, announce);
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

    /// <summary>Asks the worker to end, waits, and kills it when it does not; false then.</summary>
    public async Task<bool> StopAsync(TimeSpan limit, TimeProvider time)
    {
        if (!_process.HasExited)
            AskToEnd();
        try
        {
            await Exited.WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await Exited.ConfigureAwait(false);
            return false;
        }
    }

    public void Dispose() => _process.Dispose();

    // Thrown in an event it would end the primary, and with it every worker.
    private static int ExitCodeOf(Process process)
    {
        try
        {
            return process.ExitCode;
        }
        catch (InvalidOperationException)
        {
            return Unknown;
        }
    }

    private void AskToEnd()
    {
        // Without signals a line does.
        if (OperatingSystem.IsWindows())
            _process.StandardInput.WriteLine(WorkerLifetime.StopLine);
        else
            _ = SendSignal(Id, SigTerm);
    }

    private bool IsReadyLine(string line)
    {
        if (line != WorkerLifetime.ReadyLine)
            return false;
        // Said before anybody acts on it.
        if (!_ready.Task.IsCompleted)
            _announce(this);
        _ready.TrySetResult();
        return true;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}
