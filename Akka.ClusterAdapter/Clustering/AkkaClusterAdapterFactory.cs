using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Makes the adapters of a worker whose actor system carries the cluster.</summary>
internal sealed class AkkaClusterAdapterFactory : IAdapterFactory
{
    public AkkaClusterAdapterFactory(ClusterAdapterExtension extension) => Extension = extension;

    public ClusterAdapterExtension Extension { get; }

    /// <inheritdoc/>
    public string WorkerId => Extension.WorkerId;

    /// <inheritdoc/>
    public IArgumentFormat ServerSideFormat => Extension.ServerSideFormat;

    /// <inheritdoc/>
    public bool IsReady => Extension.IsReady;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The namespace has an adapter already, or its parser is not the worker's.</exception>
    public IAdapter Create(IAdapterHost host) => Extension.CreateAdapter(host);

    /// <inheritdoc/>
    public TimeSpan DrainTimeout => Extension.DrainTimeout;

    /// <inheritdoc/>
    public event Func<Task>? Leaving;

    /// <inheritdoc/>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => Extension.WaitUntilReadyAsync(ct);

    /// <inheritdoc/>
    public Task LeaveAsync(CancellationToken ct = default) => Extension.DrainAsync(ct);

    /// <summary>Lets whoever serves clients let them go.</summary>
    public Task LetGoAsync() => Task.WhenAll((Leaving?.GetInvocationList() ?? []).Cast<Func<Task>>().Select(letGo => letGo()));
}
