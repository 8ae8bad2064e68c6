using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Server;

namespace TestServer.Processes;

/// <summary>The process that was started: it keeps the workers, owns the shared port and says when all is ready.</summary>
internal sealed class ParentProgram(Settings settings, SupervisorNode node, int sharedPort) : IDisposable
{
    // Under the 5 s that whoever stops the server waits.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4);

    // A worker that does not even get ready would otherwise be started again many times a second.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly WorkerProcess?[] _workers = new WorkerProcess?[settings.Workers];
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;

    public static async Task<int> RunAsync(Settings settings)
    {
        if (settings.Port != 0)
            Listeners.RequireFree(settings.Port);

        // Bound and never listening: it holds the port, and gets no connections.
        using var reserved = new Listeners();
        var sharedPort = reserved.Bind(settings.Port, shared: true);
        await using var node = new SupervisorNode(settings);
        using var parent = new ParentProgram(settings, node, sharedPort);
        return await parent.RunAsync();
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker?.Dispose();
    }

    private async Task<int> RunAsync()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        if (settings.EndsWithInput)
            ParentLink.Watch(() => _stop.TrySetResult());
        try
        {
            var starting = Enumerable.Range(1, settings.Workers).Select(StartInTurnAsync).ToArray();
            var reports = Task.WhenAll(starting);
            await Task.WhenAny([reports, _stop.Task, .. starting.Select(FailureOfAsync)]);
            // The others wait for one that has failed, and would not get ready.
            if (!_stop.Task.IsCompleted && Array.Find(starting, start => start.IsFaulted) is { } failed)
                await failed;
            if (!_stop.Task.IsCompleted)
                ReadyLine.Write([.. (await reports).Select(report => report.Url)], ReadyLine.Url(sharedPort), [.. _workers.Select(worker => worker!.Id)]);
            await _stop.Task;
            return 0;
        }
        finally
        {
            await StopAsync();
        }
    }

    /// <summary>Ends when it fails; otherwise never.</summary>
    private static Task FailureOfAsync(Task start)
    {
        var failure = new TaskCompletionSource();
        _ = start.ContinueWith(_ => failure.TrySetResult(), default, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return failure.Task;
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _stop.TrySetResult();
    }

    private async Task<WorkerReport> StartInTurnAsync(int number)
    {
        await Task.WhenAny(Task.Delay(settings.StartInterval * (number - 1), TimeProvider.System), _stop.Task);
        return await StartAsync(number, 1, new WorkerPorts(settings.Port == 0 ? 0 : settings.Port + number, sharedPort, 0), null);
    }

    /// <summary>Starts a worker and gives its report once it is ready.</summary>
    /// <param name="number">Which one, from 1.</param>
    /// <param name="start">Which start of this number it is, from 1.</param>
    /// <param name="ports">Where it listens.</param>
    /// <param name="before">Where the last worker of this number that was ready has been; null when none was.</param>
    private Task<WorkerReport> StartAsync(int number, int start, WorkerPorts ports, WorkerReport? before)
    {
        lock (_gate)
        {
            if (_stopping)
                return Task.FromCanceled<WorkerReport>(new CancellationToken(canceled: true));
            var worker = WorkerProcess.Start(settings, number, start, ports, node.Address);
            _workers[number - 1] = worker;
            _ = WatchAsync(worker, number, start, before);
            return worker.Ready;
        }
    }

    private async Task WatchAsync(WorkerProcess worker, int number, int start, WorkerReport? before)
    {
        await worker.Exited;
        // Also when all of them leave at the same time: one that is gone before its leave got around would keep the others waiting for theirs.
        node.Down(worker.Role);
        lock (_gate)
        {
            if (_stopping)
                return;
        }

        Console.Error.WriteLine($"worker {number} ({worker.Id}) ended with code {worker.ExitCode}.");
        var wasReady = await worker.ReportAsync();
        if (!settings.Restart || (wasReady ?? before) is not { } report || worker.ExitCode == WorkerEnvironment.BadConfiguration)
            return;
        if (wasReady is null)
            await Task.WhenAny(Task.Delay(Rest, TimeProvider.System), _stop.Task);
        // Who knew the worker's address finds it there again.
        var ports = new WorkerPorts(new Uri(report.Url).Port, sharedPort, settings.KeepsClusterPorts ? report.ClusterPort : 0);
        await StartAsync(number, start + 1, ports, report);
    }

    private async Task StopAsync()
    {
        lock (_gate)
            _stopping = true;
        var workers = _workers.OfType<WorkerProcess>().ToArray();
        foreach (var worker in workers)
            worker.Stop();
        try
        {
            await Task.WhenAll(workers.Select(worker => worker.Exited)).WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            Console.Error.WriteLine("A worker did not end in time; it is killed.");
            foreach (var worker in workers)
                worker.Kill();
        }
    }
}
