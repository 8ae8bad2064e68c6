using System.IO.Pipelines;
using System.Net;
using Akka.ClusterAdapter.Engine.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Engine.WebSockets;

/// <summary>
/// Kestrel's socket transport with the application's settings, whose connections can write with a <see cref="SocketWriter"/>. To endpoints of others it is
/// Kestrel's own.
/// </summary>
/// <param name="sockets">The application's settings of the socket transport.</param>
/// <param name="loggers">For the transport.</param>
/// <param name="options">Whether it is wanted.</param>
internal sealed class DirectTransportFactory(IOptions<SocketTransportOptions> sockets, ILoggerFactory loggers, IOptions<DirectTransportOptions> options)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _transport = new(sockets, loggers);
    private readonly Lazy<ConnectionPlaces> _places = new(() => new(options.Value.MostConnections ?? ConnectionPlaces.MostNow(), loggers));

    /// <summary>Where a call on a socket can be kept from blocking without harm to the transport's own calls.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>When it is not wanted Kestrel asks the next one, its own.</summary>
    public bool CanBind(EndPoint endpoint) =>
        (options.Value.IsOn || options.Value.Loop is not null) && ((IConnectionListenerFactorySelector)_transport).CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        options.Value.Loop is { } loop
            ? new Listener(new LoopListener(endpoint, sockets.Value, loop), _places.Value, isLoop: true)
            : new Listener(await _transport.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), _places.Value, isLoop: false);

    private sealed class Listener(IConnectionListener listener, ConnectionPlaces places, bool isLoop) : IConnectionListener
    {
        public EndPoint EndPoint => listener.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            while (connection is not null && !places.TryTake(connection))
            {
                connection.Abort(new ConnectionAbortedException("There are too many connections."));
                await connection.DisposeAsync().ConfigureAwait(false);
                connection = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!isLoop && connection?.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
                connection.Transport = new Duplex(connection.Transport.Input, new SocketWriter(socket, connection.Transport.Output));
            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
