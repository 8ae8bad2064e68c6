using Akka.Actor;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes the default dispatcher as Akka does, and one exception: what the mediator and the cluster's core make (topics, the cluster's daemon) gets the
/// dispatcher of who makes it, where that is the cluster's. Akka names none for them, and under <c>/system</c> no deployment is looked up; but whoever makes
/// an actor asks here where it runs.
/// </summary>
internal sealed class DefaultDispatcherConfigurator : MessageDispatcherConfigurator
{
    /// <summary>Its name in a dispatcher's <c>type</c>.</summary>
    public const string Name = "Akka.ClusterAdapter.Clustering.DefaultDispatcherConfigurator, Akka.ClusterAdapter";

    private const string Core = "/system/cluster/core";

    private readonly DispatcherConfigurator _usual;
    private readonly string _mediator;

    public DefaultDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _usual = new DispatcherConfigurator(config, prerequisites);
        _mediator = "/system/" + prerequisites.Settings.Config.GetString("akka.cluster.pub-sub.name", "distributedPubSubMediator");
    }

    public override MessageDispatcher Dispatcher() =>
        ActorCell.GetCurrentSelfOrNoSender() is ActorRefWithCell { Underlying: ActorCell { Dispatcher: { Id: ClusterLoop.DispatcherId } own } } maker && IsClusters(maker.Path)
            ? own
            : _usual.Dispatcher();

    // /system/cluster itself is not among them: it makes actors that run the application's callbacks (RegisterOnMemberUp).
    private bool IsClusters(ActorPath maker)
    {
        var path = maker.ToStringWithoutAddress();
        return path == _mediator || path == Core || path.StartsWith(Core + "/", StringComparison.Ordinal);
    }
}
