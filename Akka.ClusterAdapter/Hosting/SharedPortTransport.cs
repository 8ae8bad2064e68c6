using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Kestrel's way to the shared port, in front of the transport that would have it otherwise: listens there only when this worker is ready. Until then the
/// kernel gives all connections to workers that can serve them, and a worker that never becomes ready takes none.
/// </summary>
internal sealed class SharedPortTransport(SharedPort port, IServiceProvider services) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private SharedPort Port => port;

    private IServiceProvider Services => services;

    public bool CanBind(EndPoint endpoint) => port.EndPoint.Equals(endpoint);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            port.Bind();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            // What Kestrel tells in a sentence.
            throw new AddressInUseException(e.Message, e);
        }

        // Now that they are all there, one of them may ask for the others.
        var transport = services.GetServices<IConnectionListenerFactory>().Last(factory => factory is not SharedPortTransport && CanBind(factory, endpoint));
        return new(new Listener(this, transport));
    }

    private static bool CanBind(IConnectionListenerFactory factory, EndPoint endpoint) =>
        factory is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    private sealed class Listener(SharedPortTransport shared, IConnectionListenerFactory transport) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbound = CancellationTokenSource.CreateLinkedTokenSource(shared.Port.Left);
        private IConnectionListener? _listener;

        public EndPoint EndPoint => shared.Port.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return await (_listener ??= await ListenAsync().ConfigureAwait(false)).AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException && _unbound.IsCancellationRequested)
            {
                return null;
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync().ConfigureAwait(false);
            shared.Port.Leave();
            if (_listener is not null)
                await _listener.UnbindAsync(cancellationToken).ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync().ConfigureAwait(false);
            if (_listener is not null)
                await _listener.DisposeAsync().ConfigureAwait(false);
        }

        private async ValueTask<IConnectionListener> ListenAsync()
        {
            await ProcessReadiness.WaitUntilReadyAsync(shared.Services, _unbound.Token).ConfigureAwait(false);
            var listener = await transport.BindAsync(EndPoint, _unbound.Token).ConfigureAwait(false);
            shared.Port.BeginListening();
            return listener;
        }
    }
}
