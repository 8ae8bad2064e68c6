using System.Net;
using System.Net.Sockets;

namespace TestServer.Processes;

/// <summary>Listen sockets, bound before the web server starts, so that a port that is taken is one clear line and a free one is known early.</summary>
internal sealed class Listeners : IDisposable
{
    // SOL_SOCKET and SO_REUSEPORT of Linux; .NET has no name for the latter.
    private const int SocketLevel = 1;
    private const int ReusePort = 15;

    private readonly Dictionary<IPEndPoint, Socket> _sockets = [];
    private readonly List<Socket> _shared = [];

    /// <summary>Binds a port on the loopback addresses the machine has.</summary>
    /// <param name="port">0 for a free one.</param>
    /// <param name="shared">True lets other processes bind the same port and share its connections.</param>
    /// <returns>The port.</returns>
    /// <exception cref="StartException">The port is taken.</exception>
    public int Bind(int port, bool shared)
    {
        port = Bind(IPAddress.Loopback, port, shared);
        if (Socket.OSSupportsIPv6)
            TryBindIPv6(port, shared);
        return port;
    }

    /// <summary>Lets a web application listen on what is bound.</summary>
    public void Use(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var endPoint in _sockets.Keys)
                kestrel.Listen(endPoint);
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endPoint => _sockets[(IPEndPoint)endPoint]);
    }

    /// <summary>Leaves the shared port to the other processes; what was accepted there is served on.</summary>
    public void StopSharing()
    {
        foreach (var socket in _shared)
            socket.Dispose();
    }

    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
            socket.Dispose();
    }

    /// <summary>
    /// Fails when somebody listens on a port: with <see cref="ReusePort"/> a left-over server would take part of the connections and nobody would notice.
    /// </summary>
    public static void RequireFree(int port)
    {
        using var probe = new Listeners();
        probe.Bind(IPAddress.Loopback, port, shared: false);
    }

    private int Bind(IPAddress address, int port, bool shared)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (shared)
                socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new StartException($"port {port} on {address} cannot be used: {e.Message}.");
        }

        if (shared)
            _shared.Add(socket);
        var bound = (IPEndPoint)socket.LocalEndPoint!;
        _sockets.Add(bound, socket);
        return bound.Port;
    }

    /// <summary>A machine may know IPv6 and still have no <c>::1</c>.</summary>
    private void TryBindIPv6(int port, bool shared)
    {
        try
        {
            Bind(IPAddress.IPv6Loopback, port, shared);
        }
        catch (StartException)
        {
            // Clients fall back to 127.0.0.1.
        }
    }
}
