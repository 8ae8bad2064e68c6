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
        var executors = new LoopExecutors(ClusterLoop.Of(prerequisites.Settings.System), ConfigureExecutor());
        var id = config.GetString("id", ClusterLoop.DispatcherId);
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks;
        var patience = config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
        _dispatcher = new Dispatcher(this, id, config.GetInt("throughput", 30), deadline > 0 ? deadline : null, executors, patience);
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <inheritdoc cref="LoopDispatcherConfigurator"/>
internal sealed class LoopExecutors(ClusterLoop loop, ExecutorServiceFactory otherwise) : ExecutorServiceFactory
{
    public override ExecutorService Produce(string id) => new LoopExecutor(id, loop, otherwise);
}

/// <inheritdoc cref="LoopDispatcherConfigurator"/>
internal sealed class LoopExecutor(string id, ClusterLoop loop, ExecutorServiceFactory otherwise) : ExecutorService(id)
{
    // It may have threads of its own.
    private readonly Lazy<ExecutorService> _otherwise = new(() => otherwise.Produce(id));

    public override void Execute(IRunnable run)
    {
        if (!loop.TryRun(run))
            _otherwise.Value.Execute(run);
    }

    /// <summary>The thread is the transport's.</summary>
    public override void Shutdown()
    {
        if (_otherwise.IsValueCreated)
            _otherwise.Value.Shutdown();
    }
}
