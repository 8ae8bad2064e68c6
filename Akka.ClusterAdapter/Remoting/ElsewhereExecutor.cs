using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Makes executors of actors that run elsewhere than where they are configured to, as long as there is such a place.</summary>
/// <param name="tryRun">Runs an actor there; false when there is no such place, or it has no room.</param>
/// <param name="otherwise">What is configured.</param>
internal sealed class ElsewhereExecutors(Func<IRunnable, bool> tryRun, ExecutorServiceFactory otherwise) : ExecutorServiceFactory
{
    public override ExecutorService Produce(string id) => new ElsewhereExecutor(id, tryRun, otherwise);

    /// <summary>Makes a dispatcher whose actors run there, with the other settings that are configured.</summary>
    public Dispatcher MakeDispatcher(MessageDispatcherConfigurator maker, string id, Config config)
    {
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks;
        var patience = config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
        return new Dispatcher(maker, id, config.GetInt("throughput", 30), deadline > 0 ? deadline : null, this, patience);
    }
}

/// <inheritdoc cref="ElsewhereExecutors"/>
internal sealed class ElsewhereExecutor(string id, Func<IRunnable, bool> tryRun, ExecutorServiceFactory otherwise) : ExecutorService(id)
{
    // It may have threads of its own.
    private readonly Lazy<ExecutorService> _otherwise = new(() => otherwise.Produce(id));

    public override void Execute(IRunnable run)
    {
        if (!tryRun(run))
            _otherwise.Value.Execute(run);
    }

    /// <summary>The place is somebody else's.</summary>
    public override void Shutdown()
    {
        if (_otherwise.IsValueCreated)
            _otherwise.Value.Shutdown();
    }
}
