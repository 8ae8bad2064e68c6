using System.Net;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Primary;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.Hosting;

/// <summary>Lets several worker processes of one machine listen on one port.</summary>
public static class SocketIOSharedPortExtensions
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>
        /// Listens where other processes listen too (<c>SO_REUSEPORT</c>; the kernel gives each connection to one of them) and on a free port of 127.0.0.1,
        /// where the other workers forward what belongs to this one. It listens on the shared port only while it is ready: not before the other workers have
        /// confirmed it, and not any more when the application begins to stop, so that new connections go to workers that can serve them, while those it has
        /// are served on. <c>AddSocketIOWorker</c> does this by itself; call it where another process manager starts the workers, once.
        /// </summary>
        /// <param name="listen">Address and port; the same in every process.</param>
        /// <exception cref="PlatformNotSupportedException">This system cannot share a port between processes: only Linux can.</exception>
        public IHostApplicationBuilder AddSocketIOSharedPort(IPEndPoint listen)
        {
            ArgumentNullException.ThrowIfNull(listen);
            ArgumentOutOfRangeException.ThrowIfZero(listen.Port);
            if (!ListenPort.IsShareable)
                throw new PlatformNotSupportedException($"This system cannot share port {listen.Port} between processes: give each worker one of its own.");
            builder.Services.AddSingleton(_ => new SharedPort(listen));
            builder.Services.AddOptions<SocketTransportOptions>()
                .Configure<SharedPort>((transport, port) => transport.CreateBoundListenSocket = port.SocketFor);
            // Kestrel asks the last one first; whatever else the process listens on stays with the others.
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SocketTransportFactory>());
            builder.Services.AddSingleton<IConnectionListenerFactory, SharedPortTransport>();
            builder.Services.Configure<KestrelServerOptions>(kestrel =>
            {
                kestrel.Listen(listen);
                // On the shared port nobody can choose a worker; here the others reach this one.
                kestrel.Listen(IPAddress.Loopback, 0);
            });
            return builder;
        }
    }
}
