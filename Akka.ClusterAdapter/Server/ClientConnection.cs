using System.Net;
using Akka.ClusterAdapter.Engine;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// One client's connection to this worker, which its sockets of all namespaces share. Two sockets belong to the same connection when this is the same object.
/// </summary>
public sealed class ClientConnection
{
    private readonly Client _client;

    internal ClientConnection(Client client) => _client = client;

    /// <summary>The Engine.IO session that carries it: id, transport, whether it can write, its events.</summary>
    public EngineSocket Session => _client.Engine;

    /// <summary>The request that it began with: headers, query, address, user.</summary>
    public EngineRequest Request => _client.Engine.Request;

    /// <summary>The client's address; null when unknown.</summary>
    public IPAddress? RemoteAddress => _client.Engine.Request.RemoteAddress;

    /// <summary>What carries it now: <c>polling</c> or <c>websocket</c>.</summary>
    public string TransportName => _client.Engine.TransportName;

    /// <summary>False from the moment it begins to close.</summary>
    public bool IsOpen => _client.Engine.IsOpen;

    /// <summary>Its sockets that are connected now, at most one for each namespace. A snapshot.</summary>
    public IReadOnlyList<Socket> Sockets => [.. _client.Namespaces.Sockets.Where(static socket => socket.Connected)];

    /// <summary>
    /// Disconnects the client from all namespaces and closes the connection once what is queued was sent, as <see cref="Socket.DisconnectAsync"/> with
    /// <c>close: true</c>. The client does not reconnect by itself. Harmless when repeated. Completed at once.
    /// </summary>
    public ValueTask DisconnectAsync()
    {
        _client.Disconnect(null, close: true);
        return default;
    }
}
