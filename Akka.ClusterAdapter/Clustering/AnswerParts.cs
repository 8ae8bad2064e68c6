using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Splits long answers: heartbeats share the link with them, so that no message should be much larger than 64 KB. A single item is never split.
/// </summary>
internal static class AnswerParts
{
    /// <summary>Bytes of items in one message, with room for what surrounds them.</summary>
    public const int Largest = 64_000;

    public delegate void Measure<in T>(ref PeerWriter counter, T item);

    public static readonly Measure<SocketDetails> Socket = SocketsPart.WriteSocket;
    public static readonly Measure<string> Id = static (ref counter, id) => counter.Text(id);
    public static readonly Measure<ClientAnswer> Client = AckAnswers.WriteClient;

    /// <summary>Bytes of one item.</summary>
    public static int SizeOf<T>(T item, Measure<T> measure)
    {
        var counter = new PeerWriter([], counts: true);
        measure(ref counter, item);
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
            var next = SizeOf(items[i], measure);
            if (size > 0 && size + next > Largest)
            {
                parts.Add(items[start..i]);
                start = i;
                size = 0;
            }

            size += next;
        }

        parts.Add(start == 0 ? items : items[start..]);
        return parts;
    }
}
