using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Gathers descriptions of sockets.</summary>
internal sealed class SocketsCollector(Dictionary<long, string> workers, Action<SocketDetails>? found) : AnswerCollector(workers)
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
            Tell(socket with { WorkerId = worker });
        complete = seen.IsComplete;
        return true;
    }

    private void Tell(SocketDetails socket)
    {
        if (found is null)
            _sockets.Add(socket);
        else
            found(socket);
    }

    public override object Result(IReadOnlyCollection<long> owing, IReadOnlyCollection<long> lost) =>
        new ClusterReply<SocketDetails>(_sockets, Names(owing), Names(lost)) { IsTimedOut = owing.Count > 0 };
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
