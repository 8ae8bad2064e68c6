namespace Akka.ClusterAdapter.Faults.Soak.Histories;

/// <summary>
/// What docs/delivery.md leaves open: messages between two processes that were sent in a period. Moments are those of <see cref="Environment.TickCount64"/>.
/// </summary>
/// <param name="From">Life of the sender; null for all.</param>
/// <param name="To">Life of the worker of the client that misses them; null for all, and for clients that were away.</param>
/// <param name="Since">When it began.</param>
internal sealed record Excuse(string? From, string? To, long Since)
{
    private const string Unknown = "?";

    /// <summary>When it was over; <see cref="long.MaxValue"/> for never.</summary>
    public long Until { get; set; } = long.MaxValue;

    /// <param name="from">The sender.</param>
    /// <param name="to">The client's worker at that time; null when it was away, <c>?</c> when it is not known.</param>
    /// <param name="sentAfter">When it was sent at the earliest.</param>
    /// <param name="sentAt">When it was sent at the latest.</param>
    public bool Covers(string from, string? to, long sentAfter, long sentAt) =>
        (From is null || From == from) && (To is null || To == to || to == Unknown) && sentAt >= Since && sentAfter <= Until;
}
