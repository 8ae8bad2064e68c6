using Akka.Actor;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes the default dispatcher as Akka does, and one exception: topics of publish-subscribe get the cluster's dispatcher. They name none, and under
/// <c>/system</c> no deployment is looked up; but their mediator makes them, and whoever makes an actor asks here where it runs.
/// </summary>
internal sealed class DefaultDispatcherConfigurator : MessageDispatcherConfigurator
{
    /// <summary>Its name in a dispatcher's <c>type</c>.</summary>
    public const string Name = "Akka.ClusterAdapter.Clustering.DefaultDispatcherConfigurator, Akka.ClusterAdapter";

    private const string MediatorKey = "akka.cluster.pub-sub.name";

    private readonly DispatcherConfigurator _usual;
    private readonly string _mediator;

    public DefaultDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _usual = new DispatcherConfigurator(config, prerequisites);
        _mediator = prerequisites.Settings.Config.GetString(MediatorKey, "distributedPubSubMediator");
    }

    public override MessageDispatcher Dispatcher() => IsMediator(ActorCell.GetCurrentSelfOrNoSender()) ? OfTopics() : _usual.Dispatcher();

    private MessageDispatcher OfTopics()
    {
        var system = Prerequisites.Settings.System;
        return ClusterLoop.Of(system).IsOn && system.Dispatchers.HasDispatcher(ClusterLoop.DispatcherId)
            ? system.Dispatchers.Lookup(ClusterLoop.DispatcherId)
            : _usual.Dispatcher();
    }

    private bool IsMediator(IActorRef? maker) =>
        maker is not null && maker.Path.Name == _mediator && maker.Path.Parent is { Name: "system", Depth: 1 };
}
