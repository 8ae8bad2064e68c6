using Akka.Actor;
using Akka.Cluster;
using Akka.ClusterAdapter.Clustering.Flow;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>One other worker; belongs to <see cref="Peers"/>.</summary>
/// <param name="workerId">Its name.</param>
/// <param name="window">Most bytes it has on their way here, as long as it has not said.</param>
internal sealed class Peer(string workerId, long window)
{
    public string WorkerId { get; } = workerId;

    /// <summary>Its place in the cluster; null when it said hello before the gossip did.</summary>
    public Member? Member { get; set; }

    public Address? Address { get; set; }

    /// <summary>What it told about itself; null before its first hello.</summary>
    public PeerCard? Card { get; set; }

    /// <summary>Which life of its adapter actor is talking; 0 before the first hello.</summary>
    public long Origin { get; private set; }

    /// <summary>What comes from that life.</summary>
    public PeerStream Stream { get; private set; } = new(window);

    /// <summary>Its adapter actor; null before it has spoken.</summary>
    public IActorRef? Actor { get; set; }

    public int Generation { get; set; }

    /// <summary>When it was first seen, or came Up.</summary>
    public TimeSpan Since { get; set; }

    public TimeSpan LastHeard { get; set; }

    /// <summary>A hello of ours has reached it through the topic, its present subscription and ours taken together.</summary>
    public bool HearsUs { get; set; }

    /// <summary>It says that a hello of its own has reached us.</summary>
    public bool ConfirmsUs { get; set; }

    /// <summary>It has heard us once: it is counted and answers are expected from it until it goes.</summary>
    public bool IsConfirmed { get; set; }

    public bool IsUnreachable { get; set; }

    /// <summary>When the link to it broke; null when that was not a moment ago.</summary>
    public TimeSpan? SuspectedAt { get; set; }

    /// <summary>The link to it broke a moment ago.</summary>
    public bool IsSuspected => SuspectedAt is not null;

    /// <summary>The link to it broke and did not come back in time.</summary>
    public bool IsLost { get; set; }

    /// <summary>It said that it leaves.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>It cannot work with us (another parser or frame size).</summary>
    public bool IsRefused { get; set; }

    /// <summary>The cluster is letting it go: the topic does not reach it any more.</summary>
    public bool IsGoing => Member is { Status: MemberStatus.Leaving or MemberStatus.Exiting };

    public bool IsMutual => HearsUs && ConfirmsUs;

    public bool IsExpected => IsConfirmed && !IsLeaving && !IsRefused && Member is { Status: MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Joining };

    /// <summary>It is heard here, and answers who asks how far it is: also when it is about to leave, for until then it may send.</summary>
    public bool IsTelling =>
        Card is { TellsPositions: true } && (IsConfirmed || Card.Kind == PeerKind.Emitter) && Origin != 0 && !IsRefused && !IsUnreachable && !IsLost
        && Member is { Status: MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Joining };

    /// <summary>
    /// It leaves, and nothing of it has ever been heard here: what it sends last may come to others only. It tells nothing any more, but is gone soon.
    /// </summary>
    public bool IsLeavingUnheard =>
        IsGoing && !Stream.HasBegun && !IsRefused && !IsUnreachable && !IsLost && Card is not ({ Kind: PeerKind.Gateway } or { TellsPositions: false });

    /// <summary>Not known to be an emitter or a gateway.</summary>
    public bool MayBeWorker => Card is null || Card.Kind == PeerKind.Worker;

    /// <summary>It can be asked for the sessions it has, also while it leaves.</summary>
    public bool MayHaveSessions => Card is { Kind: PeerKind.Worker } && Actor is not null && !IsRefused && !IsUnreachable && !IsLost;

    /// <summary>Our readiness depends on it.</summary>
    public bool IsWaitedFor =>
        Member is { Status: MemberStatus.Up } && !IsUnreachable && !IsLost && !IsLeaving && !IsRefused && MayBeWorker;

    public void BeginLife(long origin)
    {
        Origin = origin;
        Stream = new PeerStream(window);
        IsLeaving = false;
        Generation = 0;
    }

    /// <summary>It has a new subscription: that we are heard must be proven again.</summary>
    public void Reconfirm(int generation)
    {
        Generation = generation;
        HearsUs = false;
    }
}
