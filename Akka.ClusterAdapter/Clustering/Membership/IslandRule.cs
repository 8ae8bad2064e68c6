using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Seeds;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>Decides which of two clusters that should be one gives way: its members end, and whoever watches them starts them anew.</summary>
internal static class IslandRule
{
    /// <summary>True when this member should end. Never when it would only found its second cluster again.</summary>
    /// <param name="seeds">This member's seed nodes.</param>
    /// <param name="self">This member.</param>
    /// <param name="there">The member of the other cluster that was heard.</param>
    /// <param name="mine">Members of this one's cluster.</param>
    /// <param name="theirs">Members of the other.</param>
    /// <param name="isMember">Which addresses are members of this one's cluster; null for this member alone.</param>
    public static bool GivesWay(SeedAddresses seeds, Address self, Address there, int mine, int theirs, Func<Address, bool>? isMember = null)
    {
        var (ownPlace, theirPlace) = (seeds.Addresses.IndexOf(self), seeds.Addresses.IndexOf(there));

        // All members of one side must come to the same end: what counts is the first seed node of each side, not this member's own place.
        var led = seeds.Addresses.ToList().FindIndex(seed => seed.Equals(self) || isMember?.Invoke(seed) == true);
        var isLedThere = theirPlace >= 0 && (led < 0 || theirPlace < led);
        // A first seed node that listens before it forms a cluster finds the other one, if it is started anew.
        var listens = ownPlace >= 0 && seeds.AreOurs;
        if (!isLedThere && !listens)
            return false;
        // Of equals the one goes whose seed node is on the other side.
        return theirs > mine || (theirs == mine && isLedThere);
    }
}
