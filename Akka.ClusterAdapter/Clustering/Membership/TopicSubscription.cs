using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// This worker's subscription to the topic. Its own hello comes back through the mediator; when it does not, the mediator was restarted and has forgotten
/// us. Used by the adapter actor only.
/// </summary>
/// <param name="topic">The topic.</param>
/// <param name="subscriber">The adapter actor.</param>
/// <param name="state">How often a hello is said, and what is counted.</param>
/// <param name="log">Told when the subscription is lost.</param>
internal sealed class TopicSubscription(MediatorBus topic, IActorRef subscriber, ClusterState state, ILoggingAdapter log)
{
    // A process that was held up finds its beats late, not lost: only several that do not come back count.
    private const int MostUnheard = 3;
    private int _unheard;
    private TimeSpan? _lastHeard;

    /// <summary>How often this worker has subscribed; 0 for one that has not.</summary>
    public int Generation { get; private set; }

    /// <summary>True when a hello of this worker has come back since it subscribed.</summary>
    public bool HearsItself { get; private set; }

    /// <summary>Set when the topic does not reach this member any more, whoever wants it to.</summary>
    public bool IsOver { get; set; }

    /// <summary>Subscribes, for the first time or when hellos were said and none came back for too long; false when there is no need.</summary>
    public bool RenewIfLost(TimeSpan now)
    {
        var isFirst = Generation == 0;
        if (!isFirst && (IsOver || !(now - _lastHeard > 2 * state.Settings.BeatInterval) || _unheard < MostUnheard))
            return false;
        if (!isFirst)
            TellLost();
        Generation++;
        HearsItself = false;
        _lastHeard = null;
        _unheard = 0;
        topic.Subscribe(subscriber);
        return true;
    }

    /// <summary>A hello is on its way.</summary>
    public void Expect(TimeSpan now)
    {
        _lastHeard ??= now;
        _unheard++;
    }

    /// <summary>A hello of this worker came back.</summary>
    /// <param name="generation">That of the subscription when it was said.</param>
    /// <param name="now">The present moment.</param>
    /// <returns>True for the first one since it subscribed.</returns>
    public bool Hear(int generation, TimeSpan now)
    {
        if (generation != Generation)
            return false;
        _lastHeard = now;
        _unheard = 0;
        var isFirst = !HearsItself;
        HearsItself = true;
        return isFirst;
    }

    private void TellLost()
    {
        state.Counters.Add(PeerCounter.Resubscriptions);
        log.Error(
            "This worker has not heard its own beats on topic {0}: it subscribes again. Messages of other workers may have been lost meanwhile.",
            state.Settings.Topic);
    }
}
