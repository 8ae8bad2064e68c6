using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>Asks other workers for the sessions of clients that have come here, and hands those of this worker on when it goes (docs/decisions/0093).</summary>
internal sealed class SessionMoves(string @namespace, string server, ClusterState state, IActorRef actor)
{
    /// <summary>How long a worker has for its answer, an open connection's end included.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(3);

    /// <summary>The aggregator has the clock; this one is for when it could not be started.</summary>
    private static readonly TimeSpan LongestAsk = Budget + TimeSpan.FromSeconds(10);

    private const int AtOnce = 4;
    private const int PlacesAtOnce = 8_000;

    public async Task<SessionReply> ClaimAsync(string privateId, int tag, string? offset)
    {
        if (!state.HasPeers)
            return new(null, ClaimOutcome.Unknown);
        var owner = await AskAsync(new AskWorkers(Claim(), Tag: WriteTag(tag))).ConfigureAwait(false);
        // One that does not answer may be dead: then somebody may have a copy.
        var isOver = owner.Outcome != ClaimOutcome.Unknown && !(owner.Outcome == ClaimOutcome.OwnerSilent && state.Settings.SurvivesCrash);
        if (isOver)
            return owner;
        // Most secrets name a worker that is gone, or that has given the session away since.
        var all = await AskAsync(new AskWorkers(Claim())).ConfigureAwait(false);
        return all with { Asked = owner.Asked + all.Asked };

        ClaimSession Claim() => new(@namespace, state.NextRequestId(), Budget, privateId, offset);

        async Task<SessionReply> AskAsync(AskWorkers ask)
        {
            var found = await AskActorAsync<SessionReply>(ask).ConfigureAwait(false) ?? new SessionReply(null, ClaimOutcome.OwnerSilent);
            return found with { IsMoving = ask.IsAnyLeaving };
        }
    }

    public async Task<int?> HandOverAsync(IReadOnlyList<HandedSession> sessions, IReadOnlyList<LogTrail> trails, CancellationToken ct)
    {
        // Half of them: who has been there longest knows most of what clients that are away have missed.
        var peers = state.Peers.Where(peer => peer.Card.Has(server)).ToArray();
        var workers = peers.Take((peers.Length + 1) / 2).Select(static peer => peer.WorkerId).ToArray();
        if (workers.Length == 0)
            return null;
        var kept = 0;
        // Evenly; whoever looks for one asks all, for most secrets name a worker that is gone.
        var shares = sessions.Index().GroupBy(each => workers[each.Index % workers.Length], static each => each.Item);
        await Task.WhenAll(shares.Select(share => HandAsync(share.Key, [.. share]))).ConfigureAwait(false);
        return kept;

        async Task HandAsync(string worker, HandedSession[] share)
        {
            // All of them, this worker's own too: they tell what there was that whoever keeps the sessions may never have heard of.
            foreach (var trail in trails)
            {
                if (!await HandTrailAsync(worker, trail, ct).ConfigureAwait(false))
                    return;
            }

            await Parallel.ForEachAsync(Parts(share), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (part, _) =>
            {
                var ask = new AskWorkers(new KeepSessions(@namespace, state.NextRequestId(), Budget, part), WorkerId: worker);
                var reply = await AskActorAsync<KeptReply>(ask, ct).ConfigureAwait(false);
                Interlocked.Add(ref kept, reply?.Count ?? 0);
            }).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string WriteTag(int tag) => tag.ToString("x6", CultureInfo.InvariantCulture);

    private static IEnumerable<ImmutableArray<HandedSession>> Parts(HandedSession[] sessions)
    {
        var part = ImmutableArray.CreateBuilder<HandedSession>();
        var size = 0;
        foreach (var session in sessions)
        {
            var next = SizeOf(session);
            if (next > AnswerParts.Largest)
                continue; // it has more data than can cross
            if (size + next > AnswerParts.Largest)
            {
                yield return part.DrainToImmutable();
                size = 0;
            }

            part.Add(session);
            size += next;
        }

        if (part.Count > 0)
            yield return part.DrainToImmutable();
    }

    /// <summary>Bytes of it between workers.</summary>
    public static int SizeOf(HandedSession session)
    {
        var counter = new PeerWriter([], counts: true);
        KeepSessions.Write(ref counter, session);
        return counter.Position;
    }

    private async Task<bool> HandTrailAsync(string worker, LogTrail trail, CancellationToken ct)
    {
        var at = 0;
        do
        {
            var places = trail.Places.Slice(at, Math.Min(PlacesAtOnce, trail.Places.Length - at)).ToArray();
            var isLast = at + places.Length == trail.Places.Length;
            var part = new KeepTrail(@namespace, state.NextRequestId(), Budget, trail.Epoch, trail.First + at, at == 0 ? trail.Before : null, isLast, places)
            {
                Lives = isLast ? trail.Lives : [],
            };
            if (await AskActorAsync<KeptReply>(new AskWorkers(part, WorkerId: worker), ct).ConfigureAwait(false) is not { IsAnswered: true, Count: > 0 })
                return false;
            at += places.Length;
        }
        while (at < trail.Places.Length);

        return true;
    }

    /// <summary>Has one worker keep a copy of something.</summary>
    /// <returns>True when it has done so.</returns>
    public async Task<bool> CopyAsync(string worker, CopiedLog? log, ImmutableArray<HandedSession> sessions, ImmutableArray<string> gone)
    {
        var ask = new AskWorkers(new CopySessions(@namespace, state.NextRequestId(), Budget, log, sessions, gone), WorkerId: worker);
        return await AskActorAsync<KeptReply>(ask).ConfigureAwait(false) is { IsAnswered: true, Count: > 0 };
    }

    /// <summary>Asks how far others are with what this namespace records; they tell it in the order of what they send.</summary>
    public void AskPositions(long log, ImmutableArray<long> origins) => actor.Tell(new AskPositions(@namespace, log, origins), ActorRefs.NoSender);

    /// <summary>A part of another worker's log; null when it does not answer.</summary>
    public Task<FetchedPage?> FetchAsync(string worker, long next, LogVector lacks) =>
        AskActorAsync<FetchedPage>(new AskWorkers(new FetchLog(@namespace, state.NextRequestId(), Budget, next, lacks), WorkerId: worker));

    /// <summary>The request's aggregator has the clock and always replies; null when there is nobody who could.</summary>
    private async Task<T?> AskActorAsync<T>(AskWorkers ask, CancellationToken ct = default)
        where T : class
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, state.ActorEnded);
        try
        {
            return await actor.Ask<T>(ask, LongestAsk, over.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            return null;
        }
    }
}

/// <summary>Ask workers directly, not through the topic. Answered as every request is.</summary>
/// <param name="Request">What is asked.</param>
/// <param name="WorkerId">Whom; null for all.</param>
/// <param name="Tag">Those whose sessions have this tag; null for all.</param>
internal sealed record AskWorkers(SessionRequest Request, string? WorkerId = null, string? Tag = null) : IAdapterCommand
{
    private volatile bool _isAnyLeaving;

    /// <summary>Set by the actor: one of those that were asked is about to leave, and may be handing its sessions over.</summary>
    public bool IsAnyLeaving
    {
        get => _isAnyLeaving;
        set => _isAnyLeaving = value;
    }
}
