using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>Looks for the worker that has a session: the first that knows it ends the search.</summary>
internal sealed class ClaimCollector(Dictionary<long, string> workers) : AnswerCollector(workers)
{
    private SessionReply? _found;
    private bool _isCopied;

    public override bool IsDecided => _found is not null;

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        complete = answer is SessionClaimed;
        if (answer is not SessionClaimed claimed)
            return false;
        if (claimed.Outcome == ClaimOutcome.Copied)
            _isCopied = true;
        else if (claimed.Outcome != ClaimOutcome.Unknown)
            _found = new SessionReply(claimed.Given, claimed.Outcome, Workers.Count);
        return true;
    }

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        _found ?? new SessionReply(null, owing.Count > 0 ? ClaimOutcome.OwnerSilent : ClaimOutcome.Unknown, Workers.Count) { IsCopied = _isCopied };
}

/// <summary>Waits until a worker has taken what is handed to it.</summary>
internal sealed class KeptCollector(Dictionary<long, string> workers) : AnswerCollector(workers)
{
    private int _kept;

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        complete = answer is SessionsKept;
        if (answer is SessionsKept kept)
            _kept += kept.Count;
        return complete;
    }

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        new KeptReply(_kept, owing.Count == 0 && lost.Count == 0);
}

/// <summary>Waits for a part of one worker's log.</summary>
internal sealed class FetchCollector(Dictionary<long, string> workers) : AnswerCollector(workers)
{
    private FetchedPage? _page;

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        complete = answer is LogFetched;
        _page ??= (answer as LogFetched)?.Page;
        return complete;
    }

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) => _page ?? FetchedPage.None;
}

/// <summary>How much of what was handed over is kept.</summary>
/// <param name="Count">How many sessions.</param>
/// <param name="IsAnswered">False when its worker said nothing.</param>
internal sealed record KeptReply(int Count, bool IsAnswered);
