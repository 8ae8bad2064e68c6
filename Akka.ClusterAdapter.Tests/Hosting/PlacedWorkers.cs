using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Two workers whose server stands at the same place, <see cref="PlacesTests.Map"/>.</summary>
internal sealed class PlacedWorkers : IAsyncDisposable
{
    private readonly TestSystems _systems = new();
    private readonly List<SeveralHost> _hosts = [];

    public static async Task<PlacedWorkers> StartAsync(string place)
    {
        var workers = new PlacedWorkers();
        for (var i = 0; i < 2; i++)
        {
            var system = workers._systems.Add();
            workers._hosts.Add(await SeveralHost.StartAsync(services => services.AddSocketIO().UseClusterAdapter(system), app => PlacesTests.Map(app, place)));
        }

        foreach (var system in workers._systems.All)
            workers._systems.Join(system);
        await Eventually.TrueAsync(
            () => workers._systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }), "both workers ready");
        return workers;
    }

    public Uri Url(int index) => _hosts[index].Uri;

    public SocketIOServer Server(int index) => _hosts[index].Server();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _systems.EndAsync();
    }
}
