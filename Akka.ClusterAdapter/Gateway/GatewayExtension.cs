using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.Configuration;
using Akka.Event;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>
/// Makes an actor system a member of a Socket.IO cluster that has no sockets and knows the workers: where they are, whether they take sessions, and how many
/// they have. It needs the cluster provider and none of the workers' role; topic, role and beat are those of <c>akka.cluster-adapter</c>.
/// </summary>
public sealed class GatewayExtension : IExtension
{
    internal GatewayExtension(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterAdapterExtension.DefaultConfig);
        if (system.Provider is not IClusterActorRefProvider)
            throw new ConfigurationException("A gateway learns the workers from the cluster: set akka.actor.provider to cluster.");
        var settings = ClusterAdapterSettings.Read(system.Settings.Config);
        var log = Logging.GetLogger(system, nameof(GatewayExtension));
        new StartChecks(system, settings, log).RunForGuest();
        OrphanedAssociations.Watch(system);
        DnsJoining.Begin(system, log);
        system.ActorOf(WorkerWatchActor.Props(Workers, settings), "socketio-gateway");
    }

    /// <summary>Workers that take new sessions now.</summary>
    public int OpenWorkers => Workers.Workers.Count(worker => worker.IsOpen);

    internal WorkerWatch Workers { get; } = new();

    /// <summary>The extension of an actor system; started by the first call.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong or not safe; the message says what to do.</exception>
    public static GatewayExtension Get(ActorSystem system) => system.WithExtension<GatewayExtension, GatewayProvider>();
}

/// <summary>Lets HOCON start the extension with the actor system (<c>akka.extensions</c>).</summary>
public sealed class GatewayProvider : ExtensionIdProvider<GatewayExtension>
{
    /// <inheritdoc/>
    public override GatewayExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
