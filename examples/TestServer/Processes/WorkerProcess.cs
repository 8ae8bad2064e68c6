using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace TestServer.Processes;

/// <summary>One worker as its parent sees it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<WorkerReport> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerProcess(Process process, string role)
    {
        _process = process;
        Role = role;
        Reading = ReadAsync();
    }

    public int Id => _process.Id;

    /// <summary>Cluster role that only this process has.</summary>
    public string Role { get; }

    /// <summary>Where the worker is; fails when it ends before it is ready.</summary>
    public Task<WorkerReport> Ready => _ready.Task;

    /// <summary>Where a worker that has ended was; null when it was never ready.</summary>
    public async Task<WorkerReport?> ReportAsync()
    {
        await Reading;
        return _ready.Task.IsCompletedSuccessfully ? await _ready.Task : null;
    }

    public Task Exited => _process.WaitForExitAsync();

    public int ExitCode => _process.ExitCode;

    private Task Reading { get; }

    /// <summary>Starts this program once more, as a worker.</summary>
    public static WorkerProcess Start(Settings settings, int number, int start, WorkerPorts ports, string seed)
    {
        var role = string.Create(CultureInfo.InvariantCulture, $"worker-{number}-start-{start}");
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(info.FileName) == "dotnet")
            info.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in settings.Arguments)
            info.ArgumentList.Add(argument);
        string[] own =
        [
            "--worker", Text(number), "--worker-role", role, "--seed", seed,
            "--own-port", Text(ports.Own), "--port", Text(ports.Shared), "--cluster-port", Text(ports.Cluster),
        ];
        foreach (var argument in own)
            info.ArgumentList.Add(argument);
        return new WorkerProcess(Process.Start(info)!, role);

        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Asks for a clean end; a worker that ends otherwise meanwhile is fine too.</summary>
    public void Stop()
    {
        try
        {
            _process.StandardInput.WriteLine(ParentLink.Stop);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    public void Kill() => _process.Kill();

    public void Dispose() => _process.Dispose();

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (WorkerReport.Parse(line) is { } report)
                _ready.TrySetResult(report);
            else
                Console.Error.WriteLine(line);
        }

        await _process.WaitForExitAsync();
        _ready.TrySetException(new StartException($"a worker ended before it was ready, with exit code {_process.ExitCode}."));
    }
}

/// <summary>Where a worker listens; 0 for a free port.</summary>
/// <param name="Own">Its own.</param>
/// <param name="Shared">The one that all workers share.</param>
/// <param name="Cluster">Its port in the cluster.</param>
internal readonly record struct WorkerPorts(int Own, int Shared, int Cluster);
