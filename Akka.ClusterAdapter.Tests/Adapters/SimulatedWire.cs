using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Everything that crosses between simulated workers is written and read.</summary>
internal static class SimulatedWire
{
    public static FetchedPage Cross(FetchedPage page)
    {
        var message = new LogFetched(1, 1, page);
        return ((LogFetched)PeerMessageSerializer.Read(message.Encode(), message.Manifest)).Page;
    }

    public static CopySessions Cross(CopySessions message) => (CopySessions)PeerMessageSerializer.Read(message.Encode(), message.Manifest);

    public static GivenSession Cross(GivenSession given)
    {
        var message = new SessionClaimed(1, 1, given, ClaimOutcome.Recovered);
        return ((SessionClaimed)PeerMessageSerializer.Read(message.Encode(), message.Manifest)).Given!;
    }

    public static HandedSession Cross(HandedSession handed)
    {
        var message = new KeepSessions("/", 1, TimeSpan.FromSeconds(1), [handed]);
        return ((KeepSessions)PeerMessageSerializer.Read(message.Encode(), message.Manifest)).Sessions[0];
    }

    public static LogTrail Cross(LogTrail trail)
    {
        var message =
            new KeepTrail("/", 1, TimeSpan.FromSeconds(1), trail.Epoch, trail.First, trail.Before, true, trail.Places.ToArray()) { Lives = trail.Lives };
        var read = (KeepTrail)PeerMessageSerializer.Read(message.Encode(), message.Manifest);
        return new LogTrail(read.Epoch, read.First, read.Before!, read.Places) { Lives = read.Lives };
    }
}
