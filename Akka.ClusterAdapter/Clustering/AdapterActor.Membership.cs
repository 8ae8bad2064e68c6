using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Remote;

namespace Akka.ClusterAdapter.Clustering;

/// <content>What the cluster and the links say about the other workers.</content>
internal sealed partial class AdapterActor
{
    private const string Downed = "The cluster has declared this worker dead (it was unreachable for too long): it must be started anew.";

    private void ReceiveMembership()
    {
        // A node that is out of the cluster says of all others that they were removed. They are still there: it is this one that goes.
        Receive<ClusterEvent.ClusterShuttingDown>(_ => _isOut = true);
        Receive<ClusterEvent.IMemberEvent>(_ => { }, removed => _isOut && !IsSelf(removed.Member));
        Receive<ClusterEvent.CurrentClusterState>(OnState);
        Receive<ClusterEvent.MemberUp>(_ => _cluster.SendCurrentClusterState(Self), up => IsSelf(up.Member));
        Receive<ClusterEvent.MemberDowned>(_ => _state.EndLife(Downed), downed => IsSelf(downed.Member));
        Receive<ClusterEvent.IMemberEvent>(changed => OnMember(changed.Member));
        Receive<ClusterEvent.UnreachableMember>(unreachable => OnReachable(unreachable.Member, false));
        Receive<ClusterEvent.ReachableMember>(reachable => OnReachable(reachable.Member, true));
        Receive<DisassociatedEvent>(broken => GreetSoon(_links.Break(broken.RemoteAddress, Now, Timers)));
        Receive<AssociatedEvent>(back => GreetSoon(_links.Return(back.RemoteAddress)));
        Receive<LinkOverdue>(OnLinkOverdue);
        Receive<PortAsked>(asked => _links.Conclude(asked));
        Receive<ThisActorSystemQuarantinedEvent>(by => _state.EndLife($"Worker {by.RemoteAddress} has quarantined this one: it must be started anew."));
    }

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    private bool TakesPart(Member member) => !IsSelf(member) && member.HasRole(_state.Settings.Role);

    /// <summary>
    /// One gossip as a whole. Only from this do we learn that we are Up: single events come one by one, and the last of them may be the one that counts.
    /// </summary>
    private void OnState(ClusterEvent.CurrentClusterState state)
    {
        foreach (var member in state.Members)
        {
            if (IsSelf(member))
                SeeSelf(member);
            else if (TakesPart(member))
                _peers.SeeMember(member, Now);
        }

        foreach (var member in state.Unreachable.Where(TakesPart))
            SeeReachable(member, false);
        _keeper.AdoptOrphans();
        OnTick();
    }

    private void SeeSelf(Member self)
    {
        _readiness.SeeSelf(self.Status, Now);
        if (self.Status is not (MemberStatus.Leaving or MemberStatus.Exiting))
            return;
        // The topic does not reach a member that leaves, whoever wanted it to: it should not take clients any more.
        _hello.IsLeaving = _subscription.IsOver = true;
        _state.Readiness.End("This worker is leaving the cluster.");
    }

    private void OnMember(Member member)
    {
        if (IsSelf(member))
            SeeSelf(member);
        else if (TakesPart(member))
            SeePeer(member);
    }

    private void SeePeer(Member member)
    {
        _peers.SeeMember(member, Now);
        // The topic knows it no more.
        if (member.Status is MemberStatus.Leaving or MemberStatus.Exiting && _peers.OfMember(member) is { } going)
            _outbound.Close(going.Origin);
        GreetSoon();
    }

    private void OnReachable(Member member, bool isReachable)
    {
        if (!TakesPart(member))
            return;
        SeeReachable(member, isReachable);
        GreetSoon();
    }

    private void SeeReachable(Member member, bool isReachable)
    {
        _peers.SeeReachable(member, isReachable);
        if (!isReachable)
            _links.AskPort(member);
    }

    private void OnLinkOverdue(LinkOverdue overdue)
    {
        if (_links.End(overdue, Timers))
            UpdateView();
    }
}
