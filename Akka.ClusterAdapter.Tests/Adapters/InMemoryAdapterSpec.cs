using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

public sealed class InMemoryAdapterSpec : AdapterSpec
{
    protected override int Workers => 1;

    private protected override Task<AdapterCluster> CreateClusterAsync(int workers)
    {
        var factory = new InMemoryAdapterFactory();
        var host = new FakeHost("/");
        host.Adapter = factory.Create(host);
        return Task.FromResult(new AdapterCluster([new AdapterWorker(factory.WorkerId, host.Adapter, host)]));
    }
}
