using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Event;
using Akka.Remote;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>What the cluster and the links say about the other workers.</summary>
internal sealed partial class AdapterActor
{
    /// <summary>A broken link between living processes is back after about 550 ms.</summary>
    private static readonly TimeSpan LinkPatience = TimeSpan.FromMilliseconds(800);

    /// <summary>How much longer a worker may take to say hello over a link that is back.</summary>
    private static readonly TimeSpan HelloPatience = TimeSpan.FromMilliseconds(400);

    private readonly HashSet<Address> _isBack = [];

    private void ReceiveMembership()
    {
        Receive<ClusterEvent.CurrentClusterState>(OnState);
        Receive<ClusterEvent.MemberUp>(up => OnUp(up.Member));
        Receive<ClusterEvent.MemberDowned>(downed => OnDowned(downed.Member));
        Receive<ClusterEvent.IMemberEvent>(changed => OnMember(changed.Member));
        Receive<ClusterEvent.UnreachableMember>(unreachable => OnReachable(unreachable.Member, false));
        Receive<ClusterEvent.ReachableMember>(reachable => OnReachable(reachable.Member, true));
        Receive<DisassociatedEvent>(OnDisassociated);
        Receive<AssociatedEvent>(associated => OnAssociated(associated.RemoteAddress));
        Receive<LinkOverdue>(OnLinkOverdue);
        Receive<PortAsked>(OnPortAsked);
        Receive<ThisActorSystemQuarantinedEvent>(quarantined => _state.EndLife($"Worker {quarantined.RemoteAddress} has quarantined this one: it must be started anew."));
    }

    private bool IsSelf(Member member) => member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);

    private bool TakesPart(Member member) => !IsSelf(member) && member.HasRole(_state.Settings.Role);

    /// <summary>One gossip as a whole. Only from this do we learn that we are Up: single events come one by one, and the last of them may be the one that counts.</summary>
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
        {
            _peers.SeeReachable(member, false);
            AskPort(member);
        }

        OnTick();
    }

    private void SeeSelf(Member self)
    {
        _isSelfUp = self.Status == MemberStatus.Up;
        // WeaklyUp: another member is unreachable. The topic knows both.
        var isMember = _isSelfUp || self.Status == MemberStatus.WeaklyUp;
        // Only now can it be heard; nobody had to answer before.
        if (isMember && !_state.IsMember)
            _waitingSince = Now;
        _state.IsMember = isMember;
        if (self.Status is not (MemberStatus.Leaving or MemberStatus.Exiting))
            return;
        // The topic does not reach a member that leaves, whoever wanted it to: it should not take clients any more.
        _isLeaving = _isDeaf = true;
        _state.Readiness.End("This worker is leaving the cluster.");
    }

    private void OnUp(Member member)
    {
        if (IsSelf(member))
            _cluster.SendCurrentClusterState(Self);
        else
            OnMember(member);
    }

    private void OnDowned(Member member)
    {
        if (IsSelf(member))
            _state.EndLife("The cluster has declared this worker dead (it was unreachable for too long): it must be started anew.");
        else
            OnMember(member);
    }

    private void OnMember(Member member)
    {
        if (IsSelf(member))
        {
            SeeSelf(member);
            return;
        }

        if (!TakesPart(member))
            return;
        _peers.SeeMember(member, Now);
        // The topic knows it no more.
        if (member.Status is MemberStatus.Leaving or MemberStatus.Exiting && _peers.OfMember(member) is { } going)
            _outbound.Close(going.Origin);
        GreetSoon();
    }

    private void OnReachable(Member member, bool reachable)
    {
        if (!TakesPart(member))
            return;
        _peers.SeeReachable(member, reachable);
        if (!reachable)
            AskPort(member);
        GreetSoon();
    }

    private void OnDisassociated(DisassociatedEvent broken)
    {
        if (!_peers.Suspect(broken.RemoteAddress, Now))
            return;
        // The first break counts: a link that goes on breaking must not be waited for again and again.
        if (!Timers.IsTimerActive(broken.RemoteAddress))
            Timers.StartSingleTimer(broken.RemoteAddress, new LinkOverdue(broken.RemoteAddress, LinkPatience), LinkPatience);
        GreetSoon();
    }

    /// <summary>A link is back; whether the same process is behind it, only its hello tells.</summary>
    private void OnAssociated(Address address)
    {
        if (!_peers.IsAnySuspected(address))
            return;
        _isBack.Add(address);
        GreetSoon();
    }

    private void OnLinkOverdue(LinkOverdue overdue)
    {
        if (_isBack.Remove(overdue.Address) && _peers.IsAnySuspected(overdue.Address))
        {
            Timers.StartSingleTimer(overdue.Address, overdue with { After = LinkPatience + HelloPatience }, HelloPatience);
            return;
        }

        var lost = _peers.LoseSuspects(overdue.Address);
        foreach (var peer in lost)
            _log.Warning("The link to worker {0} broke and did not come back within {1}: it is not waited for any more.", peer.WorkerId, overdue.After);
        UpdateView();
        foreach (var member in lost.Select(peer => peer.Member).OfType<Member>())
            AskPort(member);
    }

    /// <summary>Whether a member that does not answer is dead shows at its port, long before the failure detector and the split-brain resolver are sure.</summary>
    private void AskPort(Member member) =>
        _state.Guard.Observe("port", RefusedPort.AskAsync(member.Address).PipeTo(Self, success: isRefused => new PortAsked(member.UniqueAddress, isRefused)));

    /// <summary>Nobody listens there: its process has ended. As long as it counts as a member, nobody new gets into the cluster.</summary>
    private void OnPortAsked(PortAsked asked)
    {
        var member = _cluster.State.Members.FirstOrDefault(member => member.UniqueAddress.Equals(asked.Member));
        var isSilent = member is not null && _peers.OfMember(member) is { IsLost: true } or { IsUnreachable: true };
        if (!asked.IsRefused || !isSilent || member!.Status is MemberStatus.Down or MemberStatus.Exiting or MemberStatus.Removed)
            return;
        _log.Warning("{0} does not answer and nobody listens at its port any more: its process has ended, and the cluster is told so.", Peers.IdOf(asked.Member));
        _cluster.Down(member.Address);
    }

    private void GreetSoon()
    {
        UpdateView();
        Timers.StartSingleTimer(Tick.Instance, Tick.Instance, Min(UrgentInterval, _state.Settings.BeatInterval));
    }

    private sealed record LinkOverdue(Address Address, TimeSpan After) : IAdapterCommand;

    private sealed record PortAsked(UniqueAddress Member, bool IsRefused) : IAdapterCommand;
}
