using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The port that the workers share, claimed by their primary: no other one finds it free meanwhile, also while no worker listens there.</summary>
internal sealed class ListenPort : IDisposable
{
    // asm-generic/socket.h, as in SharedPort.
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private readonly Socket? _claim;

    private ListenPort(IPEndPoint endPoint, Socket? claim)
    {
        EndPoint = endPoint;
        _claim = claim;
    }

    /// <summary>Whether several processes can listen on one port and get a share of its connections each.</summary>
    public static bool IsShareable => OperatingSystem.IsLinux();

    /// <summary>Where the workers listen.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>
    /// Makes sure that nobody has the port, and keeps it until disposed of: shared with the workers' sockets and never listening, it gets no connections.
    /// Where the port cannot be shared it would keep the worker out, so there it is only looked at.
    /// </summary>
    /// <exception cref="PrimaryException">The port is taken or must not be used.</exception>
    public static ListenPort Claim(IPAddress address, int port)
    {
        var endPoint = Check(address, port);
        if (!IsShareable)
            return new(endPoint, null);
        var claim = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Share(claim, endPoint);
            return new(endPoint, claim);
        }
        catch (SocketException exception)
        {
            claim.Dispose();
            throw Refused(endPoint.Address, endPoint.Port, exception);
        }
    }

    /// <summary>
    /// Makes sure that nobody listens there, and picks a free port for 0. Workers share their port with whoever asks for the same,
    /// so a foreign or left-over server would take part of the connections without anybody noticing.
    /// </summary>
    /// <exception cref="PrimaryException">The port is taken or must not be used.</exception>
    public static IPEndPoint Check(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return (IPEndPoint)socket.LocalEndPoint!;
        }
        catch (SocketException exception)
        {
            throw Refused(address, port, exception);
        }
    }

    public void Dispose() => _claim?.Dispose();

    /// <summary>
    /// Binds without SO_REUSEADDR, which .NET always sets: two that have it may bind one port until one listens. When what is left of a server that did not
    /// share the port forbids that, for a minute after its end, as .NET does it.
    /// </summary>
    private static void Share(Socket socket, IPEndPoint endPoint)
    {
        socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
        var address = endPoint.Serialize();
        if (BindAsIs(socket.SafeHandle, address.Buffer[..address.Size].ToArray(), address.Size) != 0)
            socket.Bind(endPoint);
    }

    private static PrimaryException Refused(IPAddress address, int port, SocketException exception) => new(
        exception.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"Port {port} on {address} is in use: another server or left-over workers listen there. End them or choose another port.",
            SocketError.AccessDenied => $"Port {port} on {address} needs more rights: choose one above 1023.",
            SocketError.AddressNotAvailable => $"{address} is not an address of this machine.",
            _ => $"Port {port} on {address} cannot be used: {exception.Message}",
        },
        exception);

    [DllImport("libc", EntryPoint = "bind")]
    private static extern int BindAsIs(SafeHandle socket, byte[] address, int length);
}
