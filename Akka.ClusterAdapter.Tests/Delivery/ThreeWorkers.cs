using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>
/// One server with three workers that are started again when they end, for all tests of what can happen to a worker. They run one after the other.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ThreeWorkers : IAsyncLifetime, ICollectionFixture<ThreeWorkers>
{
    public const string Name = "test server with three workers";

    private TestServerProcess? _server;

    internal TestServerProcess Server => _server!;

    internal ControlledWorker[] Workers { get; private set; } = [];

    public async Task InitializeAsync()
    {
        _server = await TestServerProcess.StartAsync("--workers", "3", "--restart", "--cold");
        Workers = [.. _server.Urls.Select((url, i) => new ControlledWorker(i + 1, url))];
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>A load on all workers, once all are there.</summary>
    internal async Task<ClusterLoad> LoadAsync()
    {
        await WholeAsync();
        return await ClusterLoad.StartAsync(Server.Urls);
    }

    /// <summary>All three are ready and know each other; earlier lives may still be on their way out of the cluster.</summary>
    internal Task WholeAsync() => Eventually.TrueAsync(async () =>
    {
        var infos = await Task.WhenAll(Workers.Select(worker => worker.TryInfoAsync()));
        return infos.All(info => info is { Ready: true, Peers.Length: 2 } && info.Members.Count(member => member.Status == "Up") == 4);
    }, "all workers are there");
}
