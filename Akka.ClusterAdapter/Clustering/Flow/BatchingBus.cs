using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// Publishes what comes together as one message: what its actor has waiting for it now, and while messages crowd what comes within a moment. What wants
/// answers, and what is no ordered message, leaves for itself, behind what came before it. Used by one actor only.
/// </summary>
/// <param name="origin">Whose messages these are.</param>
/// <param name="bus">Where they go.</param>
/// <param name="owner">The actor; it is told <see cref="SendBatch"/> when it should <see cref="Flush"/>.</param>
/// <param name="time">Tells a crowd.</param>
/// <param name="counters">Counts batches.</param>
/// <param name="hasFineTimers">False where a timer of 1 ms takes 15 (Windows): there no message waits for a moment, and what its actor has waiting is all
/// that comes together.</param>
/// <param name="guard">The gate of its timer.</param>
internal sealed class BatchingBus(
    long origin, IPeerBus bus, IActorRef owner, TimeProvider time, PeerCounters counters, bool hasFineTimers, Guard guard) : IPeerBus
{
    private const int BatchHead = 16;

    /// <summary>A message that follows so many others within <see cref="CrowdTime"/> is in a crowd: two thousand a second, evenly spread, are none.</summary>
    private const int Crowd = 8;
    private static readonly TimeSpan CrowdTime = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly List<OrderedMessage> _messages = [];
    private readonly ITimer _moment =
        guard.CreateTimer(time, nameof(BatchingBus), static owner => Remind(owner), owner, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private readonly long[] _lastTimes = new long[Crowd];
    private readonly long _crowdTicks = (long)(CrowdTime.TotalSeconds * time.TimestampFrequency);
    private int _oldest;
    private int _bytes = BatchHead;

    public void Publish(PeerMessage message, IActorRef? sender)
    {
        if (message is not OrderedMessage ordered || !sender.IsNobody())
        {
            Flush();
            bus.Publish(message, sender);
            return;
        }

        var size = ordered.Encode().Length + PeerBatch.Head;
        if (_bytes + size > PeerLimits.LargestMessage)
            Flush();
        _messages.Add(ordered);
        _bytes += size;
        var isCrowded = IsCrowded();
        if (_messages.Count > 1)
            return;
        if (isCrowded && hasFineTimers)
            _moment.Change(Moment, Timeout.InfiniteTimeSpan);
        else
            Remind(owner);
    }

    /// <summary>Publishes what was gathered.</summary>
    public void Flush()
    {
        if (_messages.Count == 0)
            return;
        if (_messages.Count == 1)
        {
            bus.Publish(_messages[0], ActorRefs.NoSender);
        }
        else
        {
            bus.Publish(new PeerBatch(origin, _messages.ToArray()), ActorRefs.NoSender);
            counters.Add(PeerCounter.Batches);
        }

        _messages.Clear();
        _bytes = BatchHead;
    }

    /// <summary>Nothing is due any more.</summary>
    public void End() => _moment.Dispose();

    private static void Remind(IActorRef owner) => owner.Tell(SendBatch.Instance, ActorRefs.NoSender);

    /// <summary>Notes that a message came.</summary>
    private bool IsCrowded()
    {
        var now = time.GetTimestamp();
        var isCrowded = now - _lastTimes[_oldest] < _crowdTicks;
        _lastTimes[_oldest] = now;
        _oldest = (_oldest + 1) % Crowd;
        return isCrowded;
    }
}
