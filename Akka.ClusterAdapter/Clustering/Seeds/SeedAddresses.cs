using System.Collections.Immutable;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Seeds;

/// <summary>The seed nodes of HOCON, and who joins by them: Akka at once, or this library, which listens first (<see cref="IslandWatch"/>).</summary>
/// <param name="Addresses">In the order of the list.</param>
/// <param name="AreOurs">True for those of <c>akka.cluster-adapter.seed-nodes</c>.</param>
internal sealed record SeedAddresses(ImmutableArray<Address> Addresses, bool AreOurs)
{
    public const string Path = "akka.cluster-adapter.seed-nodes";
    public const string AkkasPath = "akka.cluster.seed-nodes";

    /// <summary>Akka's own list counts when there is one: it has begun to join by it already.</summary>
    /// <exception cref="ConfigurationException">An entry is no address, or one that no member of this cluster can have.</exception>
    public static SeedAddresses Of(ActorSystem system)
    {
        var theirs = AkkaCluster.Get(system).Settings.SeedNodes;
        var seeds = theirs.IsEmpty
            ? new SeedAddresses([.. (system.Settings.Config.GetStringList(Path, []) ?? []).Select(Parse)], AreOurs: true)
            : new SeedAddresses([.. theirs], AreOurs: false);
        foreach (var seed in seeds.Addresses)
            RefuseStranger(seed, AkkaCluster.Get(system).SelfAddress, seeds.AreOurs ? Path : AkkasPath);
        return seeds;
    }

    /// <summary>Otherwise this member would ask there for a minute, and say then that nobody answers.</summary>
    private static void RefuseStranger(Address seed, Address self, string path)
    {
        if (seed.System != self.System)
            throw new ConfigurationException($"{path} has {seed}, but the actor system is called '{self.System}' here: it has the same name on every member.");
        if (seed.Protocol != self.Protocol)
        {
            throw new ConfigurationException(
                $"{path} has {seed}, but this member is at {self.Protocol}://: TLS is on for every member (akka.ssl.tcp), or for none.");
        }

        if (seed.Port is null or <= 0)
            throw new ConfigurationException($"{path} has '{seed}' without a port. Write it like {self.Protocol}://{self.System}@10.0.0.5:8110.");
    }

    /// <summary>Takes the list out of Akka's hands; empty when it has none.</summary>
    public static Config Take(Config? earlier)
    {
        var seeds = earlier?.GetStringList(AkkasPath, []) ?? [];
        return seeds.Count == 0
            ? Config.Empty
            : ConfigurationFactory.ParseString($"{AkkasPath} = []\n{Path} = [{string.Join(", ", seeds.Select(ClusterAdapterHocon.Quote))}]");
    }

    /// <summary>Watches a member, and lets it join where the list is ours to join by; does nothing without seed nodes.</summary>
    /// <param name="system">The member.</param>
    /// <param name="guard">The gate of what the runtime calls.</param>
    /// <param name="seen">Told of a second cluster in a sentence, and with null when it is gone.</param>
    /// <param name="giveWay">Ends this member.</param>
    public static void Watch(ActorSystem system, Guard guard, Action<string?> seen, Action<string> giveWay)
    {
        if (Of(system) is { Addresses.IsEmpty: false } seeds)
            system.ActorOf(IslandWatch.Props(seeds, guard, seen, giveWay), IslandWatch.ActorName);
    }

    private static Address Parse(string text)
    {
        try
        {
            return Address.Parse(text);
        }
        catch (UriFormatException)
        {
            throw new ConfigurationException($"{Path} has an entry that is no address: '{text}'. Write it like akka.tcp://chat@10.0.0.5:8110.");
        }
    }
}
