using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Namespaces;
using Akka.ClusterAdapter.Clustering.Wire;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>Answers other workers that ask for sessions of this one, and keeps what they hand over. Used by the adapter actor only.</summary>
/// <param name="state">Which adapters there are.</param>
/// <param name="peers">Who the others are.</param>
/// <param name="namespaces">Where sessions are given away.</param>
/// <param name="origin">This worker's, for its answers.</param>
internal sealed partial class SessionKeeper(ClusterState state, Peers peers, NamespaceActors namespaces, long origin)
{
    /// <summary>Bytes of memory of a place. Half of what sessions may take is for the logs that they are of.</summary>
    private const long PlaceBytes = 16;

    /// <summary>Bytes of a part of the log for a worker that has joined.</summary>
    private const int PageBytes = 2 * AnswerParts.Largest;

    private readonly Dictionary<(long Origin, string Namespace, string Epoch), (long First, LogVector Before, List<LogPlace> Places)> _incomplete = [];

    /// <param name="request">What they ask.</param>
    /// <param name="sender">Who asks.</param>
    /// <param name="now">On the clock of the peers.</param>
    public void Take(SessionRequest request, IActorRef sender, TimeSpan now)
    {
        var host = state.Adapters.TryGetValue(request.Namespace, out var adapter) ? adapter.Host as IRecoveringHost : null;
        switch (request)
        {
            case ClaimSession claim when !namespaces.TryTell(claim, sender):
                sender.Tell(NamespaceActor.Nothing(claim, origin), ActorRefs.NoSender);
                break;
            case KeepTrail trail:
                sender.Tell(new SessionsKept(origin, request.RequestId, Keep(host?.Sessions, trail)), ActorRefs.NoSender);
                break;
            case KeepSessions sessions:
                sender.Tell(new SessionsKept(origin, request.RequestId, host?.Sessions?.Accept(sessions.Sessions) ?? 0), ActorRefs.NoSender);
                break;
            case FetchLog fetch:
                Give(fetch, host?.Sessions, sender, now);
                break;
            case CopySessions copy:
                sender.Tell(new SessionsKept(origin, request.RequestId, host?.Sessions is { } store && Keep(store.Copies, copy) ? 1 : 0), ActorRefs.NoSender);
                break;
        }
    }

    /// <summary>Not on the actor's thread.</summary>
    private void Give(FetchLog fetch, SessionStore? store, IActorRef sender, TimeSpan now)
    {
        if (peers.OfOrigin(fetch.Origin) is not { } peer)
            return;
        var joined = now - peer.Since;
        state.Guard.Queue("give-log", static it =>
        {
            var page = it.store?.Page(it.fetch.Next, it.fetch.Lacks, it.joined, PageBytes, it.largest) ?? new([], 0, 0);
            AnswerParts.Tell(it.sender, new LogFetched(it.origin, it.fetch.RequestId, page));
        }, (fetch, store, joined, sender, origin, largest: (long)state.Settings.MaxPacketSize - PeerLimits.AnswerHead));
    }

    /// <summary>A member has sent nothing in a namespace.</summary>
    public void Hear(LogSilent silent)
    {
        if (state.Adapters.TryGetValue(silent.Namespace, out var adapter))
            (adapter.Host as IRecoveringHost)?.Sessions?.HearSilence(silent.Origin, silent.Log);
    }

    /// <summary>A worker's process is over, perhaps in the middle of it.</summary>
    public void Forget(long ended)
    {
        namespaces.End(ended);
        foreach (var key in _incomplete.Keys.Where(key => key.Origin == ended).ToList())
            _incomplete.Remove(key);
    }

    /// <summary>Adopts from all workers that are not there: that one has gone may not have been heard.</summary>
    public void AdoptOrphans()
    {
        var gone = state.Adapters.Values.SelectMany(static adapter => (adapter.Host as IRecoveringHost)?.Sessions?.Copies.Workers ?? [])
            .ToHashSet(StringComparer.Ordinal);
        gone.ExceptWith(peers.All.Select(static peer => peer.WorkerId));
        foreach (var worker in gone)
            Adopt(worker);
    }

    /// <summary>
    /// A worker's process is gone. What it had given away is not among what it had copied, and when it has left in good order it has let go of the copy: so
    /// these are sessions of this worker now.
    /// </summary>
    public void Adopt(string worker)
    {
        foreach (var adapter in state.Adapters.Values)
        {
            if ((adapter.Host as IRecoveringHost)?.Sessions is { } store && store.Copies.HasOf(worker))
                state.Guard.Queue("adopt-sessions", static it => it.Me.Adopt(it.store, it.worker, it.Name), (Me: this, store, worker, adapter.Name));
        }
    }

    private void Adopt(SessionStore store, string worker, string name)
    {
        if (store.Copies.Adopt(worker) is var count and > 0)
            Log.Adopted(state.Logger, count, name, worker);
    }

    private bool Keep(SessionCopies copies, CopySessions copy)
    {
        if (peers.OfOrigin(copy.Origin) is not { } peer)
            return false;
        if (copy.Log is { } log)
            return copies.Take(peer.WorkerId, log, copy.Sessions, copy.Gone);
        copies.Drop(peer.WorkerId);
        return true;
    }

    private int Keep(SessionStore? store, KeepTrail part)
    {
        var key = (part.Origin, part.Namespace, part.Epoch);
        if (part.Before is { } before)
            _incomplete[key] = (part.First, before, []);
        if (store is null || !_incomplete.TryGetValue(key, out var known) || part.First != known.First + known.Places.Count
            || (known.Places.Count + part.Places.Length) * PlaceBytes > store.Options.MaxSessionBytes / 2)
        {
            _incomplete.Remove(key);
            return 0;
        }

        known.Places.AddRange(part.Places);
        if (part.IsLast)
        {
            _incomplete.Remove(key);
            return store.Accept(new LogTrail(part.Epoch, known.First, known.Before, [.. known.Places]) { Lives = part.Lives }) ? 1 : 0;
        }

        return 1;
    }

    private static partial class Log
    {
        [LoggerMessage(5091, LogLevel.Information,
            "{Worker} is gone. {Count} of its sessions in {Namespace} are kept here now, for its clients to come back.",
            EventName = "SessionsAdopted")]
        public static partial void Adopted(ILogger logger, int count, string @namespace, string worker);
    }
}
