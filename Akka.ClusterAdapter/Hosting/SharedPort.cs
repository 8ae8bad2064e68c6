using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// A port that other processes listen on too (SO_REUSEPORT): the kernel gives each connection to one of those that listen. Leaving it sends new
/// connections to the others, while those that this process has accepted are served on.
/// </summary>
internal sealed class SharedPort(IPEndPoint endPoint) : IDisposable
{
    // asm-generic/socket.h, the same on every architecture that .NET runs on.
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _left = new();
    private Socket? _socket;

    public IPEndPoint EndPoint => endPoint;

    /// <summary>Completes when this process listens there; not at all when it leaves before.</summary>
    public Task Listening => _listening.Task;

    /// <summary>Signalled when this process does not want connections from there any more.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>Takes part in the port without listening yet, once: a port that is taken is noticed at the start.</summary>
    /// <exception cref="SocketException">Somebody has it for himself.</exception>
    public Socket Bind()
    {
        if (_socket is not null)
            return _socket;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
            socket.Bind(endPoint);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        return _socket = socket;
    }

    /// <summary>Gives a transport the socket of an end point: the shared one, or one that is this process's own.</summary>
    public Socket SocketFor(EndPoint other) => endPoint.Equals(other) ? Bind() : SocketTransportOptions.CreateDefaultBoundListenSocket(other);

    public void BeginListening() => _listening.TrySetResult();

    /// <summary>Stops accepting. Kestrel notices and goes on serving what it has.</summary>
    public void Leave()
    {
        _left.Cancel();
        _socket?.Dispose();
    }

    public void Dispose()
    {
        Leave();
        _left.Dispose();
    }
}
