using Akka.ClusterAdapter.Faults.Soak.Clients;
using Akka.ClusterAdapter.Faults.Soak.Histories;
using Akka.ClusterAdapter.Faults.Soak.Planning;
using Akka.ClusterAdapter.Faults.Soak.Processes;

namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>A cluster under load and faults, round after round, with quiet in between.</summary>
internal sealed class SoakRun : IAsyncDisposable
{
    private const int Workers = 3;
    private const double Arrivals = 60;
    private const long StarvedFor = 60_000;

    private static readonly string[] Losses = ["gaps", "dropped", "duplicates", "incomplete"];

    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    private readonly SoakSettings _settings;
    private readonly TextWriter _out;
    private readonly SoakHistory _history = new();
    private readonly Tally _tally = new();
    private readonly Tally _faults = new();
    private readonly List<string> _found = [];
    private readonly SoakCluster _cluster;
    private readonly LogWatch _logs = new();
    private readonly StallWatch _stalls = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private Quiet? _quiet;
    private SoakVerdict? _verdict;
    private volatile bool _speaks;
    private volatile bool _starved;

    private SoakRun(SoakSettings settings, string root, TextWriter output)
    {
        (_settings, _out, _cluster) = (settings, output, new SoakCluster(root, Workers + 1, settings));
        _cluster.Began += (slot, process) => _ = SpeakWhenReadyAsync(slot, process);
        _cluster.Ended += OnEnded;
    }

    /// <summary>Runs it for as long as it is told, says what it found, and gives the exit code.</summary>
    public static async Task<int> MainAsync(string[] args)
    {
        var settings = SoakSettings.Parse(args);
        await using var run = new SoakRun(settings, Root(), Console.Out);
        await run.RunAsync();
        return run._verdict!.ExitCode;
    }

    /// <summary>What a run finds, in sentences.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(SoakSettings settings, string root, TextWriter output)
    {
        await using var run = new SoakRun(settings, root, output);
        await run.RunAsync();
        return run._found;
    }

    public ValueTask DisposeAsync()
    {
        _stalls.Dispose();
        return _cluster.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var schedule = Schedule.Of(_settings.Seed, _settings.Rounds, _settings.Faults, _settings.Only);
        Say($"seed {_settings.Seed}: {schedule.Length} rounds, {schedule.Sum(static round => round.Length)} steps, {_settings.Clients} clients");
        await _cluster.StartAsync(Workers);
        Say($"nginx {_cluster.Front.Url}, {string.Join(", ", _cluster.All.Select(static slot => $"{slot.Name} {slot.Url}"))}");
        await WholeAsync("the start");
        if (_settings.HasBase)
            await RoundAsync(0, []);
        // A busy machine takes longer for a round than was planned: those that are left when the time is over are not begun.
        var rounds = 0;
        for (; rounds < schedule.Length && (rounds == 0 || Elapsed < _settings.Length); rounds++)
            await RoundAsync(rounds + 1, schedule[rounds]);
        Found(_logs.Take(_cluster));
        Say($"faults: {_faults}");
        Say($"clients: {_tally}; holes that were excused {_history.Excused}, told late {_history.ToldLate}");
        if (_starved)
            Say($"STARVED: this machine had no time for up to {_stalls.Longest:0.0} s; what was given up or lost then proves nothing.");
        _verdict = new SoakVerdict(_settings.Seed, rounds, schedule.Length, _found.Count);
        Say(_verdict.Say($"in {Elapsed.TotalMinutes:0.0} minutes, {_history.Sent} messages, {_history.Delivered} deliveries"));
    }

    private TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    private async Task RoundAsync(int number, Step[] steps)
    {
        var crowd = new Crowd(_history, _tally);
        var random = new Random(unchecked((_settings.Seed * 31) + number));
        var urls = Entries();
        _speaks = true;
        await Task.WhenAll(_cluster.Running.Select(static slot => slot.Process!).Select(SpeakAsync));
        await crowd.GatherAsync(_settings.Clients, Arrivals, i => new ClientScript(unchecked((_settings.Seed * 97) + number), i, urls));
        var injector = new Injector(_cluster, _history, crowd, random);
        foreach (var step in steps)
            await StepAsync(injector, step);
        if (steps.Length == 0)
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        await EndAsync(crowd);
        Found(_history.Judge(open: true));
        Say($"round {number}: {crowd.Count} clients, {_history.Sent} messages, {_history.Delivered} deliveries, {_tally.Of("recovered")} "
            + $"recovered, {_tally.Of("anew")} anew");
        await crowd.LeaveAsync();
        Found(_history.Judge(open: true));
        _quiet ??= new Quiet(_cluster, Say);
        Found(await _quiet.CheckAsync());
    }

    private async Task StepAsync(Injector injector, Step step)
    {
        await Task.Delay(step.Pause, TimeProvider.System);
        Say($"{step}");
        foreach (var fault in step.Faults)
            _faults.Add(fault.Kind.ToString());
        await injector.DoAsync(step);
        await WholeAsync(step.ToString());
        injector.Settled();
    }

    /// <summary>The number of workers is as before, nobody comes or goes, and everything that was sent has arrived.</summary>
    private async Task EndAsync(Crowd crowd)
    {
        foreach (var slot in _cluster.Workers)
        {
            if (!slot.IsWanted && _cluster.Workers.Count(static worker => worker.IsWanted) < Workers)
                _cluster.Start(slot);
            else if (slot.IsWanted && _cluster.Workers.Count(static worker => worker.IsWanted) > Workers)
                await SoakCluster.StopAsync(slot);
        }

        await WholeAsync("the end of the round");
        if (!await crowd.CalmAsync(Calm))
            Found([$"{crowd.Joined} of {crowd.Count} clients are there {Calm.TotalSeconds:0} s after the last fault"]);
        _speaks = false;
        await crowd.SilenceAsync(Settle);
        await Task.WhenAll(_cluster.Running.Select(slot => slot.Process!.TellAsync("quiet")));
        foreach (var slot in _cluster.Running)
        {
            if (await slot.Process!.TryStateAsync() is not { } state)
                continue;
            foreach (var (stream, sent) in state.Sent)
                _history.NoteSent(stream, (int)sent[0], sent[1]);
            Found(state.Faults);
            if (state.Counters.Where(static counter => Losses.Contains(counter.Key) && counter.Value > 0).ToArray() is { Length: > 0 } lost)
            {
                var told = slot.Process.Log.Where(static line => line.Contains("never arrived", StringComparison.Ordinal)).TakeLast(3);
                Say($"  {slot.Process.Life}: {string.Join(", ", lost.Select(static counter => $"{counter.Key} {counter.Value}"))}; {string.Join(" | ", told)}");
            }
        }

        if (!await crowd.SettleAsync(IsAlive, Settle))
            Found([.. crowd.Behind(IsAlive).Take(5).Select(static behind => $"not settled: {behind}")]);
    }

    private bool IsAlive(string life) => _cluster.Running.Any(slot => slot.Process is { HasExited: false } process && process.Life == life);

    /// <summary>nginx three times, the gateway, and each worker.</summary>
    private string[] Entries() =>
        [
            _cluster.Front.Url, _cluster.Front.Url, _cluster.Front.Url, _cluster.Gateway.Url, _cluster.Gateway.Url,
            .. _cluster.Workers.Where(static worker => worker.IsWanted).Select(static worker => worker.Url)
        ];

    private async Task WholeAsync(string after)
    {
        if (await _cluster.WholeAsync(Whole) is { } missing)
            Found([$"not whole {Whole.TotalSeconds:0} s after {after}: {missing}"]);
    }

    private async Task SpeakWhenReadyAsync(Slot slot, NodeProcess process)
    {
        while (!process.HasExited && slot.Process == process)
        {
            if (await process.TryStateAsync() is { IsReady: true })
            {
                if (_speaks)
                    await SpeakAsync(process);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        }
    }

    private Task SpeakAsync(NodeProcess process) =>
        process.TellAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"speak?rate={_settings.Rate}"));

    private void OnEnded(Slot slot, NodeProcess process)
    {
        if (process.IsDoomed)
            return;
        // Whoever has no time is given up, and rightly.
        if (_stalls.Was(TimeSpan.FromMilliseconds(StarvedFor), _settings.HeartbeatPause / 3))
        {
            _starved = true;
            _history.Excuse(new(process.Life, null, Environment.TickCount64 - StarvedFor));
            _history.Excuse(new(null, process.Life, Environment.TickCount64 - StarvedFor));
            Say($"{process.Life} was given up: this machine had no time for it.");
            return;
        }

        Found(_logs.Take(process));
        Found([$"{process.Life} ended by itself with code {process.ExitCode}: {string.Join(" | ", process.Log.TakeLast(12))}"]);
    }

    private void Found(IEnumerable<string> found)
    {
        foreach (var one in found)
        {
            lock (_found)
                _found.Add(one);
            Say($"FOUND: {one}");
        }
    }

    private void Say(string text)
    {
        lock (_out)
            _out.WriteLine($"{Elapsed:hh\\:mm\\:ss} {text}");
    }

    private static string Root()
    {
        // A copy of the build, so that one may build while it runs, is started in the repository.
        foreach (var start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Akka.ClusterAdapter.slnx")))
                    return folder.FullName;
            }
        }

        throw new InvalidOperationException("The soak needs the repository's HOCON files and examples: start it there.");
    }
}
