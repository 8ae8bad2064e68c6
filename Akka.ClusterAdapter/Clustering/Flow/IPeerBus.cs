using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// The way to the other workers. What is published through one bus arrives at each of them in the order it was published, or not at all.
/// </summary>
internal interface IPeerBus
{
    /// <summary>Sends to every other worker; whether this one hears it too is the bus's affair.</summary>
    /// <param name="message">Must not change any more.</param>
    /// <param name="sender">Whom answers go to; null when none are wanted.</param>
    void Publish(PeerMessage message, IActorRef? sender);
}

/// <summary>
/// Distributed publish-subscribe on one fixed topic. A topic is never made of what users write: a fresh one is deaf for seconds,
/// many of them choke the registry, and a blank one kills every subscription of the node.
/// </summary>
internal sealed class MediatorBus(IActorRef mediator, string topic) : IPeerBus
{
    /// <summary>Lets an actor of this worker hear what is published, its own messages included. Twice is once.</summary>
    public void Subscribe(IActorRef subscriber) => mediator.Tell(new Subscribe(topic, subscriber), subscriber);

    public void Publish(PeerMessage message, IActorRef? sender) => mediator.Tell(new Publish(topic, message), sender);
}

/// <summary>
/// The same bytes straight to each worker, as far as its window goes: the rest waits in its queue. The topic cannot leave out one subscriber,
/// and a process that stands still would have everything published piled up for it in this one.
/// </summary>
internal sealed class DirectBus(IReadOnlyCollection<PeerWindow> windows) : IPeerBus
{
    public void Publish(PeerMessage message, IActorRef? sender)
    {
        var direct = new DirectMessage((OrderedMessage)message);
        var size = message.Encode().Length;
        foreach (var window in windows)
            window.Send(direct, size, sender);
    }
}
