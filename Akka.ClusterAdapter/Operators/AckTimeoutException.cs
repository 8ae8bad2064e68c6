using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

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

    /// <summary>Workers that left or died meanwhile and were no longer waited for.</summary>
    public IReadOnlyList<string> LostWorkers => _reply.LostWorkers;

    /// <summary>The answers that came in time, in the order they came; without those that do not fit the type.</summary>
    public IReadOnlyList<TAck> Answers<TAck>() => ClientAnswers.Values<TAck>(_parser, _reply);
}

/// <summary>Not every worker answered in time. Carries what came.</summary>
public sealed class ClusterRequestTimeoutException : TimeoutException
{
    private readonly IArgumentFormat? _format;

    internal ClusterRequestTimeoutException(string operation, IReadOnlyList<string> missing, IReadOnlyList<string> lost, IArgumentFormat? format = null)
        : base($"{operation}: timeout reached: missing {missing.Count} response{(missing.Count == 1 ? "" : "s")} ({string.Join(", ", missing)})")
    {
        Missing = missing;
        Lost = lost;
        _format = format;
    }

    /// <summary>Workers that did not answer.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Workers that left or died meanwhile and were no longer waited for.</summary>
    public IReadOnlyList<string> Lost { get; }

    /// <summary>Sockets of the workers that did answer; empty unless sockets were fetched.</summary>
    public IReadOnlyList<RemoteSocket> PartialSockets { get; internal init; } = [];

    /// <summary>Answers that did come to a server-side emit, encoded as they are; empty otherwise.</summary>
    public IReadOnlyList<WorkerAnswer> PartialAnswers { get; internal init; } = [];

    /// <summary>The same, converted.</summary>
    /// <exception cref="System.Text.Json.JsonException">An answer does not fit the type.</exception>
    public IReadOnlyList<WorkerAnswer<TAck>> Answers<TAck>() =>
        _format is null ? [] : [.. PartialAnswers.Select(answer => new WorkerAnswer<TAck>(answer.WorkerId, EventBody.FirstAnswer<TAck>(_format, answer.Body)))];
}
