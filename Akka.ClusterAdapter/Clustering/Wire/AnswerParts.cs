using System.Collections.Immutable;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Requests;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Splits long answers: heartbeats share the link with them. Items go into parts that are answers themselves; a single item that is still too large
/// for one message leaves in chunks.
/// </summary>
internal static class AnswerParts
{
    /// <summary>Bytes of items in one message, with room for what surrounds them.</summary>
    public const int Largest = PeerLimits.LargestMessage - PeerLimits.AnswerHead;

    /// <param name="counter">Counts.</param>
    /// <param name="item">The item.</param>
    /// <param name="previous">The one before it in the same message, which it may refer to; the default when it is the first.</param>
    public delegate void Measure<in T>(ref PeerWriter counter, T item, T? previous);

    public static readonly Measure<SocketDetails> Socket = SocketsPart.WriteSocket;
    public static readonly Measure<string> Id = static (ref counter, id, _) => counter.Text(id);
    public static readonly Measure<ClientAnswer> Client = static (ref counter, answer, _) => AckAnswers.WriteClient(ref counter, answer);

    private static long _packets;

    /// <summary>Sends an answer, in chunks when it is large. They are told one after the other, from one thread.</summary>
    public static void Tell(IActorRef requester, AnswerMessage answer)
    {
        var total = answer.Encode().Length;
        if (total <= PeerLimits.LargestMessage)
        {
            requester.Tell(answer, ActorRefs.NoSender);
            return;
        }

        var packet = Interlocked.Increment(ref _packets);
        for (var offset = 0; offset < total; offset += Largest)
            requester.Tell(new AnswerChunk(answer.Origin, answer.RequestId, Chunk.Cut(packet, answer, offset, Largest)), ActorRefs.NoSender);
    }

    /// <summary>Bytes of one item.</summary>
    public static int SizeOf<T>(T item, Measure<T> measure, T? previous = default)
    {
        var counter = new PeerWriter([], counts: true);
        measure(ref counter, item, previous);
        return counter.Position;
    }

    /// <summary>At least one part, in order; the items of the only part are not copied.</summary>
    public static List<ImmutableArray<T>> Split<T>(ImmutableArray<T> items, Measure<T> measure)
    {
        var parts = new List<ImmutableArray<T>>(1);
        var start = 0;
        var size = 0;
        for (var i = 0; i < items.Length; i++)
        {
            var next = SizeOf(items[i], measure, i > start ? items[i - 1] : default);
            if (size > 0 && size + next > Largest)
            {
                parts.Add(items[start..i]);
                start = i;
                size = 0;
                next = SizeOf(items[i], measure);
            }

            size += next;
        }

        parts.Add(start == 0 ? items : items[start..]);
        return parts;
    }
}
