using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>
/// A seed node, workers, an emitter and a gateway with TLS between them, each behind proxies, and nginx in front. A process that ends
/// is started again, as a process manager would do.
/// </summary>
internal sealed class SoakCluster : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly string _root;
    private readonly SoakSettings _settings;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("socketio-soak-");
    private readonly PortOwners _owners = new();
    private readonly Authority _authority;
    private readonly ConcurrentQueue<NodeProcess> _ended = new();
    private Front? _front;
    private volatile bool _isOver;

    public SoakCluster(string root, int workers, SoakSettings settings)
    {
        (_root, _settings) = (root, settings);
        _authority = new Authority(_folder.FullName);
        var ports = new Queue<int>(FreePorts(4 * (workers + 3) + 1));
        FrontPort = ports.Dequeue();
        Seed = NewSlot("seed", "seed");
        Gateway = NewSlot("gateway", "g");
        Emitter = NewSlot("emitter", "e");
        Workers = [.. Enumerable.Range(1, workers).Select(i => NewSlot("worker", $"w{i}"))];

        Slot NewSlot(string role, string name)
        {
            var http = ports.Dequeue();
            return new(
                role, name, http, new LinkProxy(name, ports.Dequeue(), http, Links, _owners),
                new LinkProxy(name, ports.Dequeue(), ports.Dequeue(), Links, _owners));
        }
    }

    public Links Links { get; } = new();

    public Slot Seed { get; }

    public Slot Gateway { get; }

    public Slot Emitter { get; }

    /// <summary>Places for workers; not all are in use all the time.</summary>
    public IReadOnlyList<Slot> Workers { get; }

    public IEnumerable<Slot> All => [Seed, Gateway, Emitter, .. Workers];

    public IEnumerable<Slot> Running => All.Where(static slot => slot.IsWanted);

    /// <summary>Where clients come in.</summary>
    public Front Front => _front!;

    private int FrontPort { get; }

    /// <summary>A process has begun its life, or ended it.</summary>
    public event Action<Slot, NodeProcess>? Began;

    public event Action<Slot, NodeProcess>? Ended;

    /// <summary>Starts all, with so many of the workers.</summary>
    public async Task StartAsync(int workers)
    {
        foreach (var slot in new[] { Seed, Gateway, Emitter }.Concat(Workers.Take(workers)))
            Start(slot);
        _front = await Front.StartAsync(_root, _folder.FullName, FrontPort, Workers.Select(static worker => worker.HttpPort));
    }

    /// <summary>From now on a process is there, and is started again when it ends.</summary>
    public void Start(Slot slot)
    {
        if (_isOver)
            return;
        (slot.IsWanted, slot.Lives) = (true, slot.Lives + 1);
        var life = $"{slot.Name}#{slot.Lives}";
        var path = Path.Combine(_folder.FullName, $"{slot.Name}.{slot.Lives}.conf");
        File.WriteAllText(path, Hocon(slot));
        slot.Process = NodeProcess.Start(slot.Role, life, slot.HttpPort, path, slot.HasFullLog, _settings.Away);
        _owners.Add(slot.Process.Pid, slot.Name);
        slot.Http.Open();
        slot.Remoting.Open();
        Began?.Invoke(slot, slot.Process);
        _ = WatchAsync(slot, slot.Process);
    }

    /// <summary>Takes a process away, cleanly.</summary>
    public static async Task StopAsync(Slot slot)
    {
        slot.IsWanted = false;
        slot.Process!.IsDoomed = true;
        await slot.Process.SignalAsync("TERM");
        await slot.Process.Exited;
    }

    /// <summary>Waits until all that should be there are, and know each other; the reason why not after a while.</summary>
    public async Task<string?> WholeAsync(TimeSpan limit)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await MissingAsync() is not { } missing)
                return null;
            if (TimeProvider.System.GetElapsedTime(start) > limit)
                return missing;
            await Task.Delay(Poll, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        foreach (var slot in All)
        {
            slot.IsWanted = false;
            if (slot.Process is { } process)
                process.IsDoomed = true;
        }

        if (_front is not null)
            await _front.DisposeAsync();
        foreach (var slot in All)
        {
            slot.Process?.Dispose();
            slot.Http.Dispose();
            slot.Remoting.Dispose();
        }

        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<string?> MissingAsync()
    {
        Slot[] running = [.. Running];
        var workers = running.Count(static slot => slot.Role == "worker");
        foreach (var slot in running)
        {
            if (slot.Process is not { HasExited: false } process)
                return $"{slot.Name} does not run";
            if (await process.TryStateAsync() is not { } state)
                return $"{process.Life} tells nothing";
            if (!state.IsReady || !state.AllUp || state.Members != running.Length || (slot.Role == "worker" && state.Peers != workers - 1))
                return $"{process.Life}: ready {state.IsReady}, {state.Members} of {running.Length} members, all up {state.AllUp}, {state.Peers} "
                    + $"of {workers - 1} peers";
        }

        return null;
    }

    private async Task WatchAsync(Slot slot, NodeProcess process)
    {
        await process.Exited;
        slot.Http.Close();
        slot.Remoting.Close();
        _owners.Remove(process.Pid);
        _ended.Enqueue(process);
        Ended?.Invoke(slot, process);
        await Task.Delay(Pause, TimeProvider.System);
        if (slot.IsWanted && slot.Process == process)
            Start(slot);
    }

    private string Hocon(Slot slot) => $$"""
        {{File.ReadAllText(Path.Combine(_root, "HOCON", FileOf(slot.Role)))}}
        akka.remote.dot-netty.tcp { port = {{slot.Remoting.Target}}, public-hostname = "127.0.0.1", public-port = {{slot.Remoting.Port}} }
        akka.cluster.seed-nodes = ["{{Seed.Address}}", "{{Gateway.Address}}"]
        akka.cluster.split-brain-resolver.stable-after = 5s
        akka.cluster.failure-detector.acceptable-heartbeat-pause = {{(long)_settings.HeartbeatPause.TotalMilliseconds}}ms
        akka.cluster-adapter {
          requests-timeout = 3s
          drain-timeout = 3s
          recovery.survive-crash = on
          advertised-url = "http://127.0.0.1:{{slot.Http.Port}}"
        }
        {{_authority.Hocon()}}
        """;

    private static string FileOf(string role) => role == "seed" ? "seed-node.conf" : $"{role}.conf";

    // Below those that the system gives to connections: a process that is away for a while finds its own free again.
    private static int[] FreePorts(int count)
    {
        const int lowest = 10_000;
        const int range = 20_000;
        var first = Random.Shared.Next(range);
        return [.. Enumerable.Range(0, range).Select(i => lowest + ((first + i) % range)).Where(IsFree).Take(count)];
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
