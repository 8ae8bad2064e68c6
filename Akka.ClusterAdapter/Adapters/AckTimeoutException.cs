using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Not every client acknowledged in time. Carries what came.</summary>
public sealed class AckTimeoutException : TimeoutException
{
    private readonly IPacketParser _parser;
    private readonly ClusterReply<SocketAnswer> _reply;

    internal AckTimeoutException(IPacketParser parser, ClusterReply<SocketAnswer> reply)
        : base("operation has timed out")
    {
        _parser = parser;
        _reply = reply;
    }

    /// <summary>Every client that was asked, and what became of it.</summary>
    public IReadOnlyList<SocketAnswer> Sockets => _reply.Answers;

    /// <summary>Clients that were asked and did not answer in time.</summary>
    public IReadOnlyList<string> MissingSockets =>
        [.. _reply.Answers.Where(a => a.State == SocketAnswerState.TimedOut).Select(a => a.SocketId)];

    /// <summary>Workers that did not even say whom they asked.</summary>
    public IReadOnlyList<string> MissingWorkers => _reply.MissingWorkers;

    /// <summary>The answers that came in time, in the order they came.</summary>
    public IReadOnlyList<TAck> Answers<TAck>() => Values<TAck>(_parser, _reply);

    internal static IReadOnlyList<TAck> Values<TAck>(IPacketParser parser, ClusterReply<SocketAnswer> reply)
    {
        var values = new List<TAck>(reply.Answers.Count);
        foreach (var answer in reply.Answers)
        {
            if (answer.Body is { } body)
                values.Add(EventBody.FirstAnswer<TAck>(parser, body)!);
        }

        return values;
    }
}

/// <summary>Not every worker answered in time. Carries what came.</summary>
public sealed class ClusterRequestTimeoutException : TimeoutException
{
    internal ClusterRequestTimeoutException(string operation, IReadOnlyList<string> missing)
        : base($"{operation}: timeout reached: missing {missing.Count} response{(missing.Count == 1 ? "" : "s")} ({string.Join(", ", missing)})")
    {
        Missing = missing;
    }

    /// <summary>Workers that did not answer.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Sockets of the workers that did answer; empty unless sockets were fetched.</summary>
    public IReadOnlyList<RemoteSocket> PartialSockets { get; internal init; } = [];

    /// <summary>Answers that did come to a server-side emit, as the encoded JSON they are; empty otherwise.</summary>
    public IReadOnlyList<WorkerAnswer> PartialAnswers { get; internal init; } = [];
}
