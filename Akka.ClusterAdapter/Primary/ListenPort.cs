using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The port that the workers share.</summary>
internal static class ListenPort
{
    /// <summary>Whether several processes can listen on one port and get a share of its connections each.</summary>
    public static bool IsShareable => OperatingSystem.IsLinux();

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
            throw new PrimaryException(exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse =>
                    $"Port {port} on {address} is in use: another server or left-over workers listen there. End them or choose another port.",
                SocketError.AccessDenied => $"Port {port} on {address} needs more rights: choose one above 1023.",
                SocketError.AddressNotAvailable => $"{address} is not an address of this machine.",
                _ => $"Port {port} on {address} cannot be used: {exception.Message}",
            }, exception);
        }
    }
}
