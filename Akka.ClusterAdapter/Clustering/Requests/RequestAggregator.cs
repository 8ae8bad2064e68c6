using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// Gathers the answers of one request and ends it: when the last expected worker has answered or gone, or when the time is over.
/// It is the sender of the request, so answers come straight to it.
/// </summary>
internal sealed class RequestAggregator : ReceiveActor, IWithTimers
{
    private readonly Gather _gather;
    private readonly IActorRef _requester;
    private readonly PeerCounters _counters;
    private readonly HashSet<long> _owing;
    private readonly List<long> _lost = [];
    private readonly Reassembly _chunks;
    private bool _hasReplied;

    public RequestAggregator(Gather gather, IReadOnlyDictionary<long, string> expected, IActorRef requester, PeerCounters counters, int maxPacket)
    {
        _gather = gather;
        _requester = requester;
        _counters = counters;
        _owing = [.. expected.Keys];
        _chunks = new Reassembly(maxPacket, PeerLimits.ChunkPatience);
        gather.Gathering.Expect(expected);
        Receive<AnswerMessage>(OnAnswer);
        Receive<PeerGone>(OnPeerGone);
        Receive<Deadline>(_ => OnDeadline());
        Receive<CancelGather>(_ => OnCancel());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Gather gather, IReadOnlyDictionary<long, string> expected, IActorRef requester, PeerCounters counters, int maxPacket) =>
        Actor.Props.Create(() => new RequestAggregator(gather, expected, requester, counters, maxPacket));

    protected override void PreStart()
    {
        Timers.StartSingleTimer(Deadline.Instance, Deadline.Instance, _gather.Request.Budget);
        EndWhenNothingIsOwed();
    }

    // Its state is gone with the crash: better to say so than to start over with answers missing.
    protected override void PreRestart(Exception reason, object message)
    {
        _hasReplied = true;
        _requester.Tell(new Status.Failure(reason));
        Stop();
    }

    // The whole worker is going down: who asked must not wait for the end of the time.
    protected override void PostStop() => Reply();

    private void OnAnswer(AnswerMessage answer)
    {
        if (answer is not AnswerChunk part)
            Take(answer);
        else if (part.RequestId == _gather.Request.RequestId && _owing.Contains(part.Origin))
            Assemble(part);
        else
            _counters.Add(PeerCounter.AnswersIgnored);
    }

    private void Assemble(AnswerChunk part)
    {
        var added = _chunks.Add(part.Origin, "", part.Chunk, Context.System.Scheduler.MonotonicClock);
        CountLost();
        if (added is not { } whole)
            return;
        try
        {
            if (PeerMessageSerializer.Read(whole, part.Chunk.Manifest) is AnswerMessage answer and not AnswerChunk)
                Take(answer);
            else
                _counters.Add(PeerCounter.UnknownMessages);
        }
        catch (SerializationException)
        {
            _counters.Add(PeerCounter.UnknownMessages);
        }
    }

    private void Take(AnswerMessage answer)
    {
        if (answer.RequestId != _gather.Request.RequestId || !_owing.Contains(answer.Origin) || !_gather.Gathering.Add(answer, out var complete))
        {
            _counters.Add(PeerCounter.AnswersIgnored);
            return;
        }

        if (complete)
            _owing.Remove(answer.Origin);
        EndWhenNothingIsOwed();
    }

    private void OnPeerGone(PeerGone gone)
    {
        if (!_owing.Remove(gone.Origin))
            return;
        _lost.Add(gone.Origin);
        _chunks.Forget(gone.Origin);
        CountLost();
        _gather.Gathering.Lose(gone.Origin);
        EndWhenNothingIsOwed();
    }

    private void CountLost()
    {
        while (_chunks.TryTakeLost(out _))
            _counters.Add(PeerCounter.Incomplete);
    }

    private void OnDeadline()
    {
        _counters.Add(PeerCounter.RequestsTimedOut);
        End();
    }

    private void OnCancel()
    {
        _hasReplied = true;
        Stop();
    }

    private void EndWhenNothingIsOwed()
    {
        if (_owing.Count == 0)
            End();
    }

    private void End()
    {
        Reply();
        Stop();
    }

    private void Reply()
    {
        if (_hasReplied)
            return;
        _hasReplied = true;
        _requester.Tell(_gather.Gathering.End(_owing, _lost));
    }

    private void Stop()
    {
        Context.Parent.Tell(new GatherDone(_gather.Request.RequestId));
        Context.Stop(Self);
    }

    private sealed class Deadline : INotInfluenceReceiveTimeout, IAdapterCommand
    {
        public static readonly Deadline Instance = new();
    }
}
