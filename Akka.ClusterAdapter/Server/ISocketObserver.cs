using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Hears of all sockets of a server while somebody looks (<see cref="SocketIOServer.Observer"/>). It is called where things happen, also with locks held: it
/// must not block, must not throw and must not call code of the application.
/// </summary>
internal interface ISocketObserver
{
    /// <summary>A client was admitted; its connection handlers have not been started.</summary>
    void Connected(Socket socket);

    /// <summary>A socket has left its rooms.</summary>
    void Disconnected(Socket socket, DisconnectReason reason);

    /// <summary>The application has set <see cref="Socket.Data"/>.</summary>
    void DataChanged(Socket socket);

    /// <summary>A client has sent an event.</summary>
    void Received(Socket socket, PacketArguments arguments);

    /// <summary>An event is sent to a client; once for each client of a broadcast.</summary>
    void Sent(Socket socket, PacketBody body);
}
