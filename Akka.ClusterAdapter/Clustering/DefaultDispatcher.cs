using Akka.Actor;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes the default dispatcher as Akka does, and one exception: what the mediator and the cluster's core make (topics, the cluster's daemon) gets the
/// cluster's dispatcher, where <c>use-dispatcher</c> says so of them. Akka names none for it, and under <c>/system</c> no deployment is looked up; but whoever
/// makes an actor asks here where it runs.
/// </summary>
internal sealed class DefaultDispatcherConfigurator : MessageDispatcherConfigurator
{
    /// <summary>Its name in a dispatcher's <c>type</c>.</summary>
    public const string Name = "Akka.ClusterAdapter.Clustering.DefaultDispatcherConfigurator, Akka.ClusterAdapter";

    private const string Core = "/system/cluster/core";

    private readonly DispatcherConfigurator _usual;
    private readonly string _mediator;
    private readonly bool _hasMediator;
    private readonly bool _hasCore;

    public DefaultDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _usual = new DispatcherConfigurator(config, prerequisites);
        var all = prerequisites.Settings.Config;
        _mediator = "/system/" + all.GetString("akka.cluster.pub-sub.name", "distributedPubSubMediator");
        _hasMediator = all.GetString("akka.cluster.pub-sub.use-dispatcher", "") == ClusterLoop.DispatcherId;
        _hasCore = all.GetString("akka.cluster.use-dispatcher", "") == ClusterLoop.DispatcherId;
    }

    public override MessageDispatcher Dispatcher() =>
        ActorCell.GetCurrentSelfOrNoSender() is { } maker && IsClusters(maker.Path)
            ? Prerequisites.Settings.System.Dispatchers.Lookup(ClusterLoop.DispatcherId)
            : _usual.Dispatcher();

    // /system/cluster itself is not among them: it makes actors that run the application's callbacks (RegisterOnMemberUp).
    private bool IsClusters(ActorPath maker)
    {
        var path = maker.ToStringWithoutAddress();
        return (_hasMediator && path == _mediator) || (_hasCore && (path == Core || path.StartsWith(Core + "/", StringComparison.Ordinal)));
    }
}
