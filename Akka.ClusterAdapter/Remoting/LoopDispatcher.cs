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
        var executors = new ElsewhereExecutors(loop.TryRun, ConfigureExecutor());
        var id = config.GetString("id", ClusterLoop.DispatcherId);
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks;
        var patience = config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
        _dispatcher = new Dispatcher(this, id, config.GetInt("throughput", 30), deadline > 0 ? deadline : null, executors, patience);
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
