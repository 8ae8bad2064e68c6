using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>This worker's requests that wait for answers, each with its aggregator. Used by the adapter actor only.</summary>
/// <param name="context">The adapter actor's; the aggregators are its children.</param>
/// <param name="state">What is counted, and the settings.</param>
internal sealed class PendingRequests(IActorContext context, ClusterState state)
{
    private readonly Dictionary<long, IActorRef> _aggregators = [];

    /// <summary>Begins to gather.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="workers">Whom answers are expected from: names by origin.</param>
    /// <param name="requester">Who asks, and gets the reply.</param>
    /// <param name="answered">Told of each answer as it comes; null gathers them for the reply.</param>
    /// <returns>Whom answers go to; null when none are expected, and the reply has been given.</returns>
    public IActorRef? Begin(RequestMessage request, Dictionary<long, string> workers, IActorRef requester, Delegate? answered)
    {
        if (workers.Count == 0)
        {
            requester.Tell(RequestAggregator.NobodyAsked(request), ActorRefs.NoSender);
            return null;
        }

        state.Counters.Add(PeerCounter.Requests);
        var gather =
            new GatherContext(request, workers, requester, state.Counters, state.Settings.MaxPacketSize) { Answered = answered, Metrics = state.Metrics };
        // What is told of each answer may be anybody's.
        var dispatcher = answered is null ? context.Dispatcher.Id : Dispatchers.DefaultDispatcherId;
        var aggregator = context.ActorOf(RequestAggregator.Props(gather).WithDispatcher(dispatcher));
        _aggregators.Add(request.RequestId, aggregator);
        return aggregator;
    }

    /// <summary>Nobody waits for the answers any more.</summary>
    public void Cancel(CancelRequest cancel)
    {
        if (_aggregators.TryGetValue(cancel.RequestId, out var aggregator))
            aggregator.Tell(cancel, ActorRefs.NoSender);
    }

    public void End(long requestId) => _aggregators.Remove(requestId);

    /// <summary>A worker is no longer waited for.</summary>
    public void Lose(long origin)
    {
        state.Counters.Add(PeerCounter.PeersGone);
        Forget(origin);
    }

    /// <summary>A worker has ended: it answers nobody, also those who asked when it was leaving already.</summary>
    public void Forget(long origin)
    {
        var gone = new PeerGone(origin);
        foreach (var aggregator in _aggregators.Values)
            aggregator.Tell(gone, ActorRefs.NoSender);
    }
}
