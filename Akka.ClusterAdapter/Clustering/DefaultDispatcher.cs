using Akka.Actor;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Makes the default dispatcher as Akka does, and two exceptions: what the mediator and the cluster's core make (topics, the cluster's daemon) gets the
/// cluster's dispatcher, where <c>use-dispatcher</c> says so of them. Akka names none for it, and under <c>/system</c> no deployment is looked up; but whoever
/// makes an actor asks here where it runs. And what the adapter actor makes here, because it runs the application's code, runs on the thread that stands by
/// (docs/decisions/0109) when that has nothing else to do.
/// </summary>
internal sealed class DefaultDispatcherConfigurator : MessageDispatcherConfigurator
{
    /// <summary>Its name in a dispatcher's <c>type</c>.</summary>
    public const string Name = "Akka.ClusterAdapter.Clustering.DefaultDispatcherConfigurator, Akka.ClusterAdapter";

    private const string Core = "/system/cluster/core";
    private const string Adapter = $"/user/{ClusterAdapterExtension.ActorName}";

    private readonly DispatcherConfigurator _usual;
    private readonly string _mediator;
    private readonly bool _hasMediator;
    private readonly bool _hasCore;
    private readonly Dispatcher? _aside;

    public DefaultDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _usual = new DispatcherConfigurator(config, prerequisites);
        var all = prerequisites.Settings.Config;
        _mediator = "/system/" + all.GetString("akka.cluster.pub-sub.name", "distributedPubSubMediator");
        _hasMediator = all.GetString("akka.cluster.pub-sub.use-dispatcher", "") == ClusterLoop.DispatcherId;
        _hasCore = all.GetString("akka.cluster.use-dispatcher", "") == ClusterLoop.DispatcherId;
        // Threads of the application's own stay what its actors run on.
        if (config.GetString("executor", "default-executor") is "default-executor" or "thread-pool-executor" && ClusterLoop.UseOf(all) == LoopUse.Cluster)
        {
            var elsewhere = new ElsewhereExecutors(ClusterLoop.Of(prerequisites.Settings.System).TryRunAside, ConfigureExecutor());
            _aside = elsewhere.MakeDispatcher(this, Dispatchers.DefaultDispatcherId, config);
        }
    }

    public override MessageDispatcher Dispatcher() => ActorCell.GetCurrentSelfOrNoSender() switch
    {
        { } maker when IsClusters(maker.Path) => Prerequisites.Settings.System.Dispatchers.Lookup(ClusterLoop.DispatcherId),
        { } maker when _aside is not null && maker.Path.ToStringWithoutAddress() == Adapter => _aside,
        _ => _usual.Dispatcher(),
    };

    // /system/cluster itself is not among them: it makes actors that run the application's callbacks (RegisterOnMemberUp).
    private bool IsClusters(ActorPath maker)
    {
        var path = maker.ToStringWithoutAddress();
        return (_hasMediator && path == _mediator) || (_hasCore && (path == Core || path.StartsWith(Core + "/", StringComparison.Ordinal)));
    }
}
