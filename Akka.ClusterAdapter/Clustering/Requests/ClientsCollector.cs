using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Gathers what became of each client that the workers asked: first each worker names them, then their answers come.</summary>
internal sealed class ClientsCollector(Dictionary<long, string> workers, Action<SocketAnswer>? answered) : AnswerCollector(workers)
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

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost)
    {
        foreach (var origin in owing)
            EndAll(origin, SocketAnswerState.TimedOut);
        // A worker that has named its clients did its part; they are late, not it.
        var silent = owing.Where(origin => !AskedBy(origin).Parts.IsComplete).ToList();
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
            Tell(new SocketAnswer(answer.SocketId, Workers[some.Origin], state, answer.Body));
            any = true;
        }

        return any;
    }

    private void EndAll(long origin, SocketAnswerState state)
    {
        var asked = AskedBy(origin);
        foreach (var socketId in asked.Waiting)
            Tell(new SocketAnswer(socketId, Workers[origin], state, null));
        asked.Waiting.Clear();
    }

    private void Tell(SocketAnswer answer)
    {
        if (answered is null)
            _answers.Add(answer);
        else
            answered(answer);
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
