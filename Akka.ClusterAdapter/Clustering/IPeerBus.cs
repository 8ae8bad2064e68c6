using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// The way to the other workers. What is published through one bus arrives at each of them in the order it was published, or not at all.
/// </summary>
internal interface IPeerBus
{
    /// <summary>Lets an actor of this worker hear what is published, its own messages included. Twice is once.</summary>
    void Subscribe(IActorRef subscriber);

    /// <summary>Publishes to every worker, this one included.</summary>
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
    public void Subscribe(IActorRef subscriber) => mediator.Tell(new Subscribe(topic, subscriber), subscriber);

    public void Publish(PeerMessage message, IActorRef? sender) => mediator.Tell(new Publish(topic, message), sender);
}
