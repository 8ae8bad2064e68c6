using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Listen sockets that other processes share (SO_REUSEPORT): the kernel gives each connection to one of them. Disposing them sends new
/// connections to the others, while those that this process has accepted are served on.
/// </summary>
internal sealed class SharedPort(IPEndPoint listen) : IDisposable
{
    // asm-generic/socket.h, the same on every architecture that .NET runs on.
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];

    /// <summary>The port that other processes listen on too.</summary>
    public int Port => listen.Port;

    /// <summary>Makes and binds a listen socket for Kestrel, and remembers the shared one. Whatever else the process listens on is its own.</summary>
    public Socket Bind(EndPoint endPoint)
    {
        if (!listen.Equals(endPoint))
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
            socket.Bind(listen);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
        lock (_gate)
            _sockets.Add(socket);
        return socket;
    }

    /// <summary>Stops accepting. Kestrel notices and goes on serving what it has.</summary>
    public void StopListening()
    {
        Socket[] sockets;
        lock (_gate)
        {
            sockets = [.. _sockets];
            _sockets.Clear();
        }
        foreach (var socket in sockets)
            socket.Dispose();
    }

    public void Dispose() => StopListening();
}
