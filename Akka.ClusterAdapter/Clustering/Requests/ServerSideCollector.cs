using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Gathers one answer of each worker to a server-side event.</summary>
internal sealed class ServerSideCollector(Dictionary<long, string> workers) : AnswerCollector(workers)
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

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost)
    {
        IReadOnlyCollection<long> missing = _refused.Count == 0 ? owing : [.. owing, .. _refused];
        return new ClusterReply<WorkerAnswer>(_answers, Names(missing), Names(lost)) { IsTimedOut = missing.Count > 0 };
    }
}
