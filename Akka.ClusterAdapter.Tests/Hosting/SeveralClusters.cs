using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>
/// Workers of one cluster in this process, each with the servers that it is given: <c>""</c> for the unnamed one, under
/// <c>/socket.io</c>, others under <c>/NAME-io</c>.
/// </summary>
internal sealed class SeveralClusters : IAsyncDisposable
{
    private readonly TestSystems _systems = new();
    private readonly List<SeveralHost> _hosts = [];

    public SeveralHost this[int index] => _hosts[index];

    public IReadOnlyList<ActorSystem> Systems => _systems.All;

    public static async Task<SeveralClusters> StartAsync(params string[][] workers) => await StartAsync(null, null, workers);

    /// <param name="options">Settings of each server, by its name.</param>
    /// <param name="workers">The servers of each worker.</param>
    public static Task<SeveralClusters> StartAsync(Action<string, SocketIOOptions> options, params string[][] workers) => BeginAsync(options, null, workers);

    /// <param name="options">Settings of all servers.</param>
    /// <param name="use">Middleware of all applications.</param>
    /// <param name="workers">The servers of each worker.</param>
    public static Task<SeveralClusters> StartAsync(Action<SocketIOOptions>? options, Action<WebApplication>? use, params string[][] workers) =>
        BeginAsync((_, all) => options?.Invoke(all), use, workers);

    private static async Task<SeveralClusters> BeginAsync(Action<string, SocketIOOptions> options, Action<WebApplication>? use, string[][] workers)
    {
        var cluster = new SeveralClusters();
        foreach (var servers in workers)
            await cluster.AddAsync(options, use, servers);
        await cluster.ReadyAsync(workers.Length);
        return cluster;
    }

    public ClusterAdapterExtension Extension(int index) => ClusterAdapterExtension.Get(_systems.All[index]);

    /// <summary>A member without sockets.</summary>
    public ActorSystem AddMember()
    {
        var system = _systems.Add();
        return system;
    }

    public void Join(ActorSystem system) => _systems.Join(system);

    public (string System, string Member) Address
    {
        get
        {
            var address = AkkaCluster.Get(_systems.All[0]).SelfAddress;
            return (address.System, $"{address.Host}:{address.Port}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _systems.EndAsync();
    }

    private async Task AddAsync(Action<string, SocketIOOptions> options, Action<WebApplication>? use, string[] servers)
    {
        var system = _systems.Add();
        var number = _hosts.Count;
        _hosts.Add(await SeveralHost.StartAsync(
            services =>
            {
                foreach (var name in servers)
                    (name.Length == 0 ? services.AddSocketIO(its => options(name, its)) : services.AddSocketIO(name, its => options(name, its)))
                        .UseClusterAdapter(system);
            },
            app =>
            {
                use?.Invoke(app);
                foreach (var name in servers)
                {
                    if (name.Length == 0)
                        app.MapSocketIO(io => SeveralHost.Answer(io, $"main of {number}"));
                    else
                        app.MapSocketIO($"/{name}-io", name, io => SeveralHost.Answer(io, $"{name} of {number}"));
                }
            }));
    }

    private async Task ReadyAsync(int count)
    {
        foreach (var system in _systems.All)
            _systems.Join(system);
        await Eventually.TrueAsync(
            () => _systems.All.All(
                system => ClusterAdapterExtension.Get(system) is { IsReady: true, IsDegraded: false } extension && extension.ServerCount == count),
            "all workers ready");
    }
}
