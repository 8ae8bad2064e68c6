using System.Collections.Frozen;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>What is counted about the traffic between workers.</summary>
internal enum PeerCounter
{
    /// <summary>Ordered messages that left for the other workers.</summary>
    Published,

    /// <summary>Their bytes, each message's once.</summary>
    PublishedBytes,

    /// <summary>Times several of them left as one.</summary>
    Batches,

    /// <summary>Ordered messages that came from other workers.</summary>
    Received,

    /// <summary>Their bytes.</summary>
    ReceivedBytes,

    /// <summary>Messages that never came: holes in an origin's sequence.</summary>
    Gaps,

    /// <summary>Messages that were not sent to a worker because it did not keep up and too much waited for it already.</summary>
    Dropped,

    /// <summary>Times messages began to go directly to each worker, because one did not keep up.</summary>
    DirectPeriods,

    /// <summary>Times a worker was told how far this one is with its messages.</summary>
    Credits,

    /// <summary>Messages that came twice and were dropped the second time.</summary>
    Duplicates,

    /// <summary>Messages for a namespace this worker does not have.</summary>
    UnknownNamespace,

    /// <summary>Messages of a kind or version this worker does not know.</summary>
    UnknownMessages,

    /// <summary>Messages of workers that were refused.</summary>
    FromRefused,

    /// <summary>Exceptions of a namespace while it carried out what another worker asked.</summary>
    DeliveryErrors,

    /// <summary>Questions to the other workers.</summary>
    Requests,

    /// <summary>Questions that ended with the time-out.</summary>
    RequestsTimedOut,

    /// <summary>Answers that came too late, twice or from nobody who was asked.</summary>
    AnswersIgnored,

    /// <summary>Answers (or parts of one) that were too large to cross.</summary>
    AnswersTooLarge,

    /// <summary>Packets refused because they were too large to cross, here or at their origin.</summary>
    TooLarge,

    /// <summary>Packets and answers given up because a chunk of them never came.</summary>
    Incomplete,

    /// <summary>Workers that were lost, downed or left.</summary>
    PeersGone,

    /// <summary>Times an older worker had this one's tag, so that this one took another.</summary>
    TagCollisions,

    /// <summary>Times the subscription was found dead and made anew.</summary>
    Resubscriptions,

    /// <summary>Times the thread of the cluster's own actors was held up, and another one went on.</summary>
    TakeOvers,
}

/// <summary>Counters of one worker; thread-safe.</summary>
internal sealed class PeerCounters
{
    public static readonly IReadOnlyList<PeerCounter> All = Enum.GetValues<PeerCounter>();

    private static readonly FrozenDictionary<PeerCounter, string> Names = All.ToFrozenDictionary(counter => counter, Kebab);

    private readonly long[] _values = new long[All.Count];

    public long this[PeerCounter counter] => Interlocked.Read(ref _values[(int)counter]);

    /// <summary>Such as <c>requests-timed-out</c>.</summary>
    public static string NameOf(PeerCounter counter) => Names[counter];

    public void Add(PeerCounter counter, long value = 1) => Interlocked.Add(ref _values[(int)counter], value);

    /// <summary>Values by name, such as <c>requests-timed-out</c>.</summary>
    public IReadOnlyDictionary<string, long> Snapshot() => All.ToDictionary(counter => Names[counter], counter => this[counter], StringComparer.Ordinal);

    private static string Kebab(PeerCounter counter) =>
        string.Concat(
            counter.ToString().Select((letter, index) => char.IsUpper(letter) ? (index == 0 ? "" : "-") + char.ToLowerInvariant(letter) : letter.ToString()));
}
