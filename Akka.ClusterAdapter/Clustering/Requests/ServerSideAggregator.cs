using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Gathers one answer of each worker to a server-side event.</summary>
internal sealed class ServerSideAggregator(GatherContext context) : RequestAggregator(context)
{
    private readonly List<WorkerAnswer> _answers = [];
    private readonly HashSet<long> _refused = [];

    protected override bool Add(AnswerMessage answer, out bool complete)
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

    protected override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        new ClusterReply<WorkerAnswer>(_answers, Names(owing.Union(_refused)), Names(lost)) { IsTimedOut = owing.Count + _refused.Count > 0 };
}
