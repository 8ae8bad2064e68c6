using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Hosting.Logging;
using AkkaCluster = Akka.Cluster.Cluster;

namespace TestServer.Processes;

/// <summary>The parent's cluster member: the first seed, without sockets. It downs the members of dead workers, so that the others know at once.</summary>
internal sealed class SupervisorNode : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers = LoggerFactory.Create(logging => ServerApp.LogToStandardError(logging, LogLevel.Warning));
    private readonly ActorSystem _system;

    public SupervisorNode(Settings settings)
    {
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ClusterHocon.Supervisor(settings)), new LoggerFactorySetup(_loggers));
        _system = ActorSystem.Create(ClusterHocon.SystemName, setup);

        // Joining oneself is what makes a first seed.
        Cluster.Join(Cluster.SelfAddress);
    }

    /// <summary>Address that workers join.</summary>
    public string Address => Cluster.SelfAddress.ToString();

    private AkkaCluster Cluster => AkkaCluster.Get(_system);

    /// <summary>Removes the member with a dead worker's own role.</summary>
    public void Down(string role)
    {
        foreach (var member in Cluster.State.Members.Where(member => member.HasRole(role)))
            Cluster.Down(member.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _loggers.Dispose();
    }
}
