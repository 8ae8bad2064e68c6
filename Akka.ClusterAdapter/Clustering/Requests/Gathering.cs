using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// What the expected workers still owe one request, and what they have answered so far. Filled by the request's aggregator, which owns it.
/// </summary>
internal abstract class Gathering
{
    /// <summary>Whom answers are expected from: worker names by origin.</summary>
    protected IReadOnlyDictionary<long, string> Workers { get; private set; } = new Dictionary<long, string>();

    /// <summary>Called once, before anything else.</summary>
    public virtual void Expect(IReadOnlyDictionary<long, string> workers) => Workers = workers;

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
    public abstract object End(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost);

    protected List<string> Names(IEnumerable<long> origins) => [.. origins.Select(origin => Workers[origin])];
}

/// <summary>The parts of an answer that was split: complete when each has come.</summary>
internal sealed class PartsSeen
{
    private readonly HashSet<int> _seen = [];
    private int _count = -1;

    public bool IsComplete => _seen.Count == _count;

    /// <summary>False for a part that came before, or of another split.</summary>
    public bool Add(int index, int count)
    {
        if (_count < 0)
            _count = count;
        return count == _count && index < count && _seen.Add(index);
    }
}

/// <summary>Gathers descriptions of sockets.</summary>
internal sealed class SocketsGathering : Gathering
{
    private readonly Dictionary<long, PartsSeen> _parts = [];
    private readonly List<SocketDetails> _sockets = [];

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        complete = false;
        if (answer is not SocketsPart part)
            return false;
        if (!_parts.TryGetValue(part.Origin, out var seen))
            _parts.Add(part.Origin, seen = new PartsSeen());
        if (!seen.Add(part.Index, part.Count))
            return false;
        var worker = Workers[part.Origin];
        foreach (var socket in part.Sockets)
            _sockets.Add(socket with { WorkerId = worker });
        complete = seen.IsComplete;
        return true;
    }

    public override object End(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        new ClusterReply<SocketDetails>(_sockets, Names(owing), Names(lost)) { IsTimedOut = owing.Count > 0 };
}

/// <summary>Gathers one answer of each worker to a server-side event.</summary>
internal sealed class ServerSideGathering : Gathering
{
    private readonly List<WorkerAnswer> _answers = [];
    private readonly HashSet<long> _refused = [];

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        complete = answer is ServerSideAnswer;
        if (answer is not ServerSideAnswer one)
            return false;
        if (one.Body is not null)
            _answers.Add(new WorkerAnswer(Workers[one.Origin], one.Body));
        else if (one.IsTooLarge)
            _refused.Add(one.Origin);
        return true;
    }

    public override object End(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        new ClusterReply<WorkerAnswer>(_answers, Names(owing.Union(_refused)), Names(lost)) { IsTimedOut = owing.Count + _refused.Count > 0 };
}

/// <summary>Gathers what became of each client that the workers asked: first each worker names them, then their answers come.</summary>
internal sealed class ClientsGathering : Gathering
{
    private readonly Dictionary<long, Asked> _asked = [];
    private readonly List<SocketAnswer> _answers = [];

    public override bool Add(AnswerMessage answer, out bool complete)
    {
        var asked = AskedBy(answer.Origin);
        var isNew = answer switch
        {
            AckAsked part => Name(asked, part),
            AckAnswers some => Take(asked, some),
            _ => false,
        };
        complete = asked.Parts.IsComplete && asked.Waiting.Count == 0;
        return isNew;
    }

    /// <summary>Its clients are gone with it.</summary>
    public override void Lose(long origin) => EndAll(origin, SocketAnswerState.Lost);

    public override object End(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost)
    {
        foreach (var origin in owing)
            EndAll(origin, SocketAnswerState.TimedOut);
        // A worker that has named its clients did its part; they are late, not it.
        var silent = owing.Where(origin => !AskedBy(origin).Parts.IsComplete);
        return new ClusterReply<SocketAnswer>(_answers, Names(silent), Names(lost)) { IsTimedOut = owing.Count > 0 };
    }

    private static bool Name(Asked asked, AckAsked part)
    {
        if (!asked.Parts.Add(part.Index, part.Count))
            return false;
        asked.Waiting.UnionWith(part.SocketIds);
        return true;
    }

    private bool Take(Asked asked, AckAnswers some)
    {
        var any = false;
        foreach (var answer in some.Answers)
        {
            if (!asked.Waiting.Remove(answer.SocketId))
                continue;
            var state = answer.Body is null ? SocketAnswerState.Lost : SocketAnswerState.Answered;
            _answers.Add(new SocketAnswer(answer.SocketId, Workers[some.Origin], state, answer.Body));
            any = true;
        }

        return any;
    }

    private void EndAll(long origin, SocketAnswerState state)
    {
        var asked = AskedBy(origin);
        foreach (var socketId in asked.Waiting)
            _answers.Add(new SocketAnswer(socketId, Workers[origin], state, null));
        asked.Waiting.Clear();
    }

    private Asked AskedBy(long origin)
    {
        if (!_asked.TryGetValue(origin, out var asked))
            _asked.Add(origin, asked = new Asked());
        return asked;
    }

    private sealed class Asked
    {
        public PartsSeen Parts { get; } = new();

        public HashSet<string> Waiting { get; } = new(StringComparer.Ordinal);
    }
}
