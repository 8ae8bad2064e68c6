using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>What came back from a question to several workers.</summary>
/// <param name="Answers">What was answered in time.</param>
/// <param name="MissingWorkers">Workers that were asked and did not answer before the time-out.</param>
/// <param name="LostWorkers">Workers that left or died meanwhile and are no longer waited for.</param>
/// <typeparam name="T">One answer.</typeparam>
public sealed record ClusterReply<T>(IReadOnlyList<T> Answers, IReadOnlyList<string> MissingWorkers, IReadOnlyList<string> LostWorkers)
{
    /// <summary>True when the time-out ended the question: somebody who should have answered did not.</summary>
    public bool IsTimedOut { get; init; }

    /// <summary>What came back from several questions.</summary>
    internal static ClusterReply<T> Merge(IReadOnlyCollection<ClusterReply<T>> replies) =>
        new([.. replies.SelectMany(reply => reply.Answers)], Union(replies, reply => reply.MissingWorkers), Union(replies, reply => reply.LostWorkers))
        {
            IsTimedOut = replies.Any(reply => reply.IsTimedOut),
        };

    internal ClusterReply<TResult> Select<TResult>(Func<T, TResult> convert) =>
        new([.. Answers.Select(convert)], MissingWorkers, LostWorkers) { IsTimedOut = IsTimedOut };

    private static string[] Union(IReadOnlyCollection<ClusterReply<T>> replies, Func<ClusterReply<T>, IReadOnlyList<string>> workers) =>
        [.. replies.SelectMany(workers).Distinct(StringComparer.Ordinal)];
}

/// <summary>What became of one client in a broadcast that asked for acknowledgements.</summary>
public enum SocketAnswerState
{
    /// <summary>The client answered.</summary>
    Answered,

    /// <summary>The client was still connected and did not answer in time.</summary>
    TimedOut,

    /// <summary>The client left before it answered; it was no longer waited for.</summary>
    Lost,

    /// <summary>The client answered with something that does not fit the type that was asked for.</summary>
    DidNotFit,
}

/// <summary>One client's part in a broadcast that asked for acknowledgements.</summary>
/// <param name="SocketId">The client's socket id.</param>
/// <param name="WorkerId">The worker that serves it.</param>
/// <param name="State">What became of it.</param>
/// <param name="Body">Its answer, when there is one.</param>
public readonly record struct SocketAnswer(string SocketId, string WorkerId, SocketAnswerState State, PacketBody? Body);

/// <summary>One worker's answer to a server-side event.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Body">Its answer, encoded.</param>
public readonly record struct WorkerAnswer(string WorkerId, PacketBody Body);

/// <summary>One worker's answer to a server-side event.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Value">The first value of its answer; default when it answered with nothing.</param>
public sealed record WorkerAnswer<TAck>(string WorkerId, TAck? Value);
