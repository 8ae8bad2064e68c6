using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>Makes the adapters of one server of a worker whose actor system carries the cluster.</summary>
internal sealed class AkkaClusterAdapterFactory(ClusterAdapterExtension extension, string server) : IAdapterFactory
{
    private volatile bool _hasLeft;

    public ClusterAdapterExtension Extension { get; } = extension;

    /// <summary>The server's name.</summary>
    public string Server { get; } = server;

    /// <summary>Whether the server has let its clients go; the worker leaves with the last one.</summary>
    public bool HasLeft => _hasLeft;

    /// <inheritdoc/>
    public string WorkerId => Extension.WorkerId;

    /// <inheritdoc/>
    public IArgumentFormat ServerSideFormat => Extension.ServerSideFormat;

    /// <inheritdoc/>
    public bool IsReady => !_hasLeft && Extension.IsReady;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The namespace has an adapter already, or its parser is not the server's.</exception>
    public IAdapter Create(IAdapterHost host) => Extension.CreateAdapter(host, Server);

    /// <inheritdoc/>
    public TimeSpan DrainTimeout => Extension.DrainTimeout;

    /// <inheritdoc/>
    public event Func<Task>? Leaving;

    /// <inheritdoc/>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => _hasLeft ? new(false) : Extension.WaitUntilReadyAsync(ct);

    /// <summary>
    /// The worker leaves when all its servers have left. A server that ends alone says nothing about the others; it is
    /// missing in the worker's card as soon as it has ended.
    /// </summary>
    public Task LeaveAsync(CancellationToken ct = default)
    {
        _hasLeft = true;
        return Extension.IsServing ? Task.CompletedTask : Extension.DrainAsync(ct);
    }

    /// <summary>Lets whoever serves clients let them go.</summary>
    public Task LetGoAsync() => Task.WhenAll((Leaving?.GetInvocationList() ?? []).Cast<Func<Task>>().Select(letGo => letGo()));
}
