using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Adapters;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The same extension in an actor system without the cluster provider.</summary>
public sealed class ClusterOfOneSpec : AdapterSpec, IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("alone", "akka.loglevel = OFF");

    protected override int Workers => 1;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task It_is_ready_at_once()
    {
        var extension = ClusterAdapterExtension.Get(_system);

        var ready = await extension.WaitUntilReadyAsync();

        Assert.True(ready);
        Assert.False(extension.IsDegraded);
        Assert.Equal(1, extension.ServerCount);
    }

    private protected override Task<AdapterCluster> CreateClusterAsync(int workers)
    {
        var worker = new Worker(_system, "/");
        return Task.FromResult(new AdapterCluster([worker.AsAdapterWorker()]));
    }
}
