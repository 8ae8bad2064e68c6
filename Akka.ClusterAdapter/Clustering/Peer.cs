using Akka.Actor;
using Akka.Cluster;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>One other worker; belongs to <see cref="Peers"/>.</summary>
internal sealed class Peer(string workerId)
{
    private long? _lastSequence;

    public string WorkerId { get; } = workerId;

    /// <summary>Its place in the cluster; null when it said hello before the gossip did.</summary>
    public Member? Member { get; set; }

    public Address? Address { get; set; }

    /// <summary>What it told about itself; null before its first hello.</summary>
    public PeerCard? Card { get; set; }

    /// <summary>Which life of its adapter actor is talking; 0 before the first hello.</summary>
    public long Origin { get; private set; }

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

    /// <summary>The link to it broke a moment ago.</summary>
    public bool IsSuspected { get; set; }

    /// <summary>The link to it broke and did not come back in time.</summary>
    public bool IsLost { get; set; }

    /// <summary>It said that it leaves.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>It cannot work with us (another parser or frame size).</summary>
    public bool IsRefused { get; set; }

    public bool IsMutual => HearsUs && ConfirmsUs;

    public bool IsExpected => IsConfirmed && !IsLeaving && !IsRefused && Member is { Status: MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Joining };

    /// <summary>Not known to be an emitter or a gateway.</summary>
    public bool MayBeWorker => Card is null || Card.Kind == PeerKind.Worker;

    /// <summary>Our readiness depends on it.</summary>
    public bool IsWaitedFor =>
        Member is { Status: MemberStatus.Up } && !IsUnreachable && !IsLost && !IsLeaving && !IsRefused && MayBeWorker;

    public void BeginLife(long origin)
    {
        Origin = origin;
        _lastSequence = null;
        IsLeaving = false;
        Generation = 0;
    }

    /// <summary>It has a new subscription: that we are heard must be proven again.</summary>
    public void Reconfirm(int generation)
    {
        Generation = generation;
        HearsUs = false;
    }

    /// <summary>Compares a message's place with the last one's.</summary>
    /// <param name="sequence">The message's number.</param>
    /// <param name="missing">How many numbers were skipped.</param>
    /// <returns>False when this message came before.</returns>
    public bool TryAdvance(long sequence, out long missing)
    {
        missing = 0;
        if (_lastSequence is not { } last)
            return true;
        if (sequence <= last)
            return false;
        missing = sequence - last - 1;
        _lastSequence = sequence;
        return true;
    }

    /// <summary>A hello names the last number before it: counting begins there, and a hole at the end shows.</summary>
    /// <returns>How many numbers were skipped.</returns>
    public long Align(long lastSequence)
    {
        var missing = _lastSequence is { } last ? Math.Max(0, lastSequence - last) : 0;
        if (_lastSequence is null || missing > 0)
            _lastSequence = lastSequence;
        return missing;
    }
}
