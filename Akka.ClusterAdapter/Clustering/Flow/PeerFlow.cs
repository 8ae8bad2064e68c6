using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// Gives every ordered message its number and sends it: through the topic, and as long as one worker does not keep up, directly to the others.
/// Used by the adapter actor only.
/// </summary>
/// <param name="origin">Whose messages these are.</param>
/// <param name="topic">The usual way.</param>
/// <param name="counters">Counts.</param>
/// <param name="log">Told when the way changes.</param>
internal sealed class PeerFlow(long origin, IPeerBus topic, PeerCounters counters, ILoggingAdapter log)
{
    private readonly Dictionary<long, PeerWindow> _windows = [];
    private DirectBus? _direct;

    /// <summary>Number of the last message.</summary>
    public long Sequence { get; private set; }

    /// <summary>Number of the last message that left through the topic.</summary>
    public long LastThroughTopic { get; private set; }

    /// <summary>True while messages go directly to each worker.</summary>
    public bool IsDirect => _direct is not null;

    public IReadOnlyCollection<PeerWindow> Windows => _windows.Values;

    /// <summary>Sends the next message.</summary>
    /// <returns>
    /// True when what follows goes directly. Then something must follow through the topic that tells <see cref="LastThroughTopic"/>:
    /// a receiver holds direct messages until it has seen everything before them.
    /// </returns>
    public bool Publish(OrderedMessage message, int size, IActorRef? sender)
    {
        message.Stamp(origin, ++Sequence);
        if (_direct is not null)
        {
            _direct.Publish(message, sender);
            return false;
        }

        LastThroughTopic = Sequence;
        topic.Publish(message, sender);
        var isFull = false;
        foreach (var window in _windows.Values)
        {
            window.Count(Sequence, size);
            isFull |= !window.IsOpen;
        }

        if (isFull)
            BeginDirect();
        return isFull;
    }

    /// <summary>A worker hears us now.</summary>
    public void Add(long peer, PeerWindow window)
    {
        if (_windows.TryAdd(peer, window) && _direct is not null)
            Announce(window);
    }

    public bool Has(long peer) => _windows.ContainsKey(peer);

    /// <summary>A worker is gone, and what waits for it with it.</summary>
    public void Remove(long peer)
    {
        if (_windows.Remove(peer))
            EndDirectWhenCalm();
    }

    /// <summary>A worker tells how far it is.</summary>
    public void Credit(long peer, PeerCredit credit)
    {
        if (credit.StreamOrigin != origin || !_windows.TryGetValue(peer, out var window))
            return;
        window.Credit(credit.Received, credit.Unread);
        EndDirectWhenCalm();
    }

    /// <summary>While messages go directly: tells each worker that still has some of them on their way what it should have got.</summary>
    public void TellReached()
    {
        if (_direct is null)
            return;
        foreach (var window in _windows.Values.Where(window => window.InFlight > 0))
            window.Peer.Tell(new DirectReached(origin, LastThroughTopic, window.LastSequence), ActorRefs.NoSender);
    }

    private void BeginDirect()
    {
        _direct = new DirectBus(_windows.Values);
        foreach (var window in _windows.Values)
            Announce(window);
        counters.Add(PeerCounter.DirectPeriods);
        log.Debug("A worker's window is full: messages go directly to each worker.");
    }

    private void Announce(PeerWindow window) => window.Peer.Tell(new DirectBegins(origin, LastThroughTopic, Sequence + 1), ActorRefs.NoSender);

    // Back to the topic needs no word: what is told now leaves before what is published next, and the topic's way is the longer one.
    private void EndDirectWhenCalm()
    {
        if (_direct is null || !_windows.Values.All(window => window.IsCalm))
            return;
        _direct = null;
        log.Debug("Every worker keeps up: messages go through the topic.");
    }
}
