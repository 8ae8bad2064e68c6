using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// This worker's requests that wait for answers, each with its aggregator, and aggregators that wait for the next request. Used by the adapter actor only.
/// </summary>
/// <param name="context">The adapter actor's; the aggregators are its children.</param>
/// <param name="state">What is counted, and the settings.</param>
internal sealed class PendingRequests(IActorContext context, ClusterState state)
{
    /// <summary>So many aggregators of each kind wait. Others stop when their request has ended.</summary>
    public const int MaxFree = 64;

    private readonly Dictionary<long, Pending> _pending = [];
    private readonly Stack<IActorRef> _free = [];
    private readonly Stack<IActorRef> _freeForOthers = [];
    private readonly HashSet<IActorRef> _stopping = [];
    private readonly AggregatorContext _shared = new(state.Counters, state.Settings.MaxPacketSize, state.Metrics);

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
            requester.Tell(AnswerCollector.NobodyAsked(request), ActorRefs.NoSender);
            return null;
        }

        state.Counters.Add(PeerCounter.Requests);
        var gather = new GatherRequest(request, AnswerCollector.For(request, workers, answered), requester);
        var isForOthers = answered is not null;
        if (!Free(isForOthers).TryPop(out var aggregator))
            aggregator = Make(isForOthers);
        _pending.Add(request.RequestId, new(gather, aggregator, isForOthers));
        aggregator.Tell(gather, ActorRefs.NoSender);
        return aggregator;
    }

    /// <summary>Nobody waits for the answers any more.</summary>
    public void Cancel(CancelRequest cancel)
    {
        if (_pending.TryGetValue(cancel.RequestId, out var pending))
            pending.Aggregator.Tell(cancel, ActorRefs.NoSender);
    }

    /// <summary>A request has ended: its aggregator may have the next.</summary>
    public void End(long requestId)
    {
        if (!_pending.Remove(requestId, out var pending))
            return;
        var free = Free(pending.IsForOthers);
        if (free.Count < MaxFree)
            free.Push(pending.Aggregator);
        else
            Stop(pending.Aggregator);
    }

    /// <summary>An aggregator has stopped: it gets no other request. Had it one that it never began, who asked is told here.</summary>
    public void Stopped(IActorRef aggregator)
    {
        if (_stopping.Remove(aggregator))
            return;
        Remove(_free, aggregator);
        Remove(_freeForOthers, aggregator);
        foreach (var (requestId, pending) in _pending.Where(entry => entry.Value.Aggregator.Equals(aggregator)).ToList())
        {
            _pending.Remove(requestId);
            pending.Gather.GiveUp(state.Metrics);
        }
    }

    /// <summary>
    /// The adapter actor crashes, and all aggregators stop before it goes on. They tell who asked what they have; for those that had not begun, it tells so
    /// when it goes on.
    /// </summary>
    public void Leave()
    {
        if (_pending.Count > 0)
            context.Self.Tell(new RequestsLeft([.. _pending.Values.Select(static pending => pending.Gather)]), ActorRefs.NoSender);
    }

    /// <summary>The adapter actor goes on after a crash.</summary>
    public void GiveUp(RequestsLeft left)
    {
        foreach (var request in left.Requests)
            request.GiveUp(state.Metrics);
    }

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
        foreach (var pending in _pending.Values)
            pending.Aggregator.Tell(gone, ActorRefs.NoSender);
    }

    private static void Remove(Stack<IActorRef> free, IActorRef aggregator)
    {
        if (!free.Contains(aggregator))
            return;
        var others = free.Where(other => !other.Equals(aggregator)).Reverse().ToList();
        free.Clear();
        foreach (var other in others)
            free.Push(other);
    }

    private void Stop(IActorRef aggregator)
    {
        _stopping.Add(aggregator);
        context.Stop(aggregator);
    }

    // What is told of each answer may be anybody's code, and may block.
    private IActorRef Make(bool isForOthers) =>
        context.ActorOf(RequestAggregator.Props(_shared).WithDispatcher(isForOthers ? Dispatchers.DefaultDispatcherId : context.Dispatcher.Id));

    private Stack<IActorRef> Free(bool isForOthers) => isForOthers ? _freeForOthers : _free;

    private readonly record struct Pending(GatherRequest Gather, IActorRef Aggregator, bool IsForOthers);
}
