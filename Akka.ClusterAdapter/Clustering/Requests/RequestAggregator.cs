using System.Diagnostics;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// Gathers the answers of one request and ends it: when the last expected worker has answered or gone, or when the time is over. Its clock is the only
/// one. It is the sender of the request, so answers come straight to it; and it always replies to who asked, also when it stops or crashes. There is one
/// kind for each kind of answer.
/// </summary>
internal abstract class RequestAggregator : UntypedActor, IWithTimers
{
    private readonly GatherContext _context;
    private readonly HashSet<long> _owing;
    private readonly List<long> _lost = [];
    private Reassembly? _chunks;
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _hasReplied;

    protected RequestAggregator(GatherContext context)
    {
        _context = context;
        _owing = [.. context.Workers.Keys];
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Whom answers are expected from: worker names by origin.</summary>
    protected IReadOnlyDictionary<long, string> Workers => _context.Workers;

    /// <summary>True when what has come is enough, whoever still owes.</summary>
    protected virtual bool IsDecided => false;

    /// <summary>The kind of aggregator that a request needs.</summary>
    public static Props Props(GatherContext context) => Actor.Props.CreateBy(new Maker(context, context.Request switch
    {
        FetchSockets => static context => new SocketsAggregator(context),
        BroadcastWithAck => static context => new ClientsAggregator(context),
        ServerSideRequest => static context => new ServerSideAggregator(context),
        ClaimSession => static context => new ClaimAggregator(context),
        KeepTrail or KeepSessions or CopySessions => static context => new KeptAggregator(context),
        FetchLog => static context => new FetchAggregator(context),
        _ => throw NotKnown(context.Request),
    }));

    /// <summary>The reply to a request when nobody is asked.</summary>
    public static object NobodyAsked(RequestMessage request) => request switch
    {
        FetchSockets => new ClusterReply<SocketDetails>([], [], []),
        BroadcastWithAck => new ClusterReply<SocketAnswer>([], [], []),
        ServerSideRequest => new ClusterReply<WorkerAnswer>([], [], []),
        ClaimSession => new SessionReply(null, ClaimOutcome.Unknown),
        KeepTrail or KeepSessions or CopySessions => new KeptReply(0, IsAnswered: false),
        FetchLog => FetchedPage.None,
        _ => throw NotKnown(request),
    };

    // One lives as long as one request, and handlers that are declared are gathered anew for each.
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AnswerMessage answer:
                OnAnswer(answer);
                break;
            case PeerGone gone:
                OnPeerGone(gone);
                break;
            case Deadline:
                OnDeadline();
                break;
            case CancelRequest:
                OnCancel();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PreStart() => Timers.StartSingleTimer(Deadline.Instance, Deadline.Instance, _context.Request.Budget);

    // Its state is gone with the crash: better to say so than to start over with answers missing.
    protected override void PreRestart(Exception reason, object message)
    {
        _hasReplied = true;
        _context.Requester.Tell(new Status.Failure(reason));
        Measure(AskOutcomes.Failed);
        Stop();
    }

    // The one before it has replied, and this one is about to stop.
    protected override void PostRestart(Exception reason) => _hasReplied = true;

    // The whole worker is going down: who asked must not wait for the end of the time.
    protected override void PostStop() => Reply(AskOutcomes.Failed);

    /// <summary>Takes an answer of an expected worker that has not completed.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="complete">True when its worker owes nothing more.</param>
    /// <returns>False when the answer is of no use (a part that came before, another kind).</returns>
    protected abstract bool Add(AnswerMessage answer, out bool complete);

    /// <summary>A worker that owed something is gone.</summary>
    protected virtual void Lose(long origin)
    {
    }

    /// <summary>The reply to who asked.</summary>
    /// <param name="owing">Workers that owed something when the time was over.</param>
    /// <param name="lost">Workers that went away meanwhile.</param>
    protected abstract object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost);

    protected List<string> Names(IEnumerable<long> origins) => [.. origins.Select(origin => Workers[origin])];

    private static ArgumentException NotKnown(RequestMessage request) => new($"Nobody gathers answers to {request.GetType().Name}.", nameof(request));

    private void OnAnswer(AnswerMessage answer)
    {
        if (answer is not AnswerChunk part)
            Take(answer);
        else if (IsOwed(part))
            Assemble(part);
        else
            _context.Counters.Add(PeerCounter.AnswersIgnored);
    }

    private bool IsOwed(AnswerMessage answer) => answer.RequestId == _context.Request.RequestId && _owing.Contains(answer.Origin);

    private void Assemble(AnswerChunk part)
    {
        _chunks ??= new Reassembly(_context.MaxPacket, PeerLimits.ChunkPatience);
        var added = _chunks.Add(part.Origin, "", part.Chunk, Context.System.Scheduler.MonotonicClock);
        CountLost();
        if (added is not { } whole)
            return;
        try
        {
            if (PeerMessageSerializer.Read(whole, part.Chunk.Manifest) is AnswerMessage answer and not AnswerChunk)
                Take(answer);
            else
                _context.Counters.Add(PeerCounter.UnknownMessages);
        }
        catch (SerializationException)
        {
            _context.Counters.Add(PeerCounter.UnknownMessages);
        }
    }

    private void Take(AnswerMessage answer)
    {
        if (!IsOwed(answer) || !Add(answer, out var complete))
        {
            _context.Counters.Add(PeerCounter.AnswersIgnored);
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
        _chunks?.Forget(gone.Origin);
        CountLost();
        Lose(gone.Origin);
        EndWhenNothingIsOwed();
    }

    private void CountLost()
    {
        while (_chunks?.TryTakeLost(out _) == true)
            _context.Counters.Add(PeerCounter.Incomplete);
    }

    private void OnDeadline()
    {
        _context.Counters.Add(PeerCounter.RequestsTimedOut);
        End();
    }

    private void OnCancel()
    {
        _hasReplied = true;
        Measure(AskOutcomes.Cancelled);
        Stop();
    }

    private void EndWhenNothingIsOwed()
    {
        if (_owing.Count == 0 || IsDecided)
            End();
    }

    private void End()
    {
        Reply();
        Stop();
    }

    private void Reply(string? outcome = null)
    {
        if (_hasReplied)
            return;
        _hasReplied = true;
        _context.Requester.Tell(Result(_owing, _lost));
        Measure(outcome ?? (_owing.Count > 0 ? AskOutcomes.TimedOut : _lost.Count > 0 ? AskOutcomes.Lost : AskOutcomes.Answered));
    }

    private void Measure(string outcome)
    {
        if (_context.Metrics is { TimesRequests: true } metrics)
            metrics.RequestEnded(KindOf(_context.Request), outcome, Stopwatch.GetElapsedTime(_start));
    }

    private static string KindOf(RequestMessage request) => request switch
    {
        FetchSockets => Operations.Fetch,
        BroadcastWithAck => Operations.Ask,
        ClaimSession => Operations.Claim,
        KeepTrail or KeepSessions => Operations.Keep,
        CopySessions => Operations.Copy,
        FetchLog => Operations.FetchLog,
        ServerSideRequest => Operations.ServerSideEmit,
        _ => throw NotKnown(request),
    };

    private void Stop()
    {
        Context.Parent.Tell(new RequestEnded(_context.Request.RequestId));
        Context.Stop(Self);
    }

    /// <summary>Makes the actor without the expression that Akka would take apart for each.</summary>
    private sealed class Maker(GatherContext context, Func<GatherContext, RequestAggregator> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(RequestAggregator);

        public ActorBase Produce() => make(context);

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

/// <summary>One request and whom it went to.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Workers">Whom answers are expected from, at least one: worker names by origin.</param>
/// <param name="Requester">Who asked, and gets the reply.</param>
/// <param name="Counters">Counts.</param>
/// <param name="MaxPacket">Bytes of the largest answer.</param>
internal sealed record GatherContext(
    RequestMessage Request, IReadOnlyDictionary<long, string> Workers, IActorRef Requester, PeerCounters Counters, int MaxPacket)
{
    /// <summary>An action that is told of each answer as it comes, and never after the reply; null keeps them for the reply.</summary>
    public Delegate? Answered { get; init; }

    /// <summary>Told how long it took. May be null.</summary>
    public ClusterMetrics? Metrics { get; init; }
}
