using System.Net;
using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Seeds;

/// <summary>Lets a member find its seed nodes by <c>akka.cluster-adapter.seed-dns</c>; does nothing when that names no host.</summary>
internal static class DnsJoining
{
    private const string Patience = "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes";

    /// <summary>
    /// Begins in the background; ends with the actor system. When the time is over the actor system ends as it does when the seed nodes of HOCON do not
    /// answer.
    /// </summary>
    /// <exception cref="ConfigurationException">A setting is wrong; the message says what to do.</exception>
    public static void Begin(ExtendedActorSystem system, ILoggingAdapter log) => Begin(system, log, Dns.GetHostAddressesAsync);

    internal static void Begin(ExtendedActorSystem system, ILoggingAdapter log, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        var settings = SeedDnsSettings.Read(system.Settings.Config);
        if (settings.Host.Length == 0)
            return;
        var cluster = AkkaCluster.Get(system);
        RefuseTwoLists(cluster);
        var ended = new CancellationTokenSource();
        var guard = new Guard(new AkkaLogger(log));
        guard.When("terminated", system.WhenTerminated, static ended => ended.Cancel(), ended);
        var resolver = new SeedResolver(settings, Seeds(cluster, settings), TimeProvider.System, log)
        {
            Resolve = resolve,
            HasJoined = () => cluster.IsTerminated || cluster.SelfMember.Status != MemberStatus.Removed,
            Join = seeds => cluster.JoinSeedNodes(seeds),
            Limit = LimitOf(system.Settings.Config),
        };
        guard.Observe(nameof(SeedResolver), RunAsync(system, resolver, log, ended.Token));
    }

    private static SeedList Seeds(AkkaCluster cluster, SeedDnsSettings settings)
    {
        var self = cluster.SelfAddress;
        if (!IPAddress.TryParse(self.Host, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            throw new ConfigurationException(
                $"This member is '{self.Host}' to the others, but akka.cluster-adapter.seed-dns finds members by their IP addresses: "
                + "set akka.remote.dot-netty.tcp.public-hostname to the address at which the others reach it.");
        }

        return new SeedList(self, settings.Port, settings.MinAddresses);
    }

    private static void RefuseTwoLists(AkkaCluster cluster)
    {
        if (SeedAddresses.Of(cluster.System) is { Addresses.IsEmpty: false } seeds)
        {
            var path = seeds.AreOurs ? SeedAddresses.Path : SeedAddresses.AkkasPath;
            throw new ConfigurationException($"Both {path} and akka.cluster-adapter.seed-dns.host are set: set {path} = [], or leave the name empty.");
        }
    }

    /// <summary>The same patience as with seed nodes that stand in HOCON.</summary>
    private static TimeSpan? LimitOf(Config config) =>
        config.GetString(Patience, "off") is "off" or "false" or "no" ? null : config.GetTimeSpan(Patience);

    private static async Task RunAsync(ExtendedActorSystem system, SeedResolver resolver, ILoggingAdapter log, CancellationToken ct)
    {
        try
        {
            if (await resolver.RunAsync(ct).ConfigureAwait(false) is not { } reason)
                return;
            log.Error(reason);
            await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The actor system has ended.
        }
        catch (Exception exception)
        {
            log.Error(exception, "Looking for seed nodes has failed; this member joins no cluster.");
        }
    }
}
