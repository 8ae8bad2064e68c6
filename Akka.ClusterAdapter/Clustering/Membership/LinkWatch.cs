using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Diagnostics;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// Links to other workers that broke, and whether they came back in time; and whether a process is dead that does not answer: that shows at its port, long
/// before the failure detector and the split-brain resolver are sure. Used by the adapter actor only.
/// </summary>
/// <param name="peers">The other workers.</param>
/// <param name="cluster">Told of dead ones.</param>
/// <param name="guard">The gate of what the runtime calls.</param>
/// <param name="owner">The adapter actor; it is told <see cref="LinkOverdue"/> and <see cref="PortAsked"/>.</param>
/// <param name="log">Told of those that did not come back.</param>
internal sealed class LinkWatch(Peers peers, AkkaCluster cluster, Guard guard, IActorRef owner, ILoggingAdapter log)
{
    /// <summary>A broken link between living processes is back after about 550 ms.</summary>
    private static readonly TimeSpan LinkPatience = TimeSpan.FromMilliseconds(800);

    /// <summary>How much longer a worker may take to say hello over a link that is back.</summary>
    private static readonly TimeSpan HelloPatience = TimeSpan.FromMilliseconds(400);

    private readonly HashSet<Address> _isBack = [];

    /// <summary>A link broke; true when a worker is at its other end.</summary>
    public bool Break(Address address, TimeSpan now, ITimerScheduler timers)
    {
        if (!peers.Suspect(address, now))
            return false;
        // The first break counts: a link that goes on breaking must not be waited for again and again.
        if (!timers.IsTimerActive(address))
            timers.StartSingleTimer(address, new LinkOverdue(address, LinkPatience), LinkPatience);
        return true;
    }

    /// <summary>A link is back; whether the same process is behind it, only its hello tells. True when somebody waits for that.</summary>
    public bool Return(Address address)
    {
        if (!peers.IsAnySuspected(address))
            return false;
        _isBack.Add(address);
        return true;
    }

    /// <summary>The patience with a link is over; false when it is back, so that its worker has a moment more to say hello.</summary>
    public bool End(LinkOverdue overdue, ITimerScheduler timers)
    {
        if (_isBack.Remove(overdue.Address) && peers.IsAnySuspected(overdue.Address))
        {
            timers.StartSingleTimer(overdue.Address, overdue with { After = LinkPatience + HelloPatience }, HelloPatience);
            return false;
        }

        foreach (var peer in peers.LoseSuspects(overdue.Address))
        {
            if (peer.IsLeaving || peer.IsGoing)
                log.Info("The link to worker {0}, which leaves, has ended.", peer.WorkerId);
            else
                log.Warning("The link to worker {0} broke and did not come back within {1}: it is not waited for any more.", peer.WorkerId, overdue.After);
            if (peer.Member is { } member)
                AskPort(member);
        }

        return true;
    }

    /// <summary>Asks whether a member's process has ended.</summary>
    public void AskPort(Member member) =>
        guard.Observe("port", RefusedPort.AskAsync(member.Address).PipeTo(owner, success: isRefused => new PortAsked(member.UniqueAddress, isRefused)));

    /// <summary>Nobody listens there: its process has ended. As long as it counts as a member, nobody new gets into the cluster.</summary>
    public void Conclude(PortAsked asked)
    {
        var member = cluster.State.Members.FirstOrDefault(member => member.UniqueAddress.Equals(asked.Member));
        var isSilent = member is not null && peers.OfMember(member) is { IsLost: true } or { IsUnreachable: true };
        if (!asked.IsRefused || !isSilent || member!.Status is MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed)
            return;
        log.Warning(
            "{0} does not answer and nobody listens at its port any more: its process has ended, and the cluster is told so.",
            Peers.IdOf(asked.Member));
        cluster.Down(member.Address);
    }
}

/// <summary>The adapter actor tells itself: <see cref="LinkWatch.End"/>.</summary>
internal sealed record LinkOverdue(Address Address, TimeSpan After) : IAdapterCommand;

/// <summary>The adapter actor is told: <see cref="LinkWatch.Conclude"/>.</summary>
internal sealed record PortAsked(UniqueAddress Member, bool IsRefused) : IAdapterCommand;
