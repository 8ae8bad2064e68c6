using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes an actor system a member of a Socket.IO cluster that only keeps it together: it has no sockets, no adapter and not the workers' role. It is held
/// to the same rules as a worker (no open port without TLS) and finds the other seed nodes by <c>akka.cluster-adapter.seed-dns</c> when that is set.
/// </summary>
public sealed class SeedNodeExtension : IExtension
{
    internal SeedNodeExtension(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterAdapterExtension.DefaultConfig);
        if (system.Provider is not IClusterActorRefProvider)
            throw new ConfigurationException("A seed node is a member of the cluster: set akka.actor.provider to cluster.");
        var log = Logging.GetLogger(system, nameof(SeedNodeExtension));
        new StartChecks(system, ClusterAdapterSettings.Read(system.Settings.Config), log).RunForGuest();
        OrphanedAssociations.Watch(system);
        DnsJoining.Begin(system, log);
        var guard = new Guard(new AkkaLogger(log));
        SeedAddresses.Watch(system, guard, static _ => { }, reason => End(system, guard, log, reason));
    }

    private static void End(ExtendedActorSystem system, Guard guard, ILoggingAdapter log, string reason)
    {
        log.Error("{0}", reason);
        guard.Observe("shutdown", CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance));
    }

    /// <summary>The extension of an actor system; started by the first call.</summary>
    /// <exception cref="ConfigurationException">A setting is wrong or not safe; the message says what to do.</exception>
    public static SeedNodeExtension Get(ActorSystem system) => system.WithExtension<SeedNodeExtension, SeedNodeProvider>();
}

/// <summary>Lets HOCON start the extension with the actor system (<c>akka.extensions</c>).</summary>
public sealed class SeedNodeProvider : ExtensionIdProvider<SeedNodeExtension>
{
    /// <inheritdoc/>
    public override SeedNodeExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
