using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Listen sockets that other processes share (SO_REUSEPORT): the kernel gives each connection to one of them. Disposing them sends new
/// connections to the others, while those that this process has accepted are served on.
/// </summary>
internal sealed class SharedPort : IDisposable
{
    // asm-generic/socket.h, the same on every architecture that .NET runs on.
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private readonly Lock _gate = new();
    private readonly List<Socket> _sockets = [];

    /// <summary>Makes and binds a listen socket for Kestrel, and remembers it.</summary>
    public Socket Bind(EndPoint endPoint)
    {
        // Port 0 is any free one: this process's own.
        if (endPoint is not IPEndPoint { Port: > 0 } address)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
            socket.Bind(address);
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
