using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Seeds;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>Ties the end of a worker to the actor system's: told to the others before the cluster is left, and to the host when it is over.</summary>
internal static class WorkerShutdown
{
    private const string Left = "This worker has left the cluster.";

    public static void Register(ExtendedActorSystem system, ClusterAdapterExtension extension, ClusterState state)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "socketio-leaving", async () =>
        {
            if (FailureOf(system, shutdown.ShutdownReason) is { } failure)
                state.EndLife(failure);
            await extension.DrainAsync().ConfigureAwait(false);
            await extension.LetGoAsync().ConfigureAwait(false);
            return Done.Instance;
        });
        if (state.IsClustered)
            AkkaCluster.Get(system).RegisterOnMemberRemoved(() => state.Guard.Run("removed", static it => OnRemoved(it.shutdown, it.state), (shutdown, state)));
        state.Guard.When("terminated", system.WhenTerminated, static state => state.Leave(Left), state);
    }

    /// <summary>Why an actor system that ends by itself cannot go on; null when somebody wanted it to end.</summary>
    private static string? FailureOf(ExtendedActorSystem system, CoordinatedShutdown.Reason? reason) => reason switch
    {
        CoordinatedShutdown.ClusterDowningReason => "The cluster has declared this worker dead: it must be started anew.",
        CoordinatedShutdown.ClusterJoinUnsuccessfulReason => NotJoined(system),
        // Akka's reason for it is internal: the other side's certificate or this one's was refused.
        { ExitCode: not 0 } other => $"This worker's actor system has given up ({other.GetType().Name}, exit code {other.ExitCode}).",
        _ => null,
    };

    private static string NotJoined(ExtendedActorSystem system)
    {
        var seeds = SeedAddresses.Of(system).Addresses;
        var where = seeds.IsEmpty ? "akka.cluster-adapter.seed-dns leads to" : string.Join(", ", seeds);
        return $"This worker has joined no cluster: no seed node answers at {where}.";
    }

    /// <summary>Removed without having wanted to: others have downed this worker.</summary>
    private static void OnRemoved(CoordinatedShutdown shutdown, ClusterState state)
    {
        var wanted = state.Readiness.EndedBecause is not null || shutdown.ShutdownReason is not null and not CoordinatedShutdown.ClusterDowningReason;
        if (wanted)
            state.Leave(Left);
        else
            state.EndLife("The cluster has removed this worker: it must be started anew.");
    }
}
