using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Makes the adapters of a worker whose actor system carries the cluster.</summary>
public sealed class AkkaClusterAdapterFactory : IAdapterFactory
{
    private readonly ClusterAdapterExtension _extension;

    internal AkkaClusterAdapterFactory(ClusterAdapterExtension extension) => _extension = extension;

    /// <inheritdoc/>
    public string WorkerId => _extension.WorkerId;

    /// <inheritdoc/>
    public bool IsReady => _extension.IsReady;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The namespace has an adapter already, or its parser is not the worker's.</exception>
    public IAdapter Create(IAdapterHost host) => _extension.CreateAdapter(host);

    /// <inheritdoc/>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => _extension.WaitUntilReadyAsync(ct);
}
