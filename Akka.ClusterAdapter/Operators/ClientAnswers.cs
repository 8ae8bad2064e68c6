using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators;

/// <summary>
/// What the clients of a broadcast answered, as the type that was asked for. Each client answers what it likes: one whose answer does not fit must not take the
/// others' away.
/// </summary>
internal static class ClientAnswers
{
    /// <summary>The answers that fit, in the order they came.</summary>
    public static IReadOnlyList<TAck> Values<TAck>(IPacketParser parser, ClusterReply<SocketAnswer> reply)
    {
        var values = new List<TAck>(reply.Answers.Count);
        foreach (var answer in reply.Answers)
        {
            if (answer.Body is { } body && TryRead<TAck>(parser, body, out var value))
                values.Add(value!);
        }

        return values;
    }

    /// <summary>What became of each client.</summary>
    public static ClusterReply<SocketAnswer<TAck>> Each<TAck>(IPacketParser parser, ClusterReply<SocketAnswer> reply) =>
        reply.Select(answer => One<TAck>(parser, answer));

    /// <summary>What became of each client, as it becomes known. Sent with the first that is wanted.</summary>
    public static async IAsyncEnumerable<SocketAnswer<TAck>> StreamAsync<TAck>(
        BroadcastOperator target, PacketBody body, [EnumeratorCancellation] CancellationToken ct)
    {
        var answers = AnswerStream.Of<SocketAnswer, SocketAnswer>(
            (answered, over) => target.StreamClientsAsync(body, answered, over),
            reply => reply.MissingWorkers.Count == 0 ? null : new AckTimeoutException(target.Parser, reply),
            ct);
        await foreach (var answer in answers.ConfigureAwait(false))
            yield return One<TAck>(target.Parser, answer);
    }

    private static SocketAnswer<TAck> One<TAck>(IPacketParser parser, SocketAnswer answer)
    {
        var (state, value) = (answer.State, default(TAck));
        if (answer.Body is { } body && !TryRead(parser, body, out value))
            state = SocketAnswerState.DidNotFit;
        return new SocketAnswer<TAck>(answer.SocketId, answer.WorkerId, state, value);
    }

    private static bool TryRead<TAck>(IPacketParser parser, PacketBody body, out TAck? value)
    {
        try
        {
            value = EventBody.FirstAnswer<TAck>(parser, body);
            return true;
        }
        // Types of the application check what they are made of, and say so in any way.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            value = default;
            return false;
        }
    }
}
