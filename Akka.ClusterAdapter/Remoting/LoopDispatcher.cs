using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>
/// Makes <see cref="ClusterLoop.DispatcherId"/>: its actors run on the receiving thread, and where there is none with the executor that is configured.
/// </summary>
internal sealed class LoopDispatcherConfigurator : MessageDispatcherConfigurator
{
    /// <summary>Its name in a dispatcher's <c>type</c>.</summary>
    public const string Name = "Akka.ClusterAdapter.Remoting.LoopDispatcherConfigurator, Akka.ClusterAdapter";

    private readonly Dispatcher _dispatcher;

    public LoopDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        var loop = ClusterLoop.Of(prerequisites.Settings.System);
        var id = config.GetString("id", ClusterLoop.DispatcherId);
        _dispatcher = new ElsewhereExecutors(loop.TryRun, ConfigureExecutor()).MakeDispatcher(this, id, config);
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
