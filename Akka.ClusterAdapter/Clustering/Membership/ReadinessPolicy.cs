using Akka.Cluster;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>Decides when this worker may take clients, and says whom it misses. Used by the adapter actor only.</summary>
/// <param name="state">Where the decision is written.</param>
/// <param name="peers">The other workers.</param>
/// <param name="cluster">This member's place among them.</param>
/// <param name="log">Told of each decision.</param>
internal sealed class ReadinessPolicy(ClusterState state, Peers peers, AkkaCluster cluster, ILoggingAdapter log)
{
    private bool _isSelfUp;
    private bool _isLate;
    private TimeSpan _waitingSince;

    /// <summary>A member that never speaks is not worth more than the time it has to be ready.</summary>
    private TimeSpan Limit => state.Settings.ReadyTimeout;

    /// <summary>Its time begins anew.</summary>
    public void Restart(TimeSpan now) => _waitingSince = now;

    /// <summary>Somebody is missing, or this worker itself is not there yet.</summary>
    public bool IsUrgent(TimeSpan now) =>
        (state.Readiness is { IsReady: false, EndedBecause: null } && now - _waitingSince < Limit)
        || peers.All.Any(peer => peer.IsSuspected || (peer.IsWaitedFor && !peer.IsMutual && now - peer.Since < Limit));

    /// <summary>What the cluster says about this member.</summary>
    public void SeeSelf(MemberStatus status, TimeSpan now)
    {
        _isSelfUp = status == MemberStatus.Up;
        // WeaklyUp: another member is unreachable. The topic knows both.
        var isMember = _isSelfUp || status == MemberStatus.WeaklyUp;
        // Only now can it be heard; nobody had to answer before.
        if (isMember && !state.IsMember)
            Restart(now);
        state.IsMember = isMember;
    }

    /// <summary>Decides anew.</summary>
    /// <param name="hearsItself">True when this worker's subscription is proven.</param>
    /// <param name="now">The present moment.</param>
    public void Decide(bool hearsItself, TimeSpan now)
    {
        if (state.Card is null || state.Readiness.EndedBecause is not null)
            return;
        if (state.IsMember && RefusedBy() is { } elder)
            RefuseOurselves(elder);
        else if (_isSelfUp && (hearsItself || state.IsEmitter) && !peers.Missing.Any())
            BeReadyWhenFetched(now);
        else if (!state.Readiness.IsReady && now - _waitingSince >= Limit)
            BeLate(hearsItself);
        else if (state.Readiness.IsDegraded)
            state.Readiness.Missing = Missing(hearsItself);
    }

    /// <summary>When two workers do not fit together, the younger one stays out. An emitter stays out when it fits none.</summary>
    private Peer? RefusedBy()
    {
        if (state.IsEmitter)
            return state.Peers.IsEmpty && !peers.Missing.Any() ? peers.All.FirstOrDefault(peer => peer.IsRefused) : null;
        if (state.Readiness.IsReady)
            return null;
        var self = cluster.SelfMember;
        return peers.All.FirstOrDefault(peer =>
            peer is { IsRefused: true, MayBeWorker: true, Member: { Status: MemberStatus.Up } member } && member.IsOlderThan(self));
    }

    private void RefuseOurselves(Peer elder)
    {
        var who = state.IsEmitter ? "emitter" : "worker";
        var reason = $"This {who} does not fit worker {elder.WorkerId}, which was there first: {elder.Card!.ConflictWith(state.Card!)}.";
        log.Error("{0} It will not become ready.", reason);
        state.Readiness.End(reason);
    }

    /// <summary>
    /// A worker first asks for what was sent before it came. The next worker may be stopped as soon as this one is ready, and it may be the last that has it.
    /// </summary>
    private void BeReadyWhenFetched(TimeSpan now)
    {
        var isBehind = false;
        foreach (var adapter in state.Readiness.IsReady ? [] : state.Adapters.Values)
        {
            adapter.Fetcher?.Begin();
            isBehind |= adapter.Fetcher?.IsBehind == true;
        }

        if (!isBehind || now - _waitingSince >= Limit)
            BeReady();
    }

    private void BeReady()
    {
        if (state.Readiness is { IsReady: true, IsDegraded: false })
            return;
        state.Readiness.Set(degraded: false);
        log.Info("{0} {1} is ready; {2} other worker(s).", state.Card!.Kind, state.WorkerId, state.Peers.Length);
    }

    /// <summary>Who is no member reaches nobody. It would take clients that hear nothing of the others, and lose them when it gives up joining.</summary>
    private void BeLate(bool hearsItself)
    {
        if (state.IsMember)
            BeDegraded(hearsItself);
        else if (!_isLate)
            log.Warning("After {0} the cluster has not let {1} in: it goes on waiting.", Limit, state.WorkerId);
        _isLate = true;
    }

    private void BeDegraded(bool hearsItself)
    {
        var missing = state.Readiness.Missing = Missing(hearsItself);
        state.Readiness.Set(degraded: true);
        log.Warning("After {0} {1} {2} is ready although messages may not reach: {3}.", Limit, state.Card!.Kind, state.WorkerId, string.Join(", ", missing));
    }

    private List<string> Missing(bool hearsItself)
    {
        var missing = peers.Missing.Select(peer => peer.WorkerId).ToList();
        if (!_isSelfUp)
            missing.Insert(0, $"{state.WorkerId} (this worker itself is only WeaklyUp in the cluster)");
        else if (!hearsItself && state.IsWorker)
            missing.Insert(0, $"{state.WorkerId} (this worker does not hear its own beat)");
        return missing;
    }
}
