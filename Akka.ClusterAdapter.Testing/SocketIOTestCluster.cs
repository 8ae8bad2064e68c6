using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Testing;

/// <summary>
/// Workers of one cluster in this process, each with an actor system and a web server of its own, on ports that the system chooses. Everything between
/// them is the real thing: remoting, membership, forwarded requests. A cluster takes about two seconds to start.
/// </summary>
public sealed class SocketIOTestCluster : IAsyncDisposable
{
    private const string Name = "test";

    private static readonly Config Fast = ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = cluster
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.exit-clr = off
          cluster-adapter.drain-timeout = 500ms
          remote.dot-netty.tcp.hostname = "127.0.0.1"
          remote.dot-netty.tcp.port = 0
          cluster {
            roles = [socketio]
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            periodic-tasks-initial-delay = 100ms
            pub-sub.gossip-interval = 100ms
          }
        }
        """);

    private readonly List<SocketIOTestWorker> _workers = [];
    private readonly List<ActorSystem> _systems = [];
    private readonly Action<SocketIOServer> _configure;
    private readonly SocketIOTestClusterOptions _options;

    private SocketIOTestCluster(Action<SocketIOServer> configure, SocketIOTestClusterOptions options)
    {
        _configure = configure;
        _options = options;
    }

    /// <summary>The workers, in the order they were started; those that were stopped are not among them.</summary>
    public IReadOnlyList<SocketIOTestWorker> Workers => [.. _workers];

    /// <summary>One of the <see cref="Workers"/>.</summary>
    public SocketIOTestWorker this[int index] => _workers[index];

    /// <summary>Starts a cluster; completes when all its workers know each other, so that nothing is missed that is sent from then on.</summary>
    /// <param name="workers">How many workers; at least one.</param>
    /// <param name="configure">Registers handlers on each worker, as in <c>MapSocketIO</c>.</param>
    /// <param name="options">Services, clock and settings.</param>
    /// <exception cref="EventTimeoutException">The workers did not find each other in time.</exception>
    public static async Task<SocketIOTestCluster> StartAsync(int workers, Action<SocketIOServer> configure, Action<SocketIOTestClusterOptions>? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        ArgumentNullException.ThrowIfNull(configure);
        var settings = new SocketIOTestClusterOptions();
        options?.Invoke(settings);
        var cluster = new SocketIOTestCluster(configure, settings);
        try
        {
            for (var i = 0; i < workers; i++)
                await cluster.AddAsync().ConfigureAwait(false);
            await cluster.ReadyAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts one worker more; completes when all know it.</summary>
    /// <exception cref="EventTimeoutException">The workers did not find each other in time.</exception>
    public async Task<SocketIOTestWorker> AddWorkerAsync()
    {
        var worker = await AddAsync().ConfigureAwait(false);
        await ReadyAsync().ConfigureAwait(false);
        return worker;
    }

    /// <summary>
    /// Lets a worker go as an application that stops does: its clients are disconnected, and it leaves the cluster. The others know when this completes.
    /// </summary>
    /// <exception cref="ArgumentException">It is not one of this cluster.</exception>
    public async Task StopWorkerAsync(SocketIOTestWorker worker)
    {
        if (!_workers.Remove(worker))
            throw new ArgumentException("It is no worker of this cluster, or has been stopped.", nameof(worker));
        await worker.StopAsync().ConfigureAwait(false);
        await ReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Stops all workers and ends their actor systems.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(static worker => worker.StopAsync())).ConfigureAwait(false);
        _workers.Clear();
        await Task.WhenAll(_systems.Select(static system => system.Terminate())).ConfigureAwait(false);
    }

    private async Task<SocketIOTestWorker> AddAsync()
    {
        var hocon = ConfigurationFactory.ParseString(_options.Hocon).WithFallback(Fast).WithFallback(ClusterAdapterHocon.Hardened());
        var system = ActorSystem.Create(Name, hocon);
        _systems.Add(system);
        var worker = await SocketIOTestWorker.StartAsync(system, _configure, _options).ConfigureAwait(false);
        _workers.Add(worker);
        var node = AkkaCluster.Get(system);
        node.Join(AkkaCluster.Get(_workers[0].System).SelfAddress);
        return worker;
    }

    private Task ReadyAsync() => Deadlines.UntilAsync(
        () => _workers.All(worker => worker.IsReadyAmong(_workers.Count)), _options.Deadline, () => "The workers did not find each other.", default);
}
