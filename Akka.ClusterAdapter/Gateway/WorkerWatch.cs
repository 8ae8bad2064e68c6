using System.Collections.Immutable;
using Akka.ClusterAdapter.Forwarding;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>The workers of the cluster, for a process that is none: kept by its actor, read by requests.</summary>
internal sealed class WorkerWatch
{
    /// <summary>All workers the cluster has. A snapshot.</summary>
    public ImmutableArray<WatchedWorker> Workers { get => field.IsDefault ? [] : field; set; }

    /// <summary>The worker with a tag that has a server; null when there is none.</summary>
    public WorkerAddress? Find(int tag, string server = "")
    {
        foreach (var worker in Workers)
        {
            if (worker.AddressOf(server) is { } address && address.Tag == tag)
                return address;
        }

        return null;
    }
}
