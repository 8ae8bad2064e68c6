using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Gateway;

namespace Akka.Hosting;

/// <summary>The cluster side of a gateway.</summary>
public static class SocketIOGatewayAkkaExtensions
{
    extension(AkkaConfigurationBuilder builder)
    {
        /// <summary>
        /// Makes this actor system a gateway of a Socket.IO cluster. Call it after <c>WithRemoting</c> and <c>WithClustering</c>; give the member any role but
        /// the workers'. The settings of <see cref="ClusterAdapterHocon.Hardened"/> are put in front of those configured so far, except where those differ from
        /// Akka's defaults. In front always: <c>akka.cluster.pub-sub.role</c> and <c>akka.coordinated-shutdown.run-by-clr-shutdown-hook</c>, and the time of
        /// the phase <c>before-service-unbind</c> unless it is longer.
        /// </summary>
        /// <param name="role">The workers' role, <c>akka.cluster-adapter.role</c>. Default "socketio".</param>
        public AkkaConfigurationBuilder WithSocketIOGateway(string role = "socketio")
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(role);
            return builder
                .AddHocon($"akka.cluster-adapter.role = {ClusterAdapterHocon.Quote(role)}", HoconAddMode.Prepend)
                .AddHocon(ClusterAdapterHocon.HardenedOver(builder.Earlier, role), HoconAddMode.Prepend)
                .WithHostLogger()
                .WithExtension<GatewayProvider>();
        }
    }
}
