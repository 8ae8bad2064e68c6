using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NetSocket = System.Net.Sockets.Socket;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>Kestrel's socket transport, whose connections write with a <see cref="SocketWriter"/>.</summary>
/// <param name="options">The application's settings of the socket transport; all but its write buffer's size stay in force.</param>
/// <param name="loggers">For the transport.</param>
internal sealed class DirectTransportFactory(IOptions<SocketTransportOptions> options, ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(Options.Create(ForSocketWriter(options.Value)), loggers);

    /// <summary>Where a call on a socket can be kept from blocking without harm to the transport's own calls.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public bool CanBind(EndPoint endpoint) => ((IConnectionListenerFactorySelector)_sockets).CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false));

    private static SocketTransportOptions ForSocketWriter(SocketTransportOptions wanted) => new()
    {
        Backlog = wanted.Backlog,
        CreateBoundListenSocket = wanted.CreateBoundListenSocket,
        IOQueueCount = wanted.IOQueueCount,
        MaxReadBufferSize = wanted.MaxReadBufferSize,
        NoDelay = wanted.NoDelay,
        UnsafePreferInlineScheduling = wanted.UnsafePreferInlineScheduling,
        WaitForDataBeforeAllocatingBuffer = wanted.WaitForDataBeforeAllocatingBuffer,

        // A flush ends when everything was sent: what the writer needs to know before it goes past the pipe.
        MaxWriteBufferSize = 1,
    };

    private sealed class Listener(IConnectionListener listener) : IConnectionListener
    {
        public EndPoint EndPoint => listener.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (connection?.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && TryUnblock(socket))
                connection.Transport = new Duplex(connection.Transport.Input, new SocketWriter(socket, connection.Transport.Output));
            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => listener.DisposeAsync();

        private static bool TryUnblock(NetSocket socket)
        {
            try
            {
                socket.Blocking = false;
                return true;
            }
            catch (Exception)
            {
                // It is gone already, and the server will find out; what is thrown here would end its accepting.
                return false;
            }
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
