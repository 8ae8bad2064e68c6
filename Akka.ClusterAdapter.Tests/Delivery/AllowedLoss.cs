namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>What the promise of delivery leaves open in a test: messages between two workers that were sent in a period.</summary>
/// <param name="From">The worker they were sent through; null for every one.</param>
/// <param name="To">The worker of the sockets that miss them; null for every one.</param>
/// <param name="Since">When it began.</param>
/// <param name="Until">When it was over; null for never.</param>
internal sealed record AllowedLoss(int? From, int? To, TimeSpan Since, TimeSpan? Until = null)
{
    public bool Covers(int from, int to, TimeSpan sentAt) =>
        (From ?? from) == from && (To ?? to) == to && sentAt >= Since && !(sentAt > Until);
}
