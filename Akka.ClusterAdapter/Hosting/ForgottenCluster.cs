using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>An application that is a member of an Akka cluster while its Socket.IO server is a single worker: as a rule a line that was forgotten.</summary>
internal sealed partial class ForgottenCluster(ILogger<ForgottenCluster> logger)
{
    /// <summary>What is wrong and what to do; null when nothing is.</summary>
    public string? Remedy { get; private set; }

    /// <summary>Looks at an actor system that does not carry the adapter.</summary>
    public void Check(ActorSystem system)
    {
        if (system is not ExtendedActorSystem { Provider: IClusterActorRefProvider })
            return;
        Remedy = "This application is a member of an Akka cluster, but its Socket.IO server is not: what it emits reaches this worker's clients only. "
            + "Add WithSocketIOClusterAdapter() (or UseClusterAdapter(system)); "
            + "if a single worker is meant, UseAdapter(new InMemoryAdapterFactory()).";
        Log.Forgotten(logger, Remedy);
    }

    private static partial class Log
    {
        [LoggerMessage(4041, LogLevel.Warning, "{Remedy}", EventName = "ClusterForgotten")]
        public static partial void Forgotten(ILogger logger, string remedy);
    }
}
