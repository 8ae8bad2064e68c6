using Akka.Actor;
using Akka.Actor.Setup;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Primary;

/// <summary>
/// The primary's cluster member, role <c>supervisor</c>: the only first seed, on a port that stays, without sockets. The side of a split
/// that it is on survives.
/// </summary>
internal sealed class SupervisorNode : ISupervisorNode, IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly IActorRef _supervisor;

    private SupervisorNode(ActorSystem system)
    {
        _system = system;
        OrphanedAssociations.Watch((ExtendedActorSystem)system);
        _supervisor = system.ActorOf(SupervisorActor.Props(), "socketio-supervisor");
        var cluster = AkkaCluster.Get(system);
        SeedNode = cluster.SelfAddress.ToString();
        // Joining oneself is what makes a first seed; by configuration its port would have to be known in advance.
        cluster.Join(cluster.SelfAddress);
    }

    public string SeedNode { get; }

    /// <summary>Completes when the member is no more, wanted or not.</summary>
    public Task Terminated => _system.WhenTerminated;

    /// <exception cref="PrimaryException">Its port is taken.</exception>
    public static SupervisorNode Start(PrimaryOptions options, ILoggerFactory loggers)
    {
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(SingleHostHocon.Supervisor(options.ClusterPort).WithFallback(ClusterAdapterHocon.Hardened())),
            new LoggerFactorySetup(loggers));
        try
        {
            return new SupervisorNode(ActorSystem.Create(options.SystemName, setup));
        }
        catch (Exception exception) when (exception is not ConfigurationException)
        {
            throw new PrimaryException(
                $"The primary's cluster member cannot listen on 127.0.0.1:{options.ClusterPort}: {exception.GetBaseException().Message}", exception);
        }
    }

    public void Down(string role) => _supervisor.Tell(new SupervisorActor.ProcessDied(role));

    public async ValueTask DisposeAsync() => await _system.Terminate().ConfigureAwait(false);
}
