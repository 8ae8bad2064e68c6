using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>A port of Kestrel's whose connections the loop reads.</summary>
internal sealed class LoopListener : IConnectionListener
{
    /// <summary>When the process has no descriptor left; whoever knocks waits in the kernel's queue.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly ClientLoop _loop;
    private readonly SocketTransportOptions _options;

    /// <exception cref="AddressInUseException">Somebody else has the port.</exception>
    public LoopListener(EndPoint endpoint, SocketTransportOptions options, ClientLoop loop)
    {
        _loop = loop;
        _options = options;
        try
        {
            _socket = options.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }

        EndPoint = _socket.LocalEndPoint!;
        _socket.Listen(options.Backlog);
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (Begin(accepted) is { } connection)
                    return connection;
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                // It listens no more.
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(Rest, _loop.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // Whoever knocked has gone already.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    /// <summary>Null when it has gone already, or the system has no room to wait for it.</summary>
    private LoopConnection? Begin(Socket accepted)
    {
        LoopConnection? connection = null;
        try
        {
            if (accepted.LocalEndPoint is IPEndPoint)
                accepted.NoDelay = _options.NoDelay;
            accepted.Blocking = false;
            connection = new(accepted, _loop, _options);
            connection.Start();
            return connection;
        }
        catch (Win32Exception)
        {
            connection?.Abort();
            accepted.Dispose();
            return null;
        }
    }
}
