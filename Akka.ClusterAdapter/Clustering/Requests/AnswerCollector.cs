using System.Diagnostics;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// What has come for one request. There is one kind for each kind of answer. Used by the request's aggregator, and by nobody else until that has ended.
/// </summary>
/// <param name="workers">Whom answers are expected from, at least one: worker names by origin.</param>
internal abstract class AnswerCollector(Dictionary<long, string> workers)
{
    /// <summary>True when what has come is enough, whoever still owes.</summary>
    public virtual bool IsDecided => false;

    /// <summary>Whom answers are expected from: worker names by origin.</summary>
    public Dictionary<long, string> Workers => workers;

    /// <summary>The kind of collector that a request needs.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="workers">Whom answers are expected from, at least one: worker names by origin.</param>
    /// <param name="answered">An action that is told of each answer as it comes, and never after the reply; null keeps them for the reply.</param>
    public static AnswerCollector For(RequestMessage request, Dictionary<long, string> workers, Delegate? answered) => request switch
    {
        FetchSockets => new SocketsCollector(workers, answered as Action<SocketDetails>),
        BroadcastWithAck => new ClientsCollector(workers, answered as Action<SocketAnswer>),
        ServerSideRequest => new ServerSideCollector(workers),
        ClaimSession => new ClaimCollector(workers),
        KeepTrail or KeepSessions or CopySessions => new KeptCollector(workers),
        FetchLog => new FetchCollector(workers),
        _ => throw NotKnown(request),
    };

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

    /// <summary>The kind of a request as it is counted.</summary>
    public static string KindOf(RequestMessage request) => request switch
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

    /// <summary>Takes an answer of an expected worker that has not completed.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="complete">True when its worker owes nothing more.</param>
    /// <returns>False when the answer is of no use (a part that came before, another kind).</returns>
    public abstract bool Add(AnswerMessage answer, out bool complete);

    /// <summary>A worker that owed something is gone.</summary>
    public virtual void Lose(long origin)
    {
    }

    /// <summary>The reply to who asked.</summary>
    /// <param name="owing">Workers that owed something when the time was over.</param>
    /// <param name="lost">Workers that went away meanwhile.</param>
    public abstract object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost);

    /// <summary>The reply to who asked when nobody has gathered anything.</summary>
    public object NoResult() => Result(workers.Keys, []);

    protected IReadOnlyList<string> Names(IReadOnlyCollection<long> origins) => origins.Count == 0 ? [] : [.. origins.Select(origin => workers[origin])];

    private static ArgumentException NotKnown(RequestMessage request) => new($"Nobody gathers answers to {request.GetType().Name}.", nameof(request));
}

/// <summary>Gather the answers to this request.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Collector">Takes the answers.</param>
/// <param name="Requester">Who asked, and gets the reply.</param>
internal sealed record GatherRequest(RequestMessage Request, AnswerCollector Collector, IActorRef Requester) : IAdapterCommand
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>An aggregator has it, and replies whatever becomes of it.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The aggregator has ended. Had it never begun, who asked hears who is missing.</summary>
    public void GiveUp(ClusterMetrics? metrics)
    {
        if (HasBegun)
            return;
        Requester.Tell(Collector.NoResult(), ActorRefs.NoSender);
        Measure(metrics, AskOutcomes.Failed);
    }

    /// <summary>It has ended so.</summary>
    public void Measure(ClusterMetrics? metrics, string outcome)
    {
        if (metrics is { TimesRequests: true })
            metrics.RequestEnded(AnswerCollector.KindOf(Request), outcome, Stopwatch.GetElapsedTime(_start));
    }
}
