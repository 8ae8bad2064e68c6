using System.Net;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The worker processes of one machine: as many as wanted, each kept running.</summary>
internal sealed class WorkerPool
{
    private readonly IPEndPoint _listen;
    private readonly WorkerSlot[] _slots;
    private readonly Lock _gate = new();
    private readonly HashSet<int> _waitingFor;
    private CancellationToken _ending;
    private volatile bool _hasServed;

    public WorkerPool(PrimaryOptions options, ISupervisorNode node, IPEndPoint listen, TimeProvider time, PrimaryOutput? output = null)
    {
        Options = options;
        Node = node;
        Time = time;
        Output = output ?? new PrimaryOutput(options);
        Command = WorkerCommand.From(options);
        _listen = listen;
        _waitingFor = [.. Enumerable.Range(1, options.Workers)];
        _slots = [.. Enumerable.Range(1, options.Workers).Select(number => new WorkerSlot(number, this))];
        Reloads = new ReloadQueue(ReloadAsync);
    }

    public PrimaryOptions Options { get; }

    public ISupervisorNode Node { get; }

    public TimeProvider Time { get; }

    public PrimaryOutput Output { get; }

    public WorkerCommand Command { get; }

    public ReloadQueue Reloads { get; }

    /// <summary>Where restarts are counted. May be null.</summary>
    public PrimaryMetrics? Metrics { get; init; }

    /// <summary>Ends reloads; the workers stay until they are told to end themselves.</summary>
    public CancellationToken EndOfReloads { get; init; }

    /// <summary>Whether all workers listen on one port.</summary>
    public bool IsPortShared { get; init; } = ListenPort.IsShareable;

    /// <summary>Whether any worker has ever served: the program and its settings are good then, and what fails now may pass.</summary>
    public bool HasServed => _hasServed;

    /// <summary>The processes that are there now.</summary>
    public IEnumerable<WorkerProcess> Workers => _slots.Select(slot => slot.Worker).OfType<WorkerProcess>();

    /// <summary>Workers that serve.</summary>
    public int ReadyCount => Workers.Count(worker => worker is { Ready.IsCompleted: true, Exited.IsCompleted: false });

    /// <summary>Runs the workers until <paramref name="stopping"/>; when it returns or throws, no process is left.</summary>
    /// <exception cref="PrimaryException">One of them cannot be kept running, so all were ended.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _ending = ending.Token;
        var slots = _slots.Select(slot => slot.RunAsync(ending.Token)).ToList();
        // A slot ends early only by failing, and one that fails ends them all.
        await Task.WhenAny(slots).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await Reloads.EndAsync().ConfigureAwait(false);
        await Task.WhenAll(slots).ConfigureAwait(false);
    }

    public WorkerEnvironment EnvironmentOf(int number, int start) => new()
    {
        Number = number,
        Start = start,
        SeedNode = Node.SeedNode,
        Listen = IsPortShared ? _listen : new IPEndPoint(_listen.Address, _listen.Port + number - 1),
        IsPortShared = IsPortShared,
    };

    /// <summary>Says that a worker serves; after the last of the first ones, where and how to stop.</summary>
    public void Announce(WorkerProcess worker)
    {
        _hasServed = true;
        var shared = worker.Environment.IsPortShared;
        Output.Say($"worker {worker.Environment.Number} is ready, pid {worker.Id}{(shared ? "" : $", http://{worker.Environment.Listen}")}");
        lock (_gate)
            if (!_waitingFor.Remove(worker.Environment.Number) || _waitingFor.Count > 0)
                return;
        Output.Say(shared
            ? $"{Options.Workers} workers share http://{_listen}"
            : $"{Options.Workers} workers listen on a port each: this system cannot share one between processes");
        Output.Say("Ctrl+C stops them all");
    }

    private async Task<ReloadResult> ReloadAsync()
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(_ending, EndOfReloads);
        return await new PoolReload(this, _slots).RunAsync(stopping.Token).ConfigureAwait(false);
    }
}
