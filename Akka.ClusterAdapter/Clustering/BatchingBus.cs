using Akka.Actor;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Publishes what one turn of an actor brings as one message: everything that is published before the actor has worked off what waits for it now. An actor
/// that has nothing else to do sends at once. What wants answers, and what is no ordered message, leaves for itself, behind what came before it.
/// Used by one actor only.
/// </summary>
/// <param name="origin">Whose messages these are.</param>
/// <param name="bus">Where they go.</param>
/// <param name="requestTurn">Has <see cref="Flush"/> called when the actor has worked off what waits for it now.</param>
/// <param name="gathered">Called when several messages left as one.</param>
internal sealed class BatchingBus(long origin, IPeerBus bus, Action requestTurn, Action gathered) : IPeerBus
{
    private const int BatchHead = 16;

    private readonly List<OrderedMessage> _messages = [];
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
        if (_messages.Count == 1)
            requestTurn();
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
            gathered();
        }

        _messages.Clear();
        _bytes = BatchHead;
    }
}
