using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Primary;

namespace Akka.Hosting;

/// <summary>The cluster side of a worker process that a primary runs.</summary>
public static class SocketIOWorkerAkkaExtensions
{
    extension(AkkaConfigurationBuilder akka)
    {
        /// <summary>
        /// Makes the actor system a member of the cluster of this machine's workers: remoting on a free port of 127.0.0.1, the primary as the only seed,
        /// and the rule that the primary's side survives a split. It logs to the host's log, without the ends of links to other processes, for the primary
        /// tells of a dead worker. Call it last: what is prepended later wins.
        /// </summary>
        /// <param name="worker"><see cref="WorkerEnvironment.Current"/>.</param>
        /// <param name="role">The adapter's role, <c>akka.cluster-adapter.role</c>. Default "socketio".</param>
        public AkkaConfigurationBuilder WithSocketIOWorker(WorkerEnvironment worker, string role = "socketio")
        {
            ArgumentNullException.ThrowIfNull(worker);
            ArgumentException.ThrowIfNullOrWhiteSpace(role);
            return akka.AddHocon(SingleHostHocon.Worker(worker, role), HoconAddMode.Prepend);
        }
    }
}
