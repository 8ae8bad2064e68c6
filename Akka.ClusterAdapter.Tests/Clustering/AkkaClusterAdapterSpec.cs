using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Three systems that all tests of a class share: each takes a namespace of its own.</summary>
public sealed class ThreeSystems : IAsyncLifetime
{
    private readonly TestSystems _systems = new();
    private Worker[] _workers = [];
    private int _namespaces;

    public async Task InitializeAsync() => _workers = await _systems.AddWorkersAsync(3);

    public Task DisposeAsync() => _systems.EndAsync();

    internal AdapterCluster NewNamespace()
    {
        var name = $"/test {Interlocked.Increment(ref _namespaces)}";
        return new AdapterCluster([.. _workers.Select(worker => Create(worker, name))]);
    }

    private static AdapterWorker Create(Worker worker, string name)
    {
        var host = new FakeHost(name);
        host.Adapter = worker.Extension.CreateAdapter(name, host);
        return new AdapterWorker(worker.Extension.WorkerId, host.Adapter, host);
    }
}

public sealed class AkkaClusterAdapterSpec(ThreeSystems systems) : AdapterSpec, IClassFixture<ThreeSystems>
{
    protected override int Workers => 3;

    private protected override Task<AdapterCluster> CreateClusterAsync(int workers) => Task.FromResult(systems.NewNamespace());
}
