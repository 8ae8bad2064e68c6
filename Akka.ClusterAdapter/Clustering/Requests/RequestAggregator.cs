using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Operators;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// Gathers the answers of one request at a time. It ends the request when the last expected worker has answered or gone, or when the time is over. Its clock
/// is the only one. It is the sender of the request, so answers come straight to it. It always replies to who asked, also when it stops or crashes. When a
/// request has ended, it tells its parent, which may give it the next (docs/decisions/0110).
/// </summary>
/// <param name="context">What all requests share.</param>
internal sealed class RequestAggregator(AggregatorContext context) : UntypedActor, IWithTimers
{
    private readonly HashSet<long> _owing = [];
    private readonly List<long> _lost = [];
    private GatherRequest? _current;
    private Reassembly? _chunks;
    private long _decided;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(AggregatorContext context) => Actor.Props.CreateBy(new Maker(context));

    // Declared handlers would be gathered anew for each aggregator.
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GatherRequest gather:
                OnGather(gather);
                break;
            case AnswerMessage answer:
                OnAnswer(answer);
                break;
            case PeerGone gone:
                OnPeerGone(gone);
                break;
            case Deadline:
                OnDeadline();
                break;
            case CancelRequest cancel:
                OnCancel(cancel);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // What has come is gone with the crash: better to say so than to start over with answers missing.
    protected override void PreRestart(Exception reason, object message)
    {
        if (_current is { } gather)
        {
            gather.Requester.Tell(new Status.Failure(reason));
            gather.Measure(context.Metrics, AskOutcomes.Failed);
        }

        Context.Stop(Self);
    }

    // The whole worker is going down, or somebody has stopped this actor: who asked must not wait for the end of the time.
    protected override void PostStop()
    {
        // First, so that it gets no other request.
        Context.Parent.Tell(AggregatorStopped.Instance);
        if (_current is not { } gather)
            return;
        try
        {
            Reply(gather, AskOutcomes.Failed);
        }
        catch (Exception e)
        {
            // What is told of each answer is the application's, and hears of some here.
            gather.Requester.Tell(new Status.Failure(e));
            gather.Measure(context.Metrics, AskOutcomes.Failed);
        }
    }

    private void OnGather(GatherRequest gather)
    {
        gather.HasBegun = true;
        _current = gather;
        foreach (var origin in gather.Collector.Workers.Keys)
            _owing.Add(origin);
        Timers.StartSingleTimer(Deadline.Instance, Deadline.Instance, gather.Request.Budget);
    }

    private void OnAnswer(AnswerMessage answer)
    {
        if (answer is not AnswerChunk part)
            Take(answer);
        else if (IsOwed(part))
            Assemble(part);
        else
            context.Counters.Add(PeerCounter.AnswersIgnored);
    }

    // One that comes late belongs to a request before.
    private bool IsOwed(AnswerMessage answer) => answer.RequestId == _current?.Request.RequestId && _owing.Contains(answer.Origin);

    private void Assemble(AnswerChunk part)
    {
        _chunks ??= new Reassembly(context.MaxPacket, PeerLimits.ChunkPatience);
        var added = _chunks.Add(part.Origin, "", part.Chunk, Context.System.Scheduler.MonotonicClock);
        CountLost();
        if (added is not { } whole)
            return;
        try
        {
            if (PeerMessageSerializer.Read(whole, part.Chunk.Manifest) is AnswerMessage answer and not AnswerChunk)
                Take(answer);
            else
                context.Counters.Add(PeerCounter.UnknownMessages);
        }
        catch (SerializationException)
        {
            context.Counters.Add(PeerCounter.UnknownMessages);
        }
    }

    private void Take(AnswerMessage answer)
    {
        if (_current is not { } gather || !IsOwed(answer) || !gather.Collector.Add(answer, out var complete))
        {
            // Where one answer is enough, the others are not late.
            if (answer.RequestId != _decided)
                context.Counters.Add(PeerCounter.AnswersIgnored);
            return;
        }

        if (complete)
            _owing.Remove(answer.Origin);
        EndWhenNothingIsOwed(gather);
    }

    private void OnPeerGone(PeerGone gone)
    {
        if (_current is not { } gather || !_owing.Remove(gone.Origin))
            return;
        _lost.Add(gone.Origin);
        _chunks?.Forget(gone.Origin);
        CountLost();
        gather.Collector.Lose(gone.Origin);
        EndWhenNothingIsOwed(gather);
    }

    private void CountLost()
    {
        while (_chunks?.TryTakeLost(out _) == true)
            context.Counters.Add(PeerCounter.Incomplete);
    }

    private void OnDeadline()
    {
        if (_current is not { } gather)
            return;
        context.Counters.Add(PeerCounter.RequestsTimedOut);
        Reply(gather);
    }

    private void OnCancel(CancelRequest cancel)
    {
        if (_current is not { } gather || gather.Request.RequestId != cancel.RequestId)
            return;
        End(gather);
        gather.Measure(context.Metrics, AskOutcomes.Cancelled);
    }

    private void EndWhenNothingIsOwed(GatherRequest gather)
    {
        var isDecided = gather.Collector.IsDecided;
        if (isDecided)
            _decided = gather.Request.RequestId;
        if (isDecided || _owing.Count == 0)
            Reply(gather);
    }

    // Who asked may ask again at once: then the parent has heard that this aggregator is free.
    private void Reply(GatherRequest gather, string? failed = null)
    {
        var reply = gather.Collector.Result(_owing, _lost);
        var isLate = _owing.Count > 0 && !gather.Collector.IsDecided;
        var outcome = failed ?? (isLate ? AskOutcomes.TimedOut : _lost.Count > 0 ? AskOutcomes.Lost : AskOutcomes.Answered);
        End(gather);
        gather.Requester.Tell(reply);
        gather.Measure(context.Metrics, outcome);
    }

    /// <summary>Nothing of this request stays.</summary>
    private void End(GatherRequest gather)
    {
        Timers.Cancel(Deadline.Instance);
        _current = null;
        _chunks = null;
        _owing.Clear();
        _lost.Clear();
        Context.Parent.Tell(new RequestEnded(gather.Request.RequestId));
    }

    /// <summary>Makes the actor without the expression that Akka would take apart for each.</summary>
    private sealed class Maker(AggregatorContext context) : IIndirectActorProducer
    {
        public Type ActorType => typeof(RequestAggregator);

        public ActorBase Produce() => new RequestAggregator(context);

        public void Release(ActorBase actor)
        {
            // Nobody has it any more.
        }
    }

    private sealed class Deadline : INotInfluenceReceiveTimeout, IAdapterCommand
    {
        public static readonly Deadline Instance = new();
    }
}

/// <summary>What all aggregators of a worker share.</summary>
/// <param name="Counters">Counts.</param>
/// <param name="MaxPacket">Bytes of the largest answer.</param>
/// <param name="Metrics">Told how long each request took. May be null.</param>
internal sealed record AggregatorContext(PeerCounters Counters, int MaxPacket, ClusterMetrics? Metrics = null);
