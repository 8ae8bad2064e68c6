using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Makes the adapters of a worker whose actor system carries the cluster.</summary>
public sealed class AkkaClusterAdapterFactory : IAdapterFactory
{
    internal AkkaClusterAdapterFactory(ClusterAdapterExtension extension) => Extension = extension;

    internal ClusterAdapterExtension Extension { get; }

    /// <inheritdoc/>
    public string WorkerId => Extension.WorkerId;

    /// <inheritdoc/>
    public bool IsReady => Extension.IsReady;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The namespace has an adapter already, or its parser is not the worker's.</exception>
    public IAdapter Create(IAdapterHost host) => Extension.CreateAdapter(host);

    /// <inheritdoc/>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => Extension.WaitUntilReadyAsync(ct);
}
